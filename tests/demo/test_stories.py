"""What the demo tells of deadlines: a wait over a holiday week-end in which the clocks changed, a P1 that nobody takes."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from demo import oncall, tickets, weekend
from itsm.cmdb import comparing, impact, snapshots
from itsm.cmdb.models import Baseline, ConfigurationItem, Drift
from itsm.escalation.models import Page, PageCall
from itsm.levels.models import Clock
from itsm.people.models import User
from itsm.records.explained import page
from itsm.records.models import Record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lumen")]


def text_of(login: str, path: str, language: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=login))
    client.cookies["vigie_language"] = language
    return client.get(path).content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def rows(record, language: str) -> list[tuple[str, str]]:
    with translation.override(language):
        return [(row["counted"].replace("\u00a0", " "), row["why"]) for row in page.context(record)["rows"]]


def test_an_incident_was_held_over_a_holiday_week_end_in_which_the_clocks_changed():
    record = Record.objects.get(title=weekend.TITLE)
    clock = Clock.objects.get(record=record, kind="sla", metric="resolve")
    opened, resolved = (at.astimezone(tickets.PARIS) for at in (record.opened_at, record.resolved_at))
    assert opened.utcoffset() != resolved.utcoffset()
    assert (opened.weekday(), resolved.weekday()) == (4, 1)
    assert clock.elapsed_seconds == 2.5 * 3600
    assert [event["what"] for event in clock.events] == ["started", "paused", "resumed", "stopped"]


def test_it_shows_its_arithmetic_in_both_languages():
    record = Record.objects.get(title=weekend.TITLE)
    french, english = rows(record, "fr"), rows(record, "en")
    assert [counted for counted, _why in french] == ["45 min", "0", "1 h 45"]
    assert [counted for counted, _why in english] == ["45m", "0", "1h 45m"]
    assert "2 h 45 ouvrées rendues, heures fermées déduites (" in french[1][1].replace("\u00a0", " ")
    assert "passage à l’heure d’" in french[1][1]
    assert "2h 45m of business time given back, closed hours left out (" in english[1][1].replace("\u00a0", " ")
    assert "one hour on Sun" in english[1][1]
    path = f"/desk/incidents/{record.number}/clocks/"
    assert "passage à l’heure d’" in text_of("lead", path, "fr")
    assert "one hour on Sun" in text_of("lead", path, "en")


def test_the_same_week_end_is_found_whatever_the_present_is():
    from itsm.calendars.models import Calendar
    from itsm.calendars.spec import spec_of

    spec = spec_of(Calendar.objects.get(code="OFFICE"))
    days = {weekend.last_sunday(timezone.datetime(year, 11, 20).date(), spec).isoformat() for year in range(2022, 2029)}
    assert days == {"2021-10-31", "2024-03-31", "2027-10-31"}


def test_nobody_takes_a_p1_and_the_chain_goes_on():
    record = Record.objects.get(title=oncall.TITLE)
    run = Page.objects.get(record=record)
    assert (record.priority, record.acknowledged_at, run.state, run.round) == (1, None, "running", 2)
    calls = list(PageCall.objects.filter(page=run).order_by("pk").values_list("who", "round", "outcome"))
    assert [(who, turn) for who, turn, _outcome in calls] == [("first", 1), ("second", 1), ("leader", 1), ("first", 2)]
    assert {outcome for _who, _round, outcome in calls[:3]} <= {"silent", "unable"}
    assert calls[3][2] == "called"
    gaps = [b - a for a, b in zip(_moments(run), _moments(run)[1:], strict=False)]
    assert gaps == [timedelta(minutes=5)] * 3
    assert run.started_at - record.opened_at == timedelta(minutes=7.5)


def _moments(run: Page) -> list:
    return list(PageCall.objects.filter(page=run).order_by("pk").values_list("at", flat=True))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ["L’astreinte est appelée", "appel passé (tour 1)", "appel passé (tour 2)"]),
        ("en", ["The on-call is called", "was called (round 1)", "was called (round 2)"]),
    ],
)
def test_the_timeline_tells_it(language, told):
    record = Record.objects.get(title=oncall.TITLE)
    shown = text_of("lead", f"/desk/incidents/{record.number}/", language)
    assert all(words in shown for words in told), [words for words in told if words not in shown]


def test_who_is_called_sees_one_button():
    run = Page.objects.get(record__title=oncall.TITLE)
    called = PageCall.objects.filter(page=run, outcome="called").get()
    shown = text_of(called.user.username, "/oncall/", "fr")
    assert run.record.number in shown
    assert f"/oncall/pages/{run.pk}/take/" in shown


def test_the_cmdb_has_a_past_a_baseline_and_differences_to_decide(lumen):
    item = ConfigurationItem.objects.get(key="array-02")
    long_ago = snapshots.item_as_of(item.pk, lumen - timedelta(days=100))
    assert long_ago.data["serial"] != item.serial == "SN55120077"
    baseline = Baseline.objects.get()
    admin = User.objects.get(username="admin")
    scope = comparing.Scope(admin, baseline.organisation_id, baseline.ci_class)
    names = {row["data"]["name"] for row in comparing.changed_items(scope, baseline.at, lumen)}
    assert {"SRV-MES-LILLE", "vm-portail"} <= names
    assert "ESX-03" not in names
    assert Drift.objects.filter(state="open").count() >= 2
    assert impact.report(item.pk, user=admin, at=lumen - timedelta(days=100))["truncated"] is False
