"""An alert stands for what is wrong until it is over, however often it is said."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from itsm.audit.models import Entry
from itsm.core import now, reference
from itsm.core.errors import DomainError, IllegalMove
from itsm.events import services, settling, states
from itsm.events.heard import Heard
from itsm.events.intake import take_in
from itsm.events.models import Alert, Event, Silence

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(world):
    """Somebody says something about a disk."""

    def tell(severity="critical", key="db01!disk", **more):
        values = {"source": "icinga", "title": "Disk full", "organisation": world.lumen, **more}
        return services.raise_event(key=key, severity=severity, **values)

    return tell


def verbs(alert):
    return list(alert.entries.order_by("id").values_list("verb", flat=True))


def test_the_first_message_opens_an_alert_and_ten_more_of_it_count(say):
    alert = say()
    assert (alert.state, alert.count, alert.number[:3]) == ("open", 1, "ALR")
    for _each in range(9):
        say()
    alert.refresh_from_db()
    assert (Alert.objects.count(), alert.count, Event.objects.filter(alert=alert).count()) == (1, 10, 10)
    assert alert.last_seen >= alert.first_seen


def test_what_is_over_closes_its_alert_and_only_that_one(say):
    alert, other = say(), say(key="db01!swap")
    ended = say("ok")
    assert ended == alert
    alert.refresh_from_db()
    other.refresh_from_db()
    assert (alert.state, alert.cleared_at is not None, alert.closed_at is not None) == ("closed", True, True)
    assert other.state == "open"
    assert say("ok", key="never heard of") is None


def test_what_comes_back_soon_is_the_same_alert_and_asks_again(say, operator):
    alert = say()
    services.acknowledge(alert, operator)
    say("critical")
    assert Alert.objects.get().state == "acknowledged"
    say("ok")
    again = say()
    assert (again.pk, again.state, again.acknowledged_at, again.count) == (alert.pk, "open", None, 3)
    assert Alert.objects.get().first_acknowledged_at is not None


def test_what_comes_back_later_is_another_alert(say):
    alert = say()
    say("ok")
    Alert.objects.update(closed_at=now() - states.SAME - timedelta(minutes=1))
    assert say().pk != alert.pk


def test_an_acknowledged_alert_that_gets_worse_asks_again(say, operator):
    services.acknowledge(say("warning"), operator)
    assert say("minor").state == "open"
    services.acknowledge(Alert.objects.get(), operator)
    assert say("info").state == "acknowledged"


def test_what_was_said_before_it_changed_changes_nothing_any_more(say):
    at = now() - timedelta(minutes=10)
    say(at=at)
    say("ok", at=at + timedelta(minutes=5))
    late = say(at=at + timedelta(minutes=1))
    assert (late.state, Alert.objects.count(), Event.objects.count()) == ("closed", 1, 3)
    say(at=at + timedelta(minutes=6))
    assert say("ok", at=at).state == "open"


def test_one_that_comes_and_goes_flaps_and_stays_until_it_is_calm(say, monkeypatch):
    for _each in range(3):
        say()
        say("ok")
    alert = Alert.objects.get()
    assert (alert.state, alert.cleared_at is not None, alert.closed_at) == ("flapping", True, None)
    assert "flapping" in verbs(alert)
    Alert.objects.update(flapping_until=now() - timedelta(seconds=1), next_look_at=now() - timedelta(seconds=1))
    settling.sweep()
    alert.refresh_from_db()
    assert alert.state == "closed"


def test_one_that_flaps_and_comes_back_asks_again_though_somebody_had_taken_it(say, operator):
    say()
    for _each in range(3):
        say("ok")
        alert = say()
    services.acknowledge(alert, operator)
    cleared = say("ok")
    assert (cleared.state, cleared.closed_at) == ("flapping", None)
    say()
    alert.refresh_from_db()
    assert (alert.acknowledged_at, alert.acknowledged_by, alert.first_acknowledged_at is not None) == (None, None, True)


def test_a_silence_has_an_end_an_owner_and_a_reason(say, operator):
    alert = say()
    for until, reason in (
        (now() + timedelta(hours=1), " "),
        (now() - timedelta(hours=1), "why"),
        (now() + timedelta(days=400), "why"),
    ):
        with pytest.raises(DomainError):
            services.silence(alert, until, reason, operator)
    services.silence(alert, now() + timedelta(hours=1), "Disk ordered", operator)
    alert.refresh_from_db()
    assert (alert.state, alert.silence.owner, alert.silence.reason) == ("silenced", operator, "Disk ordered")
    assert say().state == "silenced"
    assert Alert.objects.get().count == 2
    assert Entry.objects.filter(verb="alert.silenced", actor=operator).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Silence.objects.update(reason="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Silence.objects.update(ends_at=now() - timedelta(days=1))


def test_a_silence_that_ends_gives_the_alert_back(say, operator):
    alert = say()
    services.silence(alert, now() + timedelta(hours=1), "Disk ordered", operator)
    Silence.objects.update(starts_at=now() - timedelta(hours=2), ends_at=now() - timedelta(seconds=1))
    reference.forget_everything()
    Alert.objects.update(next_look_at=now() - timedelta(seconds=1))
    settling.sweep()
    alert.refresh_from_db()
    assert (alert.state, alert.silence) == ("open", None)
    assert verbs(alert)[-1] == "unsilenced"


def test_a_silence_planned_over_conditions_covers_what_is_there_and_what_comes(say, operator, world):
    alert, other = say(), say(source="zabbix")
    services.plan_silence(
        actor=operator, organisation=world.lumen, reason="Moving", ends_at=now() + timedelta(hours=2),
        conditions=[{"field": "source", "how": "equals", "value": "icinga"}],
    )  # fmt: skip
    alert.refresh_from_db()
    other.refresh_from_db()
    assert (alert.state, other.state, say(key="new").state) == ("silenced", "open", "silenced")
    services.end_silence(Silence.objects.get().pk, actor=operator)
    assert set(Alert.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.parametrize(
    ("how", "value"), [("equals", " étage 4 "), ("in", "x, ÉTAGE 4"), ("contains", "TAGE"), ("like", "éTAGE*")]
)
def test_letter_case_tells_nothing_apart_for_what_is_there_nor_for_what_comes(say, operator, world, how, value):
    alert = say(key="Étage 4", group="Étage 4")
    conditions = [{"field": "key", "how": how, "value": value}, {"field": "source", "how": "equals", "value": "ICINGA"}]
    services.plan_silence(
        actor=operator,
        organisation=world.lumen,
        reason="Moving",
        ends_at=now() + timedelta(hours=2),
        conditions=conditions,
    )
    alert.refresh_from_db()
    assert (alert.state, say(key="ÉTAGE 4").state) == ("silenced", "silenced")


def test_keys_that_differ_in_letter_case_are_two_alerts_and_the_silence_of_one_covers_both(say, operator):
    alert, other = say(key="db01!disk"), say(key="DB01!Disk")
    assert alert.pk != other.pk
    services.silence(alert, now() + timedelta(hours=1), "Known", operator)
    assert say(key="db01!DISK").state == "silenced"


def test_a_silence_about_everything_is_refused(operator, world):
    with pytest.raises(DomainError):
        services.plan_silence(
            actor=operator, organisation=world.lumen, reason="All", ends_at=now() + timedelta(hours=2)
        )


def test_closing_by_hand_and_firing_again_makes_a_new_alert(say, operator):
    alert = say()
    services.close(alert, operator, "Known")
    with pytest.raises(IllegalMove):
        services.acknowledge(alert, operator)
    assert say().pk != alert.pk
    assert Alert.objects.active().count() == 1


def test_two_alerts_about_one_thing_cannot_be_open(say, world):
    alert = say()
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(
            number="ALR9", organisation=world.lumen, source="icinga", key=alert.key, severity="info", title="x"
        )


def test_odd_messages_are_bent_to_fit(world):
    at = now() + timedelta(days=300)
    [alert] = take_in(
        world.lumen,
        [Heard("s", "k" * 500, "??", " \0 ", at=at, sent_at=at, url="javascript:alert(1)", body="a\0b", facts={})],
    )
    assert (alert.severity, len(alert.key), alert.title[:3], alert.url, alert.body) == ("warning", 300, "kkk", "", "ab")
    assert alert.first_seen <= now()


def test_strangers_see_nothing_and_readers_do_not_work(say, world, operator):
    say()
    seen = Alert.objects.visible_to
    assert [seen(p).count() for p in (operator, world.agent, world.stranger, world.foreign_agent, world.customer)] == [
        1,
        1,
        0,
        0,
        0,
    ]
    assert [Alert.objects.workable_by(p).count() for p in (operator, world.agent)] == [1, 0]


def test_a_storm_is_taken_in_and_hides_nothing_else(world):
    storm = [
        Heard("snmp", f"port {n}", "warning", f"Port {n} down", group="LinkDown", names=(f"sw-{n % 50}",))
        for n in range(2000)
    ]
    lone = Heard("snmp", "ups", "critical", "UPS on battery", group="UpsOnBattery")
    take_in(world.lumen, [*storm, lone])
    listed = Alert.objects.listed()
    assert (Event.objects.count(), Alert.objects.active().count()) == (2001, 2001)
    assert listed.filter(key="ups").exists()
    assert listed.count() == 101
    assert Alert.objects.filter(folded="storm").count() == 1900
    assert listed.order_by("-child_count").first().child_count == 1900
    assert settling.sweep(5000) >= 101
    take_in(world.lumen, storm)
    assert set(Alert.objects.filter(group="LinkDown").values_list("count", flat=True)) == {2}


def test_taking_in_costs_the_same_for_few_and_for_many(world, django_assert_max_num_queries):
    few = [Heard("snmp", f"port {n}", "warning", f"Port {n} down") for n in range(30)]
    many = [Heard("snmp", f"gate {n}", "warning", f"Gate {n} down") for n in range(900)]
    take_in(world.lumen, few[:1])
    with django_assert_max_num_queries(25):
        take_in(world.lumen, few)
    with django_assert_max_num_queries(25):
        take_in(world.lumen, many)
