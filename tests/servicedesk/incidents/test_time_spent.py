"""Time spent: by hand, by a timer that survives everything, asked for where the service wants it."""

import re
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.utils.timezone import localdate

from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import CIHistory, Service
from itsm.core.errors import DomainError, IllegalMove
from itsm.records import timekeeping
from itsm.records.models import TimeEntry
from itsm.records.timeline import timeline
from servicedesk.desk.timeforms import MinutesField
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir")


@pytest.fixture
def asking(world, incident):
    """The incident, of a service that asks for the time."""
    classes.load_files()
    service = cmdb.create_service(actor=world.admin, name="Poste", key="SRV-X", organisation=world.lumen)
    cmdb.update_service(service.pk, actor=world.admin, time_required=True)
    service.refresh_from_db()
    return services.edit(incident.pk, actor=world.agent, service=service)


@pytest.fixture
def clock():
    with time_machine.travel(TUESDAY, tick=False) as travel:
        yield travel


def spent(incident) -> list[tuple]:
    return list(
        TimeEntry.objects.filter(record_id=incident.pk).order_by("pk").values_list("person__username", "minutes")
    )


def sentences(incident, *, agent=True) -> str:
    return " ".join(line.sentence for line in timeline(incident, agent=agent)).replace("\xa0", " ")


def test_time_is_entered_put_right_and_taken_away_and_the_history_says_so(world, incident):
    entry = timekeeping.add(
        incident.pk, actor=world.agent, minutes=25, kind="call", note=" Called  back ", billable=True
    )
    assert (entry.note, entry.billable, entry.day) == ("Called back", True, localdate())
    timekeeping.change(entry.pk, actor=world.agent, minutes=90)
    timekeeping.remove(entry.pk, actor=world.agent)
    said = sentences(incident)
    for words in ("Temps passé : 25 min (Appel).", "corrigé : 25 min → 1 h 30.", "Temps passé retiré : 1 h 30."):
        assert words in said
    assert "Temps" not in sentences(incident, agent=False)
    assert not TimeEntry.objects.exists()


def test_only_ones_own_entries_are_changed(world, incident):
    entry = timekeeping.add(incident.pk, actor=world.agent, minutes=5)
    for act in (
        lambda: timekeeping.change(entry.pk, actor=world.lead, minutes=6),
        lambda: timekeeping.remove(entry.pk, actor=world.lead),
    ):
        with pytest.raises(TimeEntry.DoesNotExist):
            act()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 1441}, "minutes"),
        ({"minutes": 5, "kind": "sleep"}, "kind"),
        ({"minutes": 5, "day": date(2999, 1, 1)}, "day"),
        ({"minutes": 5, "task": 10**12}, "task"),
    ],
)
def test_what_makes_no_sense_is_refused(world, incident, values, field):
    with pytest.raises(DomainError) as caught:
        timekeeping.add(incident.pk, actor=world.agent, **values)
    assert caught.value.field == field


def test_a_task_of_the_ticket_can_be_named(world, incident):
    task = services.add_task(incident.pk, actor=world.agent, title="Cable")
    assert timekeeping.add(incident.pk, actor=world.agent, minutes=5, task=task.pk).task_id == task.pk


def test_the_database_keeps_one_timer_and_a_day_at_most(world, incident):
    common = {"record_id": incident.pk, "person": world.agent, "day": date(2026, 11, 24)}
    TimeEntry.objects.create(**common, started_at=TUESDAY)
    for wrong in ({"started_at": TUESDAY}, {"minutes": 1441}, {"minutes": 0}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TimeEntry.objects.create(**common, **wrong)


def test_a_timer_measures_begun_minutes(world, incident, clock):
    timekeeping.start(incident.pk, actor=world.agent)
    clock.shift(timedelta(minutes=22, seconds=5))
    assert timekeeping.start(incident.pk, actor=world.agent).started_at == TUESDAY
    assert timekeeping.stop(actor=world.agent, note="Cable").minutes == 23
    assert timekeeping.running(world.agent) == {}
    with pytest.raises(IllegalMove):
        timekeeping.stop(actor=world.agent)


def test_starting_elsewhere_stops_and_keeps_the_first(world, incident, clock):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Other")
    timekeeping.start(incident.pk, actor=world.agent)
    clock.shift(timedelta(minutes=10))
    timekeeping.start(other.pk, actor=world.agent)
    assert spent(incident) == [("agent", 10)]
    assert timekeeping.running(world.agent)["number"] == other.number


def test_a_forgotten_timer_asks_how_long_it_was(world, incident, clock):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Other")
    timekeeping.start(incident.pk, actor=world.agent)
    clock.shift(timedelta(hours=12, minutes=1))
    for act in (lambda: timekeeping.stop(actor=world.agent), lambda: timekeeping.start(other.pk, actor=world.agent)):
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.field == "minutes"
    assert timekeeping.stop(actor=world.agent, minutes=45).minutes == 45


def test_a_timer_is_dropped_without_a_trace(world, incident):
    timekeeping.start(incident.pk, actor=world.agent)
    assert timekeeping.discard(actor=world.agent)
    assert not timekeeping.discard(actor=world.agent)
    assert not TimeEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_machines_start_one_timer(world, incident):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Other")
    barrier, errors = threading.Barrier(2), []

    def start(pk):
        barrier.wait(timeout=10)
        try:
            timekeeping.start(pk, actor=world.agent)
        except DomainError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=start, args=(pk,)) for pk in (incident.pk, other.pk)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert TimeEntry.objects.filter(minutes=None).count() == 1


