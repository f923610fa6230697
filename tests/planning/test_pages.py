"""The pages of planning, as people of each role meet them."""

from datetime import timedelta

import pytest

from itsm.core import now, panels
from itsm.planning import ical
from itsm.planning.models import Window
from servicedesk.incidents import services as incidents
from tests.cmdb.factories import make_ci

from .factories import make_window

SOON = {"starts_at": "2027-03-01T22:00", "ends_at": "2027-03-02T02:00", "time_zone": "Europe/Paris", "repeats": "once"}


def body(world, **more):
    return {"kind": "maintenance", "name": "Correctifs", "organisation": world.lumen.pk, "strict": "on", **SOON, **more}


def test_who_does_not_read_operations_finds_no_planning(cast, browse_as):
    window = make_window(cast, scope={"classes": ["switch"]})
    for user in (cast.customer, cast.stranger):
        client = browse_as(user)
        for path in ("", "month/", "new/", f"{window.pk}/", f"{window.pk}/edit/"):
            assert client.get(f"/operations/planning/{path}").status_code == 404
    assert browse_as(cast.stranger_ops).get(f"/operations/planning/{window.pk}/").status_code == 404


def test_an_agent_reads_and_has_no_button(cast, browse_as):
    window = make_window(cast, starts_at=now() + timedelta(days=1), scope={"classes": ["switch"]})
    client = browse_as(cast.agent)
    page = client.get("/operations/planning/").content.decode()
    assert "Fenêtre" in page
    assert "/operations/planning/new/" not in page
    assert "/edit/" not in client.get(window.get_absolute_url()).content.decode()
    for path in ("new/", f"{window.pk}/edit/"):
        assert client.get(f"/operations/planning/{path}").status_code == 404
    assert client.post(f"/operations/planning/{window.pk}/call-off/").status_code == 404
    assert Window.objects.get().cancelled_at is None


def test_a_look_shows_what_would_be_touched_and_saves_nothing(cast, browse_as):
    make_ci(name="SRV-PAIE-01", organisation=cast.lumen)
    client = browse_as(cast.ops)
    data = body(cast, classes=["physical_server"], look="1")
    whole = client.post("/operations/planning/new/", data)
    part = client.post("/operations/planning/new/", data, headers={"HX-Request": "true"})
    for answer in (whole, part):
        assert answer.status_code == 200
        assert "SRV-PAIE-01" in answer.content.decode()
    assert "<html" not in part.content.decode()
    assert not Window.objects.exists()


