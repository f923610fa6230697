"""The installation's rules about calls, kept per process."""

from django.db import transaction

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import StaleVersion
from itsm.core.reference import cached

from .models import CallPolicy

TOPIC = "call-policy"
FIELDS = ("numbers_days", "story_days", "ring_seconds", "lost_ringing_minutes", "lost_talking_minutes", "call_back_minutes")  # fmt: skip


@cached(TOPIC)
def policy() -> CallPolicy:
    """The rules in force; the usual ones until somebody has changed them."""
    return CallPolicy.objects.filter(pk=1).first() or CallPolicy(pk=1)


@transaction.atomic
def change(*, actor, version: int, **fields) -> CallPolicy:
    """Other rules from now on; StaleVersion when somebody was faster."""
    CallPolicy.objects.get_or_create(pk=1)
    row = CallPolicy.objects.select_for_update(no_key=True).get(pk=1)
    if version != row.version:
        raise StaleVersion(data={"version": row.version})
    changes = {name: [getattr(row, name), value] for name, value in fields.items() if getattr(row, name) != value}
    if not changes:
        return row
    for name, value in fields.items():
        if name not in FIELDS:
            raise KeyError(name)
        setattr(row, name, value)
    row.version, row.changed_at = row.version + 1, now()
    row.save()
    log.write("call_policy.changed", ("call_policy", 1, "calls"), actor=actor, changes=changes)
    versions.bump(TOPIC)
    policy.forget()
    return row
