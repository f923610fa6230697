"""How rows of the switchboard are kept: their columns set, their differences audited, and what runs told at once."""

import hashlib
import json

from django.db import IntegrityError, transaction
from django.utils.translation import override

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError

from .board import TOPIC


def state(row, names) -> dict:
    """The columns as they stand, foreign keys as keys."""
    found = {}
    for name in names:
        field = row._meta.get_field(name)
        found[name] = getattr(row, field.attname)
    return found


def digest(row, names, more=()) -> str:
    """Tells two states of a row apart."""
    kept = [state(row, names), sorted(more)]
    return hashlib.sha256(json.dumps(kept, default=str).encode()).hexdigest()[:16]


def put(row, values: dict, names) -> None:
    """Set what is given; of texts in two languages the one that is shown follows."""
    for name in names:
        if name in values:
            setattr(row, name, values[name])
    # The column without a language follows the French one; set in another language it would write over that one's text.
    with override("fr"):
        for stem in ("name", "announcement", "welcome", "closed_text"):
            if f"{stem}_fr" in values:
                setattr(row, stem, values[f"{stem}_fr"] or values.get(f"{stem}_en") or "")


def kept(row, field: str, words: str) -> None:
    """Save it; DomainError with these words where the database holds another one like it."""
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(words, field=field) from error


def differences(before: dict, after: dict) -> dict:
    """What the audit says of a change."""
    return {name: [str(old), str(after[name])] for name, old in before.items() if old != after[name]}


def told(row, kind: str, before: dict | None, names, actor, more: dict | None = None):
    """Audit it, tell what runs; the row."""
    write(row, kind, before, names, actor, more or {}, text=str(row))
    return row


def write(row, kind: str, before: dict | None, names, actor, more: dict, *, text: str) -> None:
    """One entry of the audit for a row that is new, or was `before`."""
    changes = (differences(before, state(row, names)) | more) if before is not None else more
    log.write(
        f"{kind}.changed" if before is not None else f"{kind}.created",
        (kind, row.pk, text),
        actor=actor,
        changes=changes,
    )
    bump()


def bump() -> None:
    """Every process reads the switchboard anew."""
    versions.bump(TOPIC)
    versions.bump("calls")
