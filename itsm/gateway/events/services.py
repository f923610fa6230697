"""Mappings are kept here; what they make of a body can be tried first."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.events import finding, rules
from itsm.events.intake import clean
from itsm.events.models import Alert, EventRule

from . import mapping, reading
from .defaults import MAPPINGS, ensure_default_mappings
from .models import EventMapping

MOST_SHOWN = 50


@dataclass
class Attempt:
    """What a body would become: the mapping that reads it, and for each message the alert, its item and the rule that decides."""

    chosen: EventMapping
    rows: list[dict] = field(default_factory=list)
    messages: int = 0
    skipped: int = 0


@transaction.atomic
def save_mapping(row: EventMapping, *, actor) -> EventMapping:
    """A new mapping, or a changed one; it reads what comes in from now on."""
    ensure_default_mappings()
    row.spec = mapping.check(row.spec)
    if EventMapping.objects.filter(code=row.code).exclude(pk=row.pk).exists():
        raise DomainError(_("There is a mapping of this code."), field="code")
    before = (
        EventMapping.objects.filter(pk=row.pk).values("name", "position", "active", "spec").first() if row.pk else None
    )
    row.save()
    after = {"name": row.name, "position": row.position, "active": row.active, "spec": row.spec}
    changes = {
        name: [(before or {}).get(name), value] for name, value in after.items() if (before or {}).get(name) != value
    }
    verb = "event_mapping.changed" if before else "event_mapping.created"
    log.write(verb, ("event_mapping", row.pk, row.name), actor=actor, changes=changes)
    versions.bump("event-mappings")
    return row


@transaction.atomic
def take_back(code: str, *, actor) -> EventMapping | None:
    """As it was delivered again; one that was not delivered is removed (None)."""
    row = EventMapping.objects.select_for_update().get(code=code)  # deleted
    delivered = next((each for each in MAPPINGS if each[0] == code), None)
    log.write(
        "event_mapping.taken_back",
        ("event_mapping", row.pk, row.name),
        actor=actor,
        changes={"spec": [row.spec, delivered and delivered[3]]},
    )
    versions.bump("event-mappings")
    if delivered is None:
        row.delete()
        return None
    row.name, row.position, row.spec, row.active = delivered[1], delivered[2], delivered[3], True
    row.save()
    return row


def attempt(
    body: bytes,
    content_type: str,
    *,
    organisation_id: int,
    source: str,
    only: str = "",
    draft: EventMapping | None = None,
) -> Attempt:
    """Read a body as a door would, and keep nothing. `draft`: by this mapping instead of those that are kept."""
    if draft is not None:
        chosen, found = (
            draft,
            mapping.read(mapping.check(draft.spec), reading.decode(body, content_type), source=source),
        )
    else:
        chosen, found = reading.read(body, content_type, source=source, only=only)
    made = Attempt(chosen, messages=len(found.heard), skipped=found.skipped)
    heard = [clean(each, now()) for each in found.heard[:MOST_SHOWN]]
    items = finding.items_for(organisation_id, heard)
    known: list[EventRule] = rules.for_organisation(organisation_id)
    for each, item in zip(heard, items, strict=True):
        alert = Alert(
            source=each.source, key=each.key, group=each.group, severity=each.severity, title=each.title, body=each.body, item=item,
            said_item=next((name for name in (*each.names, *each.addresses) if name), ""), down=each.down, facts=each.facts,
        )  # fmt: skip
        over = each.status == "resolved"
        made.rows.append(
            {
                "heard": each,
                "alert": alert,
                "item": item,
                "over": over,
                "rule": None if over else rules.first(known, alert),
            }
        )
    return made
