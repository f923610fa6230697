"""Resolved incidents, a clock that the tests move, and the work that the worker does."""

from types import SimpleNamespace

import pytest

from itsm.notify import outbox
from itsm.notify.models import Message
from servicedesk.incidents import services as incidents
from servicedesk.surveys import services
from servicedesk.surveys.models import Survey


@pytest.fixture
def later(settings, tmp_path):
    """Moves the product's clock, for this process and for those that get `later.file`: `later(days=7)`."""
    file = tmp_path / "clock"
    file.write_text("0")
    settings.CLOCK_SHIFT_FILE = str(file)

    def move(*, days: float = 0, hours: float = 0, minutes: float = 0) -> None:
        file.write_text(str(float(file.read_text()) + ((days * 24 + hours) * 60 + minutes) * 60))

    move.file = file
    return move


@pytest.fixture
def desk(world, later):
    """What happens at the desk, in the words of the tests."""

    def opened(**more):
        person = more.pop("requester", world.customer)
        actor = more.pop("actor", person)
        return incidents.open_incident(actor=actor, requester=person, title="The printer is silent", **more)

    def resolve(incident, *, actor=world.agent, code=world.solved):
        incidents.resolve(incident.pk, actor=actor, resolution_code=code, resolution="Cable")
        tell()
        return Survey.objects.filter(record=incident).order_by("pk").last()

    def tell():
        while outbox.drain():
            continue

    def asked(**more):
        survey = resolve(opened(**more))
        later(minutes=31)
        services.sweep()
        survey.refresh_from_db()
        return survey

    def mails(*templates):
        return list(Message.objects.filter(template__in=templates or ["survey", "survey_reminder"]).order_by("pk"))

    return SimpleNamespace(opened=opened, resolve=resolve, tell=tell, asked=asked, mails=mails)
