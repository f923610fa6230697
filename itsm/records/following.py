"""Who follows a record. Following gives reading, on the portal too: so not everybody may be made to follow."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itsm.audit.models import Entry
from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.people.houses import same_house
from itsm.people.models import User
from itsm.people.scope import scope_of

from .models import Record, Watch
from .moves import write_entry
from .standing import COLUMNS, reads_as_agent

MOST = 50
TOPIC = "watch.added"


def may_ask(record: Record, person: User) -> bool:
    """May the person read, as somebody who asked, what this record says: of its house, and in its circle if it has one?"""
    if record.confidentiality_id and record.confidentiality_id not in scope_of(person).circles:
        return False
    return person.is_active and same_house(record.organisation_id, person.organisation_id)


def may_follow(record: Record, person: User) -> bool:
    """May the person follow: people of the record's house, and agents who read it; of a confidential one, its circle only."""
    if not person.is_active:
        return False
    row = {name: getattr(record, name) for name in COLUMNS}
    return reads_as_agent(scope_of(person), row) or may_ask(record, person)


def follower(pk: int, login: str) -> User | None:
    """Who follows the record under this login, in whatever letters; also somebody whom the reader could not name otherwise."""
    rows = Watch.objects.filter(record_id=pk, user__username__iexact=login.replace("\x00", ""))
    found = rows.select_related("user").first()
    return found.user if found else None


def follow(pk: int, *, actor: User, person: User) -> bool:
    """Make a person follow; those who are added by somebody else are told. False when they did already."""
    with transaction.atomic():
        record = Record.objects.locked().get(pk=pk)
        if Watch.objects.filter(record_id=pk, user=person).exists():
            return False
        if person.pk == record.requester_id:
            raise DomainError(_("The requester reads the ticket anyway."), field="person")
        if not may_follow(record, person):
            raise DomainError(_("This person may not read this ticket."), field="person")
        if Watch.objects.filter(record_id=pk).count() >= MOST:
            raise DomainError(_("A ticket has at most %(n)s followers.") % {"n": MOST}, field="person")
        Watch.objects.create(record_id=pk, user=person)
        entry = _note(record, "followed", actor, person)
        if person.pk != actor.pk:
            payload = {
                "record": pk, "kind": record.kind, "number": record.number, "verb": entry.verb, "actor": actor.pk,
                "entry": entry.pk, "person": person.pk,
            }  # fmt: skip
            outbox.put(TOPIC, record=record, payload=payload)
    return True


def unfollow(pk: int, *, actor: User, person: User) -> bool:
    """End it. False when the person did not follow: the aim is reached."""
    with transaction.atomic():
        record = Record.objects.locked().get(pk=pk)
        gone, _rows = Watch.objects.filter(record_id=pk, user=person).delete()
        if gone:
            _note(record, "unfollowed", actor, person)
    return bool(gone)


def _note(record: Record, verb: str, actor: User, person: User) -> Entry:
    return write_entry(record, verb, actor=actor, data={"person": person.pk})
