"""The sweep over alerts: one that fails waits alone, a silence begins however late it is looked at."""

from datetime import timedelta

import pytest

from itsm.core import now
from itsm.events import services, settling
from itsm.events.models import Alert, Silence

pytestmark = pytest.mark.django_db


def say(world, key, **more):
    return services.raise_event(organisation=world.lumen, source="s", key=key, severity="critical", title=key, **more)


def test_an_alert_that_cannot_be_looked_at_holds_up_no_other(world, park, monkeypatch):
    odd, other = say(world, "odd", item=park.server), say(world, "other")
    Alert.objects.update(next_look_at=now() - timedelta(minutes=1))
    from itsm.events import scoring

    def broken(_pk):
        raise RuntimeError("a graph that cannot be computed")

    monkeypatch.setattr(scoring, "compute", broken)
    settling.sweep()
    odd.refresh_from_db()
    other.refresh_from_db()
    assert other.next_look_at is None
    assert odd.next_look_at > now() + timedelta(minutes=1)


def test_a_silence_that_began_while_no_worker_ran_silences_what_there_is(world, park, operator, monkeypatch):
    alert, at = say(world, "k", item=park.server), now()
    planned = services.plan_silence(
        actor=operator, organisation=world.lumen, reason="r", item=park.server, starts_at=at + timedelta(minutes=30),
        ends_at=at + timedelta(hours=9),
    )  # fmt: skip
    settling.sweep()
    assert Silence.objects.get().begun_at is None
    monkeypatch.setattr(settling, "now", lambda: at + timedelta(hours=2))
    settling.sweep()
    alert.refresh_from_db()
    planned.refresh_from_db()
    assert (alert.state, alert.silence_id) == ("silenced", planned.pk)
    assert planned.begun_at == at + timedelta(hours=2)


def test_a_silence_that_fails_holds_up_no_other(world, park, operator, monkeypatch):
    alert, at = say(world, "k", item=park.server), now()
    for item in (park.app, park.server):
        services.plan_silence(
            actor=operator, organisation=world.lumen, reason="r", item=item, starts_at=at + timedelta(minutes=5),
            ends_at=at + timedelta(hours=9),
        )  # fmt: skip
    real = settling.reach

    def reach(silence, at):
        if silence.item_id == park.app.pk:
            raise RuntimeError("odd")
        return real(silence, at)

    monkeypatch.setattr(settling, "reach", reach)
    monkeypatch.setattr(settling, "now", lambda: at + timedelta(minutes=6))
    settling.sweep()
    alert.refresh_from_db()
    assert alert.state == "silenced"
    assert Silence.objects.filter(begun_at=None).count() == 1