def resolve(incident, actor, **more):
    services.resolve(incident.pk, actor=actor, resolution_code=more.pop("code"), resolution="Done", **more)
    return Incident.objects.get(pk=incident.pk).state


def test_a_service_that_asks_gets_the_time_before_the_resolution(world, asking):
    with pytest.raises(DomainError) as caught:
        resolve(asking, world.agent, code=world.solved)
    assert caught.value.field == "minutes"
    assert Incident.objects.get(pk=asking.pk).state == "new"
    assert resolve(asking, world.agent, code=world.solved, minutes=15) == "resolved"
    assert spent(asking) == [("agent", 15)]


def test_time_entered_by_anybody_is_enough(world, asking):
    timekeeping.add(asking.pk, actor=world.teammate, minutes=5)
    assert resolve(asking, world.agent, code=world.solved) == "resolved"


def test_resolving_stops_the_timer_there_and_only_there(world, asking, clock):
    timekeeping.start(asking.pk, actor=world.agent)
    timekeeping.start(
        services.open_incident(actor=world.customer, requester=world.customer, title="O").pk, actor=world.lead
    )
    clock.shift(timedelta(minutes=7))
    assert resolve(asking, world.agent, code=world.solved) == "resolved"
    assert spent(asking) == [("agent", 7)]
    assert timekeeping.running(world.lead)


def test_resolving_with_a_forgotten_timer_asks_how_much_of_it_was_work(world, incident, clock):
    timekeeping.start(incident.pk, actor=world.agent)
    clock.shift(timedelta(hours=12, minutes=1))
    assert resolve(incident, world.teammate, code=world.solved) == "resolved"
    services.reopen(incident.pk, actor=world.customer, reason="No")
    with pytest.raises(DomainError, match=incident.number) as caught:
        resolve(incident, world.agent, code=world.solved)
    assert caught.value.field == "minutes"
    assert Incident.objects.get(pk=incident.pk).state != "resolved"
    desk = signed(world.agent)
    form = {"resolution_code": "solved", "resolution": "Done", "minutes": ""}
    answer = desk.post(address(incident, "resolve/"), form)
    assert answer.status_code == 422
    assert re.search(r'id="\w*minutes_error".*12.heures', answer.content.decode(), re.S)
    desk.post(address(incident, "resolve/"), form | {"minutes": "1h30"})
    assert spent(incident) == [("agent", 90)]
    assert not timekeeping.running(world.agent)


def test_nobody_is_asked_when_time_alone_resolves_or_the_parent_does(world, asking):
    parent = services.open_incident(actor=world.customer, requester=world.customer, title="Parent")
    services.link(asking.pk, actor=world.agent, to=parent, type="child_of")
    resolve(parent, world.agent, code=world.solved)
    assert Incident.objects.get(pk=asking.pk).state == "resolved"
    services.reopen(asking.pk, actor=world.customer, reason="No")
    assert resolve(asking, None, code=world.solved) == "resolved"


def test_an_administrator_sets_it_on_the_service_and_its_history_says_so(world, asking):
    client = signed(world.admin)
    page = f"/admin/cmdb/service/{asking.service_id}/change/"
    assert client.post(page, {}).status_code == 302
    assert not Service.objects.get(pk=asking.service_id).time_required
    assert client.post(page, {"time_required": "on"}).status_code == 302
    assert Service.objects.get(pk=asking.service_id).time_required
    newest = CIHistory.objects.get(item_id=asking.service_id, valid_to=None)
    assert (newest.changes, newest.actor) == ({"service.time_required": [None, True]}, world.admin)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("25", 25), ("1h30", 90), ("1 h 30", 90), ("1:05", 65), ("2h", 120), ("90 min", 90), ("1h 5m", 65)],
)
def test_minutes_as_people_type_them(text, minutes):
    assert MinutesField().clean(text) == minutes


@pytest.mark.parametrize("text", ["x", "1h75", "-5", "1.5", "h", ""])
def test_what_is_no_time(text):
    with pytest.raises(ValidationError):
        MinutesField().clean(text)


def signed(somebody) -> Client:
    client = Client()
    client.force_login(somebody)
    return client


def address(incident, rest=""):
    return f"/desk/incidents/{incident.number}/{rest}"


