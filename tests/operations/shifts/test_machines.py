"""What machines write into the log: nothing is lost, whatever instant a message bears and however late it is committed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from itsm.core import now
from itsm.events import services as events
from itsm.people.models import Organisation
from operations.control.shifts import machines
from operations.control.shifts.models import LogEntry


def said():
    return list(LogEntry.objects.filter(source="alerts").order_by("pk").values_list("alert__key", "text"))


@pytest.fixture
def clock(monkeypatch):
    """The clock of the reader goes so many seconds ahead."""

    def ahead(seconds):
        monkeypatch.setattr(machines, "now", lambda: now() + timedelta(seconds=seconds))

    ahead(0)
    return ahead


@pytest.mark.django_db
def test_a_message_of_before_hides_no_acknowledgement(watch, clock):
    monday = now() - timedelta(minutes=9)
    clock(0)
    machines.sweep()
    first = events.raise_event(organisation=watch.lumen, source="x", key="a", severity="critical", title="A", at=monday)
    clock(60)
    machines.sweep()
    events.acknowledge(first, watch.operator)
    events.raise_event(organisation=watch.lumen, source="x", key="b", severity="critical", title="B", at=monday)
    clock(0)
    machines.sweep()
    assert [key for key, _text in said()] == ["a"]
    clock(60)
    machines.sweep()
    assert [key for key, _text in said()] == ["a", "a", "b"]


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_late_is_not_passed_over(clock):
    house = Organisation.objects.create(code="H", name="H", kind="internal")
    machines.sweep()
    written, go = threading.Event(), threading.Event()

    def slowly():
        try:
            with transaction.atomic():
                events.raise_event(organisation=house, source="x", key="slow", severity="critical", title="Slow")
                written.set()
                go.wait(30)
        finally:
            connection.close()

    writer = threading.Thread(target=slowly)
    writer.start()
    assert written.wait(30)
    events.raise_event(organisation=house, source="x", key="fast", severity="critical", title="Fast")
    clock(60)
    machines.sweep()
    assert said() == []
    go.set()
    writer.join(30)
    machines.sweep()
    assert [key for key, _text in said()] == ["slow", "fast"]
