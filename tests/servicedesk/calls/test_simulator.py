"""The simulated exchange against the product's own door, served as in life: every call is one row, and none is lost."""

import random
import re
from io import StringIO
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command

from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Inbound, Source
from servicedesk.calls.simulator import exchange
from servicedesk.calls.simulator.traffic import HOURS, WEEK, day
from servicedesk.management.commands import simulate_calls
from servicedesk.models import Call, CallEvent

from .by_hand import operator, queue


def test_a_played_monday_has_its_peaks_and_the_same_seed_the_same_callers():
    def drawn(weekday):
        rng = random.Random(7)  # noqa: S311
        return list(
            day(rng, minutes=600, per_hour=60, weekday=weekday, people=["+33155004208"], dialled=["+33155004000"])
        )

    monday, saturday = drawn(0), drawn(5)
    assert drawn(0) == monday
    assert len(monday) > 8 * len(saturday)
    hours = [sum(1 for caller in monday if caller.at // 3600 == hour) for hour in range(10)]
    assert max(hours) == hours[1], "from nine to ten"
    assert hours[4] < hours[3] / 1.5, "lunch"
    assert len({caller.number for caller in monday}) < len(monday), "some ring again"
    assert len(HOURS) == 24
    assert len(WEEK) == 7


@pytest.fixture
def line(world):
    lines = queue(world)
    return [operator(world, f"op{n}", "Op", str(n), queues=[lines]) for n in range(4)]


@pytest.mark.django_db(transaction=True)
def test_every_call_is_one_row_and_none_is_lost(world, line, live_server):
    source, url = sources.create_source(actor=world.admin, kind="cti", name="PBX", organisation_id=world.lumen.pk)
    out, err = StringIO(), StringIO()
    call_command(
        "simulate_calls", url=live_server.url + urlsplit(url).path, speed=600, minutes=9, calls_per_hour=90, seed=3, stdout=out, stderr=err
    )  # fmt: skip
    said = out.getvalue()
    begun = int(said.splitlines()[-2].split()[0])
    assert begun > 20
    assert Call.objects.filter(source=source).count() == begun, said
    assert err.getvalue() == ""
    assert Inbound.objects.filter(source=source, outcome="failed").count() == 0
    assert Inbound.objects.filter(source=source).count() == int(said.splitlines()[-1].split()[0])
    calls = Call.objects.filter(source=source)
    assert calls.filter(answered_at__isnull=False).exists()
    lost = calls.filter(state__in=["ringing", "queued", "in_progress", "on_hold"]).count()
    never = re.search(r"(\d+) never sent", said)
    assert lost == (int(never[1]) if never else 0)
    assert CallEvent.objects.filter(call__source=source, understood=False).count() == 0


@pytest.mark.django_db(transaction=True)
def test_stopped_by_hand_it_hangs_everybody_up_and_revokes_its_source(world, line, live_server, settings, monkeypatch):
    settings.PUBLIC_URL = live_server.url

    def stopped(told):
        if told.calls["begun"] >= 6:
            raise KeyboardInterrupt

    monkeypatch.setattr(simulate_calls.Command, "_watch", lambda self: stopped)
    out = StringIO()
    settings.DEMO = False
    with pytest.raises(CommandError, match="not the demo"):
        call_command("simulate_calls", stdout=StringIO())
    settings.DEMO = True
    call_command("simulate_calls", speed=200, minutes=60, calls_per_hour=400, stdout=out)
    assert "cut off at the end" in out.getvalue()
    assert not Call.objects.filter(ended_at=None).exists()
    assert Source.objects.get(kind="cti").revoked_at is not None


@pytest.mark.django_db
def test_where_nothing_answers_it_says_what_to_look_at(world, monkeypatch):
    monkeypatch.setattr(exchange, "TRIES", 1)
    with pytest.raises(CommandError, match="Is the server running"):
        call_command("simulate_calls", url="http://127.0.0.1:9/hooks/cti/x/", speed=600, minutes=1, stdout=StringIO())
