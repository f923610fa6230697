"""Records that a call is about, and the major incident that its caller is concerned by."""

from django.db import transaction

from itsm.core import now
from itsm.records.models import Record

from . import audited, ending, hooks, locking
from .models import Call, CallLink


@transaction.atomic
def attach(call: Call, *, record: Record, how: str, actor) -> CallLink:
    """The call is about this record, or has opened it. A second time changes nothing."""
    call = locking.locked(call)
    link, made = CallLink.objects.get_or_create(
        call=call, record=record, defaults={"how": how, "by": actor, "at": now()}
    )
    if made:
        ending.keep(call)
        audited.done(call, "attached", actor, record=record.number, how=how)
    return link


@transaction.atomic
def attach_major(call: Call, *, major: Record, actor=None) -> CallLink:
    """The caller is concerned by a major incident: counted, and told when all is well. No new investigation."""
    call = locking.locked(call)
    link = register(call, major.pk, actor)
    ending.keep(call)
    audited.done(call, "attached", actor, record=major.number, how=CallLink.How.MAJOR)
    return link


def register(call: Call, record_id: int, actor) -> CallLink:
    """The caller is concerned by this major incident: counted, and told of its end."""
    major = Record.objects.get(pk=record_id)
    call.major = major
    link, _made = CallLink.objects.get_or_create(
        call=call, record=major, defaults={"how": CallLink.How.MAJOR, "by": actor, "at": now()}
    )
    hooks.major(call, major, actor)
    return link
