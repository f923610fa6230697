"""The palette finds what the reader may read, says what it is, and costs little."""

import pytest
from django.core.cache import cache
from django.utils import translation

from itsm.people.models import User
from itsm.records import search, visits
from itsm.records.models import Record
from itsm.web import palette
from itsm.web.palette import Hit, Source
from servicedesk.incidents import services
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def incident(world):
    made = services.open_incident(actor=world.customer, title="Imprimante en panne", requester=world.customer)
    search.index([made.pk])
    return made


def found(user, typed) -> dict[str, list[Hit]]:
    return {group["key"]: group["hits"] for group in palette.groups(user, typed)}


def labels(user, typed, key) -> list[str]:
    return [hit.label for hit in found(user, typed).get(key, [])]


@pytest.mark.parametrize("typed", ["imprim", "IMPRIMANTES", "en panne impr", "# impri", "#impri"])
def test_a_ticket_is_found_by_the_beginning_of_a_word(world, incident, typed):
    assert labels(world.agent, typed, "tickets") == ["Imprimante en panne"]


def test_a_number_in_full_or_its_digits_lead_to_the_ticket(world, incident):
    [hit] = found(world.agent, incident.number.lower())["tickets"]
    assert (hit.url, hit.exact) == (f"/r/{incident.number}", True)
    [hit] = found(world.agent, incident.number[3:].lstrip("0").zfill(2))["tickets"]
    assert hit.detail == incident.number
    assert not hit.exact


def test_open_tickets_come_before_closed_ones(world, incident):
    newer = services.open_incident(actor=world.customer, title="Imprimante vide", requester=world.customer)
    services.resolve(newer.pk, actor=world.agent, resolution_code=world.solved, resolution="ok")
    search.index([newer.pk])
    assert labels(world.agent, "imprimante", "tickets") == ["Imprimante en panne", "Imprimante vide"]


def test_people_are_found_without_accents_by_telephone_and_by_login(world):
    assert labels(world.agent, "lea mor", "people") == ["Léa Morel"]
    assert labels(world.agent, "@claire", "people") == ["Claire Fontaine"]
    world.customer.phone = "+33140500001"
    world.customer.save(update_fields=["phone"])
    assert labels(world.agent, "+33 1 40 50 00 01", "people") == ["Claire Fontaine"]
    assert labels(world.agent, "01.40.50.00.01", "people") == ["Claire Fontaine"]


def test_items_are_found_by_name_and_serial_and_not_when_retired(world):
    make_ci(name="SRV-PAIE-01", serial="XK12")
    make_ci(name="SRV-PAIE-02", status="retired")
    assert labels(world.agent, "/srv-paie", "items") == ["SRV-PAIE-01"]
    assert labels(world.agent, "xk12", "items") == ["SRV-PAIE-01"]


def test_services_have_a_group_of_their_own(world):
    make_service(name="Paie du personnel")
    make_ci(name="SRV-PAIE-01")
    assert labels(world.agent, "paie", "services") == ["Paie du personnel"]
    assert labels(world.agent, "paie", "items") == ["SRV-PAIE-01"]


def test_another_organisations_things_are_not_found(world, incident):
    make_ci(name="SRV-PAIE-01", organisation=world.lumen)
    assert "tickets" not in found(world.foreign_agent, "imprimante")
    assert "tickets" not in found(world.foreign_agent, incident.number)
    assert "people" not in found(world.foreign_agent, "claire")
    assert "items" not in found(world.foreign_agent, "srv-paie")


def test_a_confidential_ticket_is_found_by_its_circle_only(world, incident):
    Record.objects.filter(pk=incident.pk).update(confidentiality=world.circle)
    assert "tickets" not in found(world.agent, "imprimante")
    world.circle.members.add(world.agent)
    cache.clear()
    assert "tickets" in found(User.objects.get(pk=world.agent.pk), "imprimante")


def test_a_sign_limits_the_search(world, incident):
    assert set(found(world.agent, "#im")) == {"tickets"}
    assert set(found(world.agent, ">")) == {"actions", "pages"}
    with translation.override("en"):
        assert labels(world.agent, ">prefe", "pages") == ["Preferences"]


def test_what_was_opened_last_comes_first_while_nothing_is_typed(world, incident, client):
    other = services.open_incident(actor=world.customer, title="VPN", requester=world.customer)
    client.force_login(world.agent)
    for number in (incident.number, other.number, incident.number):
        client.get(f"/desk/incidents/{number}/")
    assert visits.latest(world.agent.pk) == [incident.number, other.number]
    assert labels(world.agent, "", "recent") == ["Imprimante en panne", "VPN"]
    Record.objects.filter(pk=other.pk).update(confidentiality=world.circle)
    assert labels(world.agent, "", "recent") == ["Imprimante en panne"]


@pytest.mark.parametrize(
    "typed", ["", "'", "&|!", ":*", "a", "\x00", "%", "((", "\\", "é" * 500, "١٢٣", "#", "@ ", "<b>", "٣" * 5]
)
def test_odd_input_is_only_words(world, client, typed):
    client.force_login(world.agent)
    assert client.get("/palette/", {"q": typed}).status_code == 200


def test_what_is_typed_is_shown_as_text(world, client):
    client.force_login(world.agent)
    body = client.get("/palette/", {"q": "<script>x</script>"}).content.decode()
    assert "<script>" not in body
    assert "&lt;script&gt;" in body


def test_who_only_uses_the_portal_has_no_palette(world, client):
    client.force_login(world.customer)
    assert client.get("/palette/").status_code == 404


def test_an_app_adds_a_source_of_its_own(world):
    kept = dict(palette.SOURCES._things)
    palette.register(Source("jobs", "Jobs", "#", 70, "records.read", lambda user, text, limit: [Hit("/jobs/1/", text)]))
    try:
        assert labels(world.agent, "night", "jobs") == ["night"]
        with pytest.raises(ValueError, match="already"):
            palette.register(Source("jobs", "Jobs", "#", 70, "records.read", lambda user, text, limit: []))
    finally:
        palette.SOURCES._things = kept


def test_the_palette_costs_few_queries_whatever_is_found(world, incident, client, django_assert_max_num_queries):
    client.force_login(world.agent)
    client.get("/palette/", {"q": "impr"})
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/palette/", {"q": "impr"})
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/palette/")


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("rappel", "/calls/list/?state=call_back_due"), ("à rappeler", "/calls/list/?state=call_back_due"), ("standard", "/calls/"), ("campagne", "/calls/campaigns/"),
        ("mur", "/calls/wall/"), ("crise", "/desk/majors/"), ("incident majeur", "/desk/majors/"), ("enquête", "/kpis/survey-response/"),
        ("serveur vocal", "/calls/switchboard/"), ("simulateur", "/calls/switchboard/try/"), ("taux d’abandon", "/kpis/abandon-rate/"),
    ],
)  # fmt: skip
def test_the_words_of_the_call_centre_lead_to_its_pages(world, typed, url):
    with translation.override("fr"):
        assert url in [hit.url for hit in found(world.lead, typed).get("pages", [])]


def test_a_word_for_a_page_that_one_may_not_open_finds_nothing(world):
    with translation.override("fr"):
        assert not [hit for hit in found(world.agent, "campagne").get("pages", []) if hit.url == "/calls/campaigns/"]
