"""The search page finds what the reader may read, marks the words, says how much there is, and costs little."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import translation

from itsm.core import reference
from itsm.people.models import User
from itsm.records import finding, search
from itsm.records.models import Record
from itsm.web import finding_sources
from itsm.web.finding import Answer
from servicedesk.incidents import services
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def incident(world):
    made = services.open_incident(
        actor=world.customer, requester=world.customer, title="Imprimante en panne", description="Le <b>voyant</b> orange est < 3 & clignote."
    )  # fmt: skip
    services.comment(made.pk, actor=world.agent, body="Le tambour est usé.", public=True)
    services.comment(made.pk, actor=world.agent, body="Garantie expirée depuis mars.", public=False)
    search.index([made.pk])
    return made


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(person, text, **more) -> str:
    return signed(person).get("/find/", {"q": text, **more}).content.decode()


@pytest.mark.parametrize("typed", ["imprimante", "IMPRIMANTES", "panne imprimante", "voyant", "tambour", '"en panne"'])
def test_a_ticket_is_found_by_words_of_its_title_text_and_answers(world, incident, typed):
    assert incident.number in page(world.agent, typed)
    assert incident.number in page(world.customer, typed)


def test_the_words_are_marked_in_the_title_and_in_the_passage_and_markup_stays_text(world, incident):
    assert "<mark>Imprimante</mark> en panne" in page(world.agent, "imprimante")
    text = page(world.agent, "voyant")
    assert "<mark>voyant</mark>" in text
    assert "est &lt; 3 &amp; clignote" in text
    assert "<b>voyant" not in text
    assert "<mark>tambour</mark>" in page(world.customer, "tambour")


def test_an_internal_note_speaks_to_agents_only(world, incident):
    assert "<mark>Garantie</mark>" in page(world.agent, "garantie")
    for reader in (world.customer, world.colleague):
        text = page(reader, "garantie")
        assert incident.number not in text
        assert "expirée" not in text


def test_the_marks_of_the_database_are_no_letters_of_users(world):
    made = services.open_incident(actor=world.customer, requester=world.customer, title="Écran \ue000noir\ue001 vide")
    search.index([made.pk])
    text = page(world.agent, "vide")
    assert "<mark>vide</mark>" in text
    assert "<mark>noir</mark>" not in text


def test_other_peoples_tickets_stay_theirs(world, incident):
    for reader in (world.colleague, world.stranger, world.foreign_agent):
        assert incident.number not in page(reader, "imprimante")
        assert f"{incident.number}/" not in page(reader, incident.number)
        assert f"r/{incident.number}" not in page(reader, incident.number)


def test_a_confidential_ticket_is_found_by_its_circle_and_by_who_asked_only(world, incident):
    Record.objects.filter(pk=incident.pk).update(confidentiality=world.circle)
    assert incident.number not in page(world.agent, "imprimante")
    assert incident.number in page(world.customer, "imprimante")
    world.circle.members.add(world.agent)
    cache.clear()
    assert incident.number in page(User.objects.get(pk=world.agent.pk), "imprimante")


def test_a_number_leads_to_its_ticket_and_its_digits_find_it(world, incident):
    assert signed(world.agent).get("/find/", {"q": incident.number.lower()})["Location"] == f"/r/{incident.number}"
    assert incident.number in page(world.agent, incident.number[3:].lstrip("0"))
    assert signed(world.stranger).get("/find/", {"q": incident.number}).status_code == 200


def test_people_items_and_services_are_found_beside_tickets(world, incident):
    make_ci(name="SRV-IMPRIMANTES", organisation=world.lumen)
    make_service(name="Imprimantes partagées", organisation=world.lumen)
    text = page(world.agent, "imprimante")
    assert "SRV-IMPRIMANTES" in text
    assert "Imprimantes partagées" in text
    assert "Claire Fontaine" in page(world.agent, "fontaine")
    assert "SRV-IMPRIMANTES" not in page(world.customer, "srv-impr")
    assert "Paul Meyer" not in page(world.customer, "meyer")


def test_a_requester_finds_the_services_they_may_use(world):
    make_service(name="Paie", organisation=world.lumen)
    make_service(name="Paie des autres", organisation=world.other)
    text = page(world.customer, "paie")
    assert "/status/" in text
    assert "Paie des autres" not in text


def test_a_typo_finds_people_items_and_proposes_the_word_for_tickets(world, incident):
    make_ci(name="SRV-MESSAGERIE")
    search.refresh_lexemes()
    with translation.override("fr"):
        assert "Claire Fontaine" in page(world.agent, "fontanie")
        assert "SRV-MESSAGERIE" in page(world.agent, "mesagerie")
        assert "Vouliez-vous dire « imprimante »" in page(world.agent, "imprimnate").replace("\u00a0", " ")


def test_the_filters_narrow_and_say_what_is_wrong(world, incident):
    assert incident.number in page(world.agent, "imprimante", tab="tickets", phase="open", team="N1-CDS")
    assert incident.number not in page(world.agent, "imprimante", tab="tickets", phase="closed")
    assert incident.number not in page(world.agent, "imprimante", tab="tickets", mine="on")
    assert incident.number not in page(world.agent, "imprimante", tab="tickets", opened_to="2001-01-01")
    assert incident.number in page(world.agent, "imprimante", tab="tickets", order="best", opened_from="2001-01-01")
    for wrong in ({"opened_from": "jeudi"}, {"opened_from": "2026-02-02", "opened_to": "2026-01-01"}, {"team": "NONE"}):
        assert signed(world.agent).get("/find/", {"q": "imprimante", "tab": "tickets", **wrong}).status_code == 422


def test_the_best_match_holds_the_words_in_its_title(world, incident):
    later = services.open_incident(
        actor=world.customer, requester=world.customer, title="Écran noir", description="Comme mon imprimante."
    )
    search.index([later.pk])
    newest, best = (page(world.agent, "imprimante", tab="tickets", order=order) for order in ("newest", "best"))
    assert newest.index(later.number) < newest.index(incident.number)
    assert best.index(incident.number) < best.index(later.number)


def test_pages_follow_one_another_without_gap_and_back(world):
    made = [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Souris {n:02}").pk
        for n in range(30)
    ]
    search.index(made)
    client, seen, address = signed(world.agent), [], "/find/?q=souris&tab=tickets"
    answer = client.get(address)
    while True:
        group = answer.context["search"].alone
        seen += [hit.label for hit in group.answer.hits]
        if not group.answer.next:
            break
        answer = client.get(address, {"q": "souris", "tab": "tickets", "cursor": group.answer.next})
    assert seen == [f"Souris {n:02}" for n in reversed(range(30))]
    back = client.get(
        address, {"q": "souris", "tab": "tickets", "cursor": answer.context["search"].alone.answer.previous}
    )
    assert [hit.label for hit in back.context["search"].alone.answer.hits] == seen[:25]
    assert client.get(address, {"q": "souris", "tab": "tickets", "cursor": "zz"}).status_code == 302


def test_counts_are_capped_and_what_is_cut_is_what_the_reader_sees(world, monkeypatch):
    monkeypatch.setattr(finding, "CAP", 2)
    made = [
        services.open_incident(actor=world.lead, requester=world.customer, title="Clavier", confidentiality=circle)
        for circle in (None, None, None, world.circle, world.circle)
    ]
    search.index([each.pk for each in made])
    found = finding.find(Record.objects.in_desk_of(world.agent), "clavier", internal=True)
    assert (len(found.ids), found.capped) == (2, True)
    assert set(found.ids) <= {each.pk for each in made[:3]}


@pytest.mark.parametrize("indexable", [0, 20_000])
@pytest.mark.parametrize("counted", [True, False])
def test_every_access_path_finds_the_same(world, incident, monkeypatch, indexable, counted):
    monkeypatch.setattr(finding, "INDEXABLE", indexable)
    if counted:
        search.refresh_lexemes()
    rows = Record.objects.in_desk_of(world.agent)
    for text in ("imprimante", "imprimante -quasar", "quasar or tambour", "garantie"):
        assert finding.find(rows, text, internal=True).ids == [incident.pk]
    assert finding.find(rows, "quasar", internal=True).ids == []


@pytest.mark.parametrize(
    "typed", ["", "'", "&|!", ":*", "a", "\x00", "%", "((", "\\", "é" * 500, "١٢٣", "-", '"', "or", "<script>x</script>", "- -", "a or"]
)  # fmt: skip
def test_odd_input_is_only_words(world, typed):
    for person in (world.agent, world.customer):
        answer = signed(person).get("/find/", {"q": typed})
        assert answer.status_code == 200
        assert "<script>x" not in answer.content.decode()


@pytest.mark.parametrize("typed", ["imprimante", "tambour", "rienderien", "fontaine", "rienderien nulle part"])
@pytest.mark.parametrize("tab", ["all", "tickets", "people", "items", "services"])
def test_a_page_costs_few_queries_and_little_weight(world, incident, typed, tab, django_assert_max_num_queries):
    make_ci(name="SRV-IMPRIMANTES", organisation=world.lumen)
    search.refresh_lexemes()
    client = signed(world.agent)
    client.get("/find/", {"q": typed, "tab": tab})
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = client.get("/find/", {"q": typed, "tab": tab})
    assert len(answer.content) < 60_000


@pytest.mark.parametrize("typed", ["imprimante", "rienderien"])
def test_the_portals_page_costs_few_queries(world, incident, typed, django_assert_max_num_queries):
    make_service(name="Imprimantes", organisation=world.lumen)
    client = signed(world.customer)
    client.get("/find/", {"q": typed})
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/find/", {"q": typed})


def test_htmx_gets_the_fragment_with_its_count_and_the_whole_page_after_going_back(world, incident):
    client = signed(world.agent)
    part = client.get("/find/", {"q": "imprimante"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert 'id="find-status"' in part
    again = client.get("/find/", {"q": "x"}, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in again.content.decode()


def test_an_agent_looks_among_their_own_from_the_portal(world, incident):
    assert incident.number not in page(world.agent, "imprimante", at="portal")
    mine = services.open_incident(actor=world.agent, requester=world.agent, title="Imprimante de Léa")
    search.index([mine.pk])
    assert mine.number in page(world.agent, "imprimante", at="portal")


def many_of_the_customer(world, monkeypatch) -> list[str]:
    """More tickets of one person than are looked through one by one; their numbers, the oldest first."""
    monkeypatch.setattr(finding_sources, "OWN", 3)
    made = [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Licorne {n}", urgency=3)
        for n in range(5)
    ]
    search.index([each.pk for each in made])
    return [each.number for each in made]


def test_who_has_many_tickets_finds_the_oldest_too(world, monkeypatch):
    numbers = many_of_the_customer(world, monkeypatch)
    text = page(world.customer, "licorne", tab="own")
    assert [number for number in numbers if number not in text] == []
    assert "sont fréquents" not in text
    assert numbers[0] in page(world.customer, numbers[0].lstrip("INC0"))
    assert numbers[0] not in page(world.colleague, "licorne")


def test_where_words_are_too_common_the_page_says_how_many_were_searched(world, monkeypatch):
    numbers = many_of_the_customer(world, monkeypatch)
    monkeypatch.setattr(finding, "find", lambda *_args, **_more: finding.Found([], recent=60_000))
    text = page(world.customer, "licorne")
    assert [number in text for number in numbers] == [False, False, True, True, True]
    assert "les 3 tickets les plus récents" in text
    assert "les 3 tickets les plus récents" in page(world.customer, "dragons")
    with translation.override("fr"):
        assert "60\xa0000" in Answer([], recent=60_000).newest


def test_without_a_role_nothing_is_found(world, incident):
    world.customer.grants.all().delete()
    cache.clear()
    reference.forget_everything()
    assert signed(User.objects.get(pk=world.customer.pk)).get("/find/", {"q": "imprimante"}).status_code == 200


def test_what_is_nearly_called_so_is_shown_only_where_nothing_holds_the_word(world, incident):
    make_ci(name="Imprimantte de couloir")
    exact = page(world.agent, "imprimante")
    assert incident.number in exact
    assert "Imprimantte" not in exact
    assert "Imprimantte" in page(world.agent, "imprimante", tab="items")
    Record.objects.filter(pk=incident.pk).update(title="Autre chose")
    search.index([incident.pk])
    assert "Imprimantte" in page(world.agent, "imprimante")


def test_a_rare_word_costs_eight_queries(world, incident, django_assert_max_num_queries):
    client = signed(world.agent)
    client.get("/find/", {"q": "tambour"})
    with django_assert_max_num_queries(8):
        client.get("/find/", {"q": "tambour"})


def test_many_items_and_services_of_one_name_are_counted_apart(world):
    for n in range(9):
        make_ci(name=f"Quasar {n}")
    make_service(name="Quasar service")
    found = {group.key: group for group in finding_of(world.agent, "quasar").groups}
    assert (found["items"].answer.total, len(found["items"].answer.hits), bool(found["items"].answer.next)) == (
        9,
        5,
        True,
    )
    assert found["services"].answer.total == 1
    for n in range(9, 14):
        make_ci(name=f"Quasar {n}")
    found = {group.key: group for group in finding_of(world.agent, "quasar").groups}
    assert (found["items"].answer.total, found["services"].answer.total) == (14, 1)


def finding_of(person, text: str):
    from django.http import QueryDict

    from itsm.web.finding import look

    params = QueryDict(mutable=True)
    params["q"] = text
    return look(person, params, "desk")