def test_the_page_takes_time_once_and_shows_the_total(world, incident):
    desk = signed(world.agent)
    form = {"minutes": "1h30", "kind": "work", "day": "", "note": "Cable", "token": "t"}
    for _time in range(2):
        assert desk.post(address(incident, "time/"), form).status_code == 302
    timekeeping.add(incident.pk, actor=world.lead, minutes=40)
    page = desk.get(address(incident)).content.decode().replace("\xa0", " ")
    assert spent(incident) == [("agent", 90), ("lead", 40)]
    assert "2 h 10 par 2 personnes" in page
    assert page.count("Corriger") == 1


def test_an_entry_is_put_right_and_taken_away_on_its_page(world, incident):
    entry = timekeeping.add(incident.pk, actor=world.agent, minutes=25)
    desk, place = signed(world.agent), address(incident, f"time/{entry.pk}/")
    assert 'value="25"' in desk.get(place).content.decode()
    desk.post(place, {"minutes": "30", "kind": "travel", "day": "2026-01-05"})
    entry.refresh_from_db()
    assert (entry.minutes, entry.kind, entry.day) == (30, "travel", date(2026, 1, 5))
    assert signed(world.lead).get(place).status_code == 404
    desk.post(place, {"remove": "1"})
    assert spent(incident) == []


@pytest.mark.parametrize(
    "wrong", [{"minutes": "soon"}, {"minutes": ""}, {"minutes": "25h"}, {"kind": "x"}, {"day": "2999-01-01"}]
)
def test_a_bad_form_comes_back(world, incident, wrong):
    form = {"minutes": "5", "kind": "work", "token": "t"} | wrong
    assert signed(world.agent).post(address(incident, "time/"), form).status_code == 422
    assert spent(incident) == []


def test_the_timer_shows_on_every_page_and_stops_from_its_own(world, incident, clock):
    desk = signed(world.agent)
    desk.post(address(incident, "timer/"))
    clock.shift(timedelta(minutes=12))
    page = desk.get("/desk/incidents/").content.decode().replace("\xa0", " ")
    assert '<a class="btn v-timer" href="/desk/timer/"' in page
    assert "12 min" in page
    assert 'value="12"' in desk.get("/desk/timer/").content.decode()
    desk.post("/desk/timer/", {"minutes": "12", "kind": "work"})
    assert spent(incident) == [("agent", 12)]
    assert "v-timer" not in desk.get("/desk/incidents/").content.decode()
    assert desk.get("/desk/timer/")["Location"] == "/desk/"


def test_a_forgotten_timer_says_so_and_can_be_dropped(world, incident, clock):
    desk = signed(world.agent)
    desk.post(address(incident, "timer/"))
    clock.shift(timedelta(hours=15))
    page = desk.get("/desk/timer/").content.decode()
    assert "note amber" in page
    assert desk.post("/desk/timer/", {"minutes": "", "kind": "work"}).status_code == 422
    desk.post("/desk/timer/", {"remove": "1"})
    assert not TimeEntry.objects.exists()


def test_the_resolve_dialog_asks_only_where_the_service_does(world, incident, asking):
    desk = signed(world.agent)
    assert 'name="minutes"' in desk.get(address(asking, "resolve/")).content.decode()
    form = {"resolution_code": "solved", "resolution": "Done", "version": asking.version}
    assert desk.post(address(asking, "resolve/"), form).status_code == 422
    assert desk.post(address(asking, "resolve/"), form | {"minutes": "0:20"}).status_code == 302
    assert spent(asking) == [("agent", 20)]
    plain = services.open_incident(actor=world.customer, requester=world.customer, title="Plain")
    assert 'name="minutes"' not in desk.get(address(plain, "resolve/")).content.decode()


def test_a_requester_sees_nothing_of_it(world, incident):
    timekeeping.add(incident.pk, actor=world.agent, minutes=25, note="Secret note")
    customer = signed(world.customer)
    page = customer.get(f"/portal/tickets/{incident.number}/").content.decode()
    assert "Secret note" not in page
    assert "Temps passé" not in page
    for place in (address(incident, "time/"), address(incident, "timer/"), "/desk/timer/"):
        assert customer.get(place).status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_timer_in_the_browser(world, incident, browse):
    page = browse(login="agent", language="en")
    page.goto(address(incident))
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Start the timer").click()
    page.locator(".v-timer").wait_for()
    page.locator("#act-timer:focus").wait_for()
    page.get_by_role("link", name="Stop the timer").click()
    page.fill("#dialog [name=note]", "Cable")
    page.locator("#dialog button[type=submit]").click()
    page.get_by_text("1m by 1 person").wait_for()
    assert page.locator(".v-timer, dialog[open]").count() == 0
    assert page.evaluate("window.stayed"), "the page was loaded anew"
    assert spent(incident) == [("agent", 1)]
