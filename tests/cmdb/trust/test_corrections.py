"""“Where is this wrong?”: asked by readers, decided by editors, told back."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.cmdb import services
from itsm.cmdb.models import Correction
from itsm.cmdb.trust import corrections
from itsm.core.errors import DomainError, IllegalMove
from itsm.notify.models import Notice
from itsm.people.directory import directory
from itsm.people.models import Site
from itsm.people.scope import scope_of
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(world):
    return make_ci(name="SRV-9", organisation=world.lumen, serial="ABC")


def ask(server, person, **more) -> Correction:
    return corrections.propose(server.pk, actor=person, **({"field": "serial", "proposed": "XYZ"} | more))


def test_an_accepted_correction_is_written_and_told(world, server):
    made = ask(server, world.agent, note="It is on the label.")
    assert corrections.waiting(scope_of(world.network)) == 1
    corrections.accept(made.pk, actor=world.network)
    server.refresh_from_db()
    told = Notice.objects.get(user=world.agent)
    assert (server.serial, told.template, told.url) == ("XYZ", "correction_accepted", server.get_absolute_url())
    assert corrections.waiting(scope_of(world.network)) == 0


def test_a_refused_one_needs_a_reason_that_the_proposer_reads(world, server):
    made = ask(server, world.agent)
    with pytest.raises(DomainError):
        corrections.refuse(made.pk, actor=world.network, reason=" ")
    corrections.refuse(made.pk, actor=world.network, reason="The label is old.")
    server.refresh_from_db()
    assert (server.serial, Notice.objects.get(user=world.agent).data["reason"]) == ("ABC", "The label is old.")


def test_who_says_the_same_joins_and_is_told_too(world, server):
    first, second = ask(server, world.agent), ask(server, world.teammate, proposed=" xyz ")
    other = ask(server, world.lead, proposed="QQQ")
    assert (first.pk == second.pk, first.pk == other.pk, first.voices.count()) == (True, False, 2)
    corrections.refuse(first.pk, actor=world.network, reason="No")
    assert set(Notice.objects.values_list("user__username", flat=True)) == {"agent", "teammate"}


def test_the_second_editor_learns_that_the_first_one_has_decided(world, server):
    made = ask(server, world.agent)
    corrections.accept(made.pk, actor=world.network)
    with pytest.raises(IllegalMove, match="Yann Nguyen"):
        corrections.refuse(made.pk, actor=world.mainframe, reason="No")


@pytest.mark.parametrize(
    ("field", "proposed", "kept"),
    [
        ("site", "Paris", "site"), ("support_team", "N2-RES", "support_team"), ("owner", "Léa Morel", "owner"),
        ("end_of_support_on", "31/12/2030", "2030-12-31"), ("status", "En stock", "in_stock"), ("attributes.cpu_count", "8", 8),
        ("environment", "Production", "production"), ("criticality", "1", 1),
    ],
)  # fmt: skip
def test_words_of_people_become_what_the_item_holds(world, server, field, proposed, kept):
    corrections.accept(ask(server, world.agent, field=field, proposed=proposed).pk, actor=world.network)
    server.refresh_from_db()
    value = server.attributes.get("cpu_count") if field.startswith("attributes") else getattr(server, field)
    expected = {"site": world.paris, "support_team": world.n2, "owner": world.agent}.get(kept, kept)
    assert (value.isoformat() if hasattr(value, "isoformat") else value) == expected


@pytest.mark.parametrize(
    ("field", "proposed"),
    [
        ("criticality", "9"),
        ("site", "Nowhere"),
        ("attributes.cpu_count", "many"),
        ("owner", "Nobody Here"),
        ("name", ""),
    ],
)
def test_what_does_not_fit_is_refused_and_stays_open(world, server, field, proposed):
    made = ask(server, world.agent, field=field, proposed=proposed, note="So it is.")
    with pytest.raises(DomainError):
        corrections.accept(made.pk, actor=world.network)
    made.refresh_from_db()
    assert made.state == "open"


def test_nonsense_is_not_asked_for(world, server):
    for wrong in ({"field": "serial", "proposed": "abc"}, {"field": "nothing"}, {"field": "", "proposed": ""}):
        with pytest.raises(DomainError):
            ask(server, world.agent, **wrong)
    services.retire_ci(server.pk, actor=None, reason="Gone")
    with pytest.raises(DomainError):
        ask(server, world.agent)


def test_readers_ask_on_the_page_of_the_item_and_see_what_is_said_already(world, server, client):
    client.force_login(world.agent)
    page = f"/cmdb/{server.pk}/wrong/"
    assert page in client.get(server.get_absolute_url()).content.decode()
    assert client.post(page, {"field": "serial"}).status_code == 422
    assert client.post(page, {"field": "serial", "proposed": "XYZ"}).status_code == 302
    assert "XYZ" in client.get(page).content.decode()
    assert client.get("/cmdb/corrections/").status_code == 404, "agents read, editors decide"
    client.force_login(world.foreign_agent)
    assert client.get(page).status_code == client.post(page, {"note": "Hm"}).status_code == 404


def test_editors_decide_on_pages_and_a_changed_item_is_looked_at_again(world, server, client):
    made = ask(server, world.agent)
    client.force_login(world.network)
    assert "SRV-9" in client.get("/cmdb/corrections/").content.decode()
    page = made.get_absolute_url()
    assert "XYZ" in client.get(page).content.decode()
    services.update_ci(server.pk, actor=world.mainframe, serial="DEF")
    answer = client.post(f"{page}accept/", {"value": "XYZ", "version": server.version})
    assert (answer.status_code, "DEF" in answer.content.decode()) == (409, True)
    assert client.post(f"{page}accept/", {"value": "XYZ", "version": server.version + 1}).status_code == 302
    assert client.post(f"{page}refuse/", {"reason": "No"}).status_code == 302
    made.refresh_from_db()
    assert made.state == "accepted"
    assert "SRV-9" in client.get("/cmdb/corrections/?state=accepted").content.decode()


def test_corrections_of_others_are_neither_listed_nor_decided(world, server, client):
    theirs = make_ci(name="Theirs", organisation=world.other)
    made = corrections.propose(theirs.pk, actor=world.foreign_agent, note="Wrong")
    client.force_login(world.network)
    assert "Theirs" not in client.get("/cmdb/corrections/").content.decode()
    assert client.get(made.get_absolute_url()).status_code == 404
    assert client.post(f"{made.get_absolute_url()}refuse/", {"reason": "x"}).status_code == 404


def test_a_long_list_costs_no_more_queries_than_a_short_one(world, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/cmdb/corrections/").status_code == 200
        return len(found)

    client.force_login(world.network)
    for n in range(3):
        corrections.propose(make_ci(name=f"a-{n}", organisation=world.lumen).pk, actor=world.agent, note="No")
    queries()
    few = queries()
    for n in range(30):
        item = make_ci(name=f"b-{n}", organisation=world.lumen, owner=world.lead)
        corrections.propose(item.pk, actor=world.agent, field="owner", proposed="network")
    queries()
    assert queries() <= few + 1


def test_a_site_is_chosen_and_a_remark_is_no_value(world, server, client):
    theirs = Site.objects.create(code="ELS", name="Elsewhere Tower", organisation=world.other)
    directory.forget()
    client.force_login(world.agent)
    page = client.get(f"/cmdb/{server.pk}/wrong/?field=site").content.decode()
    assert f'<option value="{world.paris.name}">' in page
    assert theirs.name not in page, "sites of others are no choice"
    assert "facultatif" not in page.partition('<form class="card narrow"')[2], "one of them is needed"
    client.post(f"/cmdb/{server.pk}/wrong/", {"field": "site", "proposed": world.paris.name})
    ask(server, world.agent, field="", proposed="", note="It hums strangely")
    client.force_login(world.network)
    row = client.get("/cmdb/corrections/").content.decode().partition("It hums strangely")[0]
    assert row.endswith("<td>—</td><td>"), "what should be is empty"
    made = Correction.objects.get(field="site")
    assert "<select" in client.get(made.get_absolute_url()).content.decode()
    corrections.accept(made.pk, actor=world.network, value=made.proposed)
    server.refresh_from_db()
    assert server.site == world.paris
