"""“Where is this wrong?”: anybody who reads an item says so, an editor accepts or refuses. The item's lock comes first."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import live, now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.core.folding import fold
from itsm.notify import notices
from itsm.people.models import User
from itsm.people.scope import Scope, scope_of

from .. import changing
from ..models import ConfigurationItem, Correction, CorrectionVoice
from . import writing

TOPIC = "cmdb-corrections"
CAP = 1001
State = Correction.State


def waiting(scope: Scope) -> int:
    """How many corrections wait for this person, up to the cap; the list shows the same."""
    return len(Correction.objects.within(scope).open().order_by("-id").values_list("pk")[:CAP])


@transaction.atomic
def propose(
    item_id: int, *, actor: User, field: str = "", proposed: str = "", note: str = "", at: datetime | None = None
) -> Correction:
    """Say that an item is wrong. Who says what others have said already joins them."""
    at, proposed, note = at or now(), " ".join(proposed.split())[:500], note.strip()[:1000]
    item = changing.locked(item_id)
    if item.status == changing.RETIRED:
        raise DomainError(changing.retired_text(item))
    if field and field not in dict(writing.fields_of(item)):
        raise DomainError(_("This item has no such field."), field="field")
    if not (proposed or note):
        raise DomainError(_("Say what it should be, or what is wrong."), field="note")
    if field and proposed and fold(proposed) == fold(writing.shown(item, field)):
        raise DomainError(_("This is what stands there already."), field="proposed")
    if not field:
        note, proposed = " ".join(filter(None, (proposed, note)))[:1000], ""
    same = fold(proposed)[:500]
    found = Correction.objects.open().filter(item=item, field=field, same=same).first()
    made = found or Correction.objects.create(item=item, field=field, proposed=proposed, same=same, opened_at=at)
    CorrectionVoice.objects.update_or_create(correction=made, person=actor, defaults={"note": note, "at": at})
    data = {"correction": made.pk, "field": field, "proposed": proposed, "note": note, "joined": found is not None}
    log.write("ci.correction_asked", ("ci", item.pk, item.name), actor=actor, at=at, data=data)
    live.changed(TOPIC)
    return made


@transaction.atomic
def accept(
    pk: int, *, actor: User, value: str | None = None, reason: str = "", version: int | None = None
) -> Correction:
    """Write what it should be (`value`: as the editor has it) and close. About the item as a whole: it has been put right.

    IllegalMove when somebody has decided already, StaleVersion when the item changed, DomainError for a value that does
    not fit.
    """
    item, found = _to_decide(pk)
    if found.field:
        text = found.proposed if value is None else value
        parsed = writing.parse(item, found.field, text, actor=actor)
        why = reason.strip() or _("Correction asked for by a reader")
        writing.write(item, found.field, parsed, actor=actor, reason=why, version=version)
    return _decide(item, found, State.ACCEPTED, actor, reason)


@transaction.atomic
def refuse(pk: int, *, actor: User, reason: str) -> Correction:
    """Leave the item as it is, and say why to those who asked."""
    if not reason.strip():
        raise DomainError(_("Say why it stays as it is: those who asked will read it."), field="reason")
    item, found = _to_decide(pk)
    return _decide(item, found, State.REFUSED, actor, reason)


@transaction.atomic
def withdraw(correction: Correction, *, actor: User) -> None:
    """Somebody thought better of it. Others who said the same keep it open."""
    item = changing.locked(correction.item_id)
    found = Correction.objects.select_for_update(no_key=True).get(pk=correction.pk)
    if found.state != State.OPEN:
        return
    found.voices.filter(person=actor).delete()
    data = {"correction": found.pk}
    log.write("ci.correction_withdrawn", ("ci", item.pk, item.name), actor=actor, data=data)
    if not found.voices.exists():
        found.state, found.decided_at, found.decided_by = State.WITHDRAWN, now(), actor
        found.save(update_fields=["state", "decided_at", "decided_by"])
    live.changed(TOPIC)


def _to_decide(pk: int) -> tuple[ConfigurationItem, Correction]:
    """Both under their locks, the item's first."""
    item = changing.locked(Correction.objects.values_list("item_id", flat=True).get(pk=pk))
    found = Correction.objects.select_for_update(no_key=True).get(pk=pk)
    if found.state != State.OPEN:
        by = User.objects.filter(pk=found.decided_by_id or 0).first()
        who = by.display_name if by else _("somebody")
        text = _("%(person)s has decided this already: %(state)s.")
        raise IllegalMove(text % {"person": who, "state": found.get_state_display().lower()})
    return item, found


def _decide(item: ConfigurationItem, found: Correction, state: str, actor: User, reason: str) -> Correction:
    found.state, found.decided_at, found.decided_by, found.reason = state, now(), actor, reason.strip()[:500]
    found.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    data = {"correction": found.pk, "field": found.field, "proposed": found.proposed, "reason": found.reason}
    log.write(f"ci.correction_{state}", ("ci", item.pk, item.name), actor=actor, at=found.decided_at, data=data)
    people = User.objects.filter(pk__in=found.voices.exclude(person=actor).values("person"))
    for person in people.order_by("pk"):
        # An owner who only answers by mail has no page of the item to go to.
        reads = ConfigurationItem.objects.visible_to(person).filter(pk=item.pk).exists()
        notices.tell(
            f"correction-{found.pk}", [person.pk], f"correction_{state}", data={"title": item.name, "reason": found.reason},
            url=item.get_absolute_url() if reads and scope_of(person).may("cmdb.read") else "",
        )  # fmt: skip
    live.changed(TOPIC)
    return found


@transaction.atomic
def take(item_id: int, field: str, source: int, *, actor: User, version: int | None = None) -> ConfigurationItem:
    """Believe another source on one field: its value is written by hand. DomainError when it says nothing of it."""
    item = changing.locked(item_id)
    claim = item.claims.filter(source_id=source, missing_since=None).select_related("source").first()
    if claim is None or field not in claim.conflicts:
        raise IllegalMove(_("This source no longer says anything else here."))
    reason = _("As %(source)s says") % {"source": claim.source.name}
    return writing.write(item, field, claim.values[field], actor=actor, reason=reason, version=version)


@transaction.atomic
def keep(item_id: int, field: str, *, actor: User, version: int | None = None) -> None:
    """What stands is right, whatever sources say of one field now. They are listened to again when they say something new."""
    item = changing.locked(item_id)
    if version is not None and version != item.version:
        raise StaleVersion(data={"version": item.version})
    if item.status == changing.RETIRED:
        raise DomainError(changing.retired_text(item))
    if not any(field in claim.conflicts for claim in item.claims.all()):
        raise IllegalMove(_("No source says anything else here any more."))
    writing.decide(item, field)
    changing.confirm_ci([item.pk], actor=actor, at=now(), data={"field": field})