def test_a_window_is_saved_in_the_zone_of_the_form(cast, browse_as):
    item = make_ci(name="SRV-PAIE-01", organisation=cast.lumen)
    client = browse_as(cast.ops)
    answer = client.post("/operations/planning/new/", body(cast, items=f"{item.key}\n", time_zone="America/Montreal"))
    window = Window.objects.get()
    assert answer.url == window.get_absolute_url()
    assert window.starts_at.isoformat() == "2027-03-02T03:00:00+00:00"
    assert window.conditions.get().item == item
    page = client.get(answer.url).content.decode()
    assert "SRV-PAIE-01" in page
    form = client.get(f"{answer.url}edit/").content.decode()
    assert 'value="2027-03-01T22:00"' in form
    assert item.key in form


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(cast, browse_as):
    client = browse_as(cast.ops)
    answer = client.post("/operations/planning/new/", body(cast, items="NULLE-PART", name="Gardé"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "NULLE-PART" in page
    assert 'value="Gardé"' in page
    assert client.post("/operations/planning/new/", body(cast)).status_code == 422
    assert client.post("/operations/planning/new/", body(cast, kind="freeze")).status_code == 302


def test_an_old_form_does_not_overwrite_a_newer_window(cast, browse_as):
    window = make_window(cast, scope={"classes": ["switch"]})
    client = browse_as(cast.ops)
    data = body(cast, classes=["switch"], version=1)
    assert client.post(f"/operations/planning/{window.pk}/edit/", data).status_code == 302
    assert client.post(f"/operations/planning/{window.pk}/edit/", data | {"name": "Vieux"}).status_code == 409
    assert Window.objects.get().name == "Correctifs"


def test_an_overlapping_freeze_is_told_as_a_clash(cast, browse_as):
    make_ci(organisation=cast.lumen)
    make_window(
        cast, kind="freeze", name="Gel de la paie", starts_at=now() + timedelta(days=2), hours=72, repeats="monthly"
    )
    window = make_window(cast, starts_at=now() + timedelta(days=3), scope={"classes": ["physical_server"]})
    page = browse_as(cast.ops).get(window.get_absolute_url()).content.decode()
    assert "Gel de la paie" in page
    assert "chip red" in page


def test_a_month_shows_each_occurrence_on_its_days(cast, browse_as):
    make_window(cast, name="Réseau du lundi", scope={"classes": ["switch"]}, repeats="weekly")
    page = browse_as(cast.agent).get("/operations/planning/month/?month=2026-03").content.decode()
    assert page.count("Réseau du lundi") == 10, "five Mondays, each until after midnight"
    assert browse_as(cast.agent).get("/operations/planning/month/?month=nonsense").status_code == 200


def test_the_list_finds_by_state_kind_words_and_item(cast, browse_as):
    item = make_ci(organisation=cast.lumen)
    make_window(cast, name="Hebdomadaire", repeats="weekly", scope={"items": [item.pk]})
    make_window(cast, name="Passée", starts_at=now() - timedelta(days=9), scope={"classes": ["switch"]})
    make_window(cast, name="Gel", kind="freeze", starts_at=now() - timedelta(hours=1))
    client = browse_as(cast.ops)

    def shown(query):
        return {row["window"].name for row in client.get(f"/operations/planning/?{query}").context["rows"]}

    assert shown("") == {"Hebdomadaire", "Gel"}
    assert shown("state=running") >= {"Gel"}
    assert shown("state=over") == {"Passée"}
    assert shown("kind=freeze") == {"Gel"}
    assert shown("q=hebdo") == {"Hebdomadaire"}
    assert shown(f"item={item.key}") == {"Hebdomadaire", "Gel"}
    assert client.get("/operations/planning/?state=nonsense").status_code == 422


def test_the_list_costs_the_same_for_one_window_and_for_many(cast, browse_as, django_assert_max_num_queries):
    for n in range(30):
        make_window(cast, name=f"F{n}", starts_at=now() + timedelta(days=n), scope={"classes": ["switch"]})
    client = browse_as(cast.agent)
    client.get("/operations/planning/")
    with django_assert_max_num_queries(12):
        client.get("/operations/planning/")


def test_the_page_of_an_item_shows_the_windows_that_touch_it(cast, browse_as):
    item = make_ci(organisation=cast.lumen)
    make_window(cast, name="Mise à jour mensuelle", starts_at=now() + timedelta(days=3), scope={"items": [item.pk]})
    assert "Mise à jour mensuelle" in browse_as(cast.agent).get(f"{item.get_absolute_url()}panels/").content.decode()
    other = make_ci(organisation=cast.lumen)
    assert 'id="windows"' not in browse_as(cast.agent).get(f"{other.get_absolute_url()}panels/").content.decode()


def test_the_panel_of_a_ticket_shows_its_windows_to_who_reads_operations(cast, rf):
    ticket = incidents.open_incident(actor=cast.customer, requester=cast.customer, title="Disque plein", team=cast.n1)
    make_window(cast, name="Changement du disque", starts_at=now(), scope={"classes": ["switch"]}, record_id=ticket.pk)

    def shown(user) -> str:
        request = rf.get("/")
        request.user = user
        return panels.drawn("record", request, ticket)

    assert "Changement du disque" in shown(cast.agent)
    assert "Changement du disque" not in shown(cast.customer)


def test_the_calendar_file_is_read_by_its_secret_address_until_it_is_ended(cast, browse_as, client):
    make_window(cast, name="Réseau; tous, les lundis", repeats="weekly", scope={"classes": ["switch"]})
    make_window(cast, name="Ailleurs", organisation_id=cast.other.pk, scope={"classes": ["switch"]})
    mine = browse_as(cast.agent)
    address = mine.post("/operations/planning/feed/").context["address"]
    path = address.removeprefix("http://testserver")
    answer = client.get(path)
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") > 40
    assert {line for line in lines if line.startswith("SUMMARY")} == {
        "SUMMARY:Maintenance : Réseau\\; tous\\, les lundis"
    }
    mine.post("/operations/planning/feed/", {"end": "1"})
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_drawn_in_both_languages(cast, browse_as, language):
    cast.ops.language = language
    cast.ops.save()
    make_ci(organisation=cast.lumen)
    window = make_window(
        cast, starts_at=now() + timedelta(days=1), scope={"classes": ["compute"]}, repeats="weekly", weekdays=[0, 3]
    )
    client = browse_as(cast.ops)
    for path in ("", "?state=over", "month/", "new/", f"{window.pk}/", f"{window.pk}/edit/"):
        assert client.get(f"/operations/planning/{path}").status_code == 200


def test_the_page_of_an_item_of_nobody_tells_no_window_of_another_organisation(cast, browse_as):
    shared = make_ci(organisation=None)
    make_window(cast, name="SECRET", scope={"items": [shared.pk]}, starts_at=now() - timedelta(hours=1), hours=4)
    address = f"/cmdb/{shared.pk}/panels/"
    assert b"SECRET" in browse_as(cast.ops).get(address).content
    assert b"SECRET" not in browse_as(cast.stranger_ops).get(address).content


@pytest.mark.parametrize("repeats", ["once", "weekly"])
@pytest.mark.parametrize(
    ("begins", "ends", "wrong"),
    [
        ("2027-03-28T02:30", "2027-03-28T03:15", "starts_at"),
        ("2027-03-28T01:30", "2027-03-28T02:15", "ends_at"),
        ("2027-10-31T03:10", "2027-10-31T02:50", "ends_at"),
    ],
)
def test_times_that_the_change_of_clocks_takes_away_are_said(cast, browse_as, begins, ends, wrong, repeats):
    data = body(cast, starts_at=begins, ends_at=ends, repeats=repeats)
    answer = browse_as(cast.ops).post("/operations/planning/new/", data)
    assert answer.status_code == 422
    assert wrong in answer.context["form"].errors
    assert data["name"] in answer.content.decode(), "what was typed is there"
    assert not Window.objects.exists()


def test_a_form_that_is_sent_twice_plans_one_window(cast, browse_as):
    client, data = browse_as(cast.ops), body(cast, classes=["switch"])
    assert client.post("/operations/planning/new/", data).status_code == 302
    again = client.post("/operations/planning/new/", data)
    assert (again.status_code, Window.objects.count()) == (422, 1)
    assert client.post("/operations/planning/new/", data | {"name": "Other"}).status_code == 302


def test_a_window_over_the_spring_change_lasts_an_hour_less(cast, browse_as):
    data = body(cast, classes=["switch"], starts_at="2027-03-28T01:30", ends_at="2027-03-28T03:15")
    assert browse_as(cast.ops).post("/operations/planning/new/", data).status_code == 302
    window = Window.objects.get()
    assert window.ends_at - window.starts_at == timedelta(minutes=45)


def test_no_text_of_a_window_begins_a_line_of_its_own_in_the_calendar_file(cast):
    odd = "a\u2028BEGIN:VEVENT\x85b\x0bc\r\nd;e"
    window = make_window(cast, reason=odd, scope={"classes": ["switch"]})
    text = ical.feed("x", [(window, window.starts_at, window.ends_at)], now())
    assert [line for line in text.splitlines() if line.startswith("BEGIN")] == ["BEGIN:VCALENDAR", "BEGIN:VEVENT"]
    assert "DESCRIPTION:a\\nBEGIN:VEVENT\\nb\\nc\\nd\\;e" in text
