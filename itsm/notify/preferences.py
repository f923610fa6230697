"""What a person wants to be told, by mail and under the bell. Without a choice of theirs, everything."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from itsm.people.models import User
from itsm.people.scope import scope_of

from .models import Preference
from .texts import EVENTS, Event


@dataclass(frozen=True)
class Choice:
    """One line of the page."""

    event: Event
    by_mail: bool
    under_bell: bool


def events_for(user: User) -> list[Event]:
    """What this person can be told at all."""
    agent = scope_of(user).is_agent
    return [event for event in EVENTS if agent or not event.agents_only]


def choices_of(user: User) -> list[Choice]:
    """The lines of the page as they stand."""
    rows = Preference.objects.filter(user=user)
    no_mail = {row.template for row in rows if not row.email}
    no_bell = {row.template for row in rows if not row.in_app}
    return [Choice(event, event.mail not in no_mail, event.bell not in no_bell) for event in events_for(user)]


@transaction.atomic
def choose(user: User, *, mails: Collection[str], bells: Collection[str]) -> None:
    """Keep exactly these mails and notices among those that the person can get."""
    for event in events_for(user):
        if event.mail:
            _keep(user, event.mail, email=event.mail in mails)
        if event.bell:
            _keep(user, event.bell, in_app=event.bell in bells)


def _keep(user: User, template: str, **wanted: bool) -> None:
    Preference.objects.update_or_create(user=user, template=template, defaults=wanted)
