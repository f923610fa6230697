"""Keeping the catalogue: shelves, items, and the versions of what an item asks, of whom it is approved and how it is fulfilled.

What is published never changes: an edit goes into the item's one draft, which then becomes the next version.
"""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.core.fingerprint import fingerprint

from . import pictures, rules
from .form.reading import parse
from .models import CatalogueCategory, CatalogueItem, CatalogueItemVersion
from .queryset import published

PARTS = ("form", "approval", "plan")
MANY = ("organisations", "sites", "roles")


@transaction.atomic
def save_shelf(shelf: CatalogueCategory | None, *, actor, **values) -> CatalogueCategory:
    """Create or change a shelf."""
    row = shelf or CatalogueCategory()
    before = {name: getattr(row, name) for name in values} if row.pk else {}
    for name, value in values.items():
        setattr(row, name, value)
    _saved(row, _("There is a shelf with this key already."))
    _note("catalogue_shelf", "changed" if shelf else "created", row, actor, before, values)
    return row


@transaction.atomic
def save_item(item: CatalogueItem | None, *, actor, picture=None, no_picture: bool = False, **values) -> CatalogueItem:
    """Create or change what is said about an item: its names, audience, cost, delay, where its requests go. At once, without a version."""
    row = CatalogueItem.objects.select_for_update(no_key=True).get(pk=item.pk) if item else CatalogueItem()
    many = {name: values.pop(name) for name in MANY if name in values}
    before = {name: getattr(row, name) for name in values} if row.pk else {}
    for name, value in values.items():
        setattr(row, name, value)
    if picture is not None:
        row.picture_type = pictures.checked(picture)
        row.picture = picture
    elif no_picture:
        row.picture, row.picture_type = "", ""
    row.changed_at = now()
    _saved(row, _("There is an item with this key already."))
    for name, chosen in many.items():
        getattr(row, name).set(chosen)
    _note("catalogue_item", "changed" if item else "created", row, actor, before, values)
    return row


def draft_of(item: CatalogueItem) -> CatalogueItemVersion:
    """The draft as it stands; not saved yet where there is none: then it begins as what is published."""
    rows = list(item.versions.order_by("-number")[:1])
    last = rows[0] if rows else None
    if last and last.published_at is None:
        return last
    fresh = CatalogueItemVersion(item=item, number=last.number + 1 if last else 1)
    for part in PARTS:
        setattr(fresh, part, getattr(last, part) if last else ({"fields": []} if part == "form" else {}))
    return fresh


@transaction.atomic
def save_draft(item: CatalogueItem, *, actor, seen: str = "", **parts) -> CatalogueItemVersion:
    """Change the form, the approval rule, the plan or the note of the draft. `seen`: the digest that the editor began with."""
    CatalogueItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    draft = draft_of(item)
    if seen and seen != digest(draft):
        raise StaleVersion
    checked = _checked(parts)
    if draft.pk and all(getattr(draft, name) == value for name, value in checked.items()):
        return draft
    for name, value in checked.items():
        setattr(draft, name, value)
    draft.created_by = draft.created_by or actor
    draft.save()
    log.write("catalogue_item.drafted", item, actor=actor, kind="catalogue_item", data={"version": draft.number, "parts": sorted(checked)})  # fmt: skip
    return draft


def _checked(parts: Mapping) -> dict:
    found = {}
    for name, value in parts.items():
        if name == "form":
            value = parse(value).to_json()
        elif name == "approval":
            value = rules.checked_approval(value)
        elif name == "plan":
            value = rules.checked_plan(value)
        found[name] = value
    return found


@transaction.atomic
def publish(item: CatalogueItem, *, actor, note: str = "", seen: str = "") -> CatalogueItemVersion:
    """Make the draft what is ordered from now on. Requests that were ordered keep their own version."""
    row = CatalogueItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    draft = draft_of(row)
    if seen and seen != digest(draft):
        raise StaleVersion
    if draft.pk is None and published(row) is not None:
        raise IllegalMove(_("Nothing has changed since version %(n)s.") % {"n": draft.number - 1})
    _checked({part: getattr(draft, part) for part in PARTS})
    draft.note = note or draft.note
    draft.created_by = draft.created_by or actor
    draft.published_at, draft.published_by = now(), actor
    draft.save()
    row.state, row.changed_at = CatalogueItem.State.PUBLISHED, draft.published_at
    row.save(update_fields=["state", "changed_at"])
    log.write("catalogue_item.published", row, actor=actor, kind="catalogue_item", data={"version": draft.number, "note": draft.note})  # fmt: skip
    return draft


@transaction.atomic
def discard(item: CatalogueItem, *, actor) -> None:
    """Throw the draft away: what is published stays."""
    CatalogueItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    draft = draft_of(item)
    if draft.pk is None:
        raise IllegalMove(_("There is no draft."))
    draft.delete()
    log.write("catalogue_item.discarded", item, actor=actor, kind="catalogue_item", data={"version": draft.number})


@transaction.atomic
def retire(item: CatalogueItem, *, actor) -> CatalogueItem:
    """Take it out of the catalogue; what was ordered goes on."""
    row = CatalogueItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    if row.state == row.State.RETIRED:
        raise IllegalMove(_("It is out of the catalogue already."))
    return _to(row, row.State.RETIRED, "retired", actor)


@transaction.atomic
def offer_again(item: CatalogueItem, *, actor) -> CatalogueItem:
    """Put back what was taken out, as it was last published."""
    row = CatalogueItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    if row.state != row.State.RETIRED:
        raise IllegalMove(_("It is in the catalogue already."))
    return _to(row, row.State.PUBLISHED if published(row) else row.State.DRAFT, "restored", actor)


def _to(row: CatalogueItem, state: str, verb: str, actor) -> CatalogueItem:
    row.state, row.changed_at = state, now()
    row.save(update_fields=["state", "changed_at"])
    log.write(f"catalogue_item.{verb}", row, actor=actor, kind="catalogue_item")
    return row


def digest(version: CatalogueItemVersion) -> str:
    """Changes with any part of the version: two editors at once are told."""
    parts = [version.number, bool(version.pk), *(getattr(version, part) for part in PARTS)]
    return fingerprint(parts)


def next_position(rows) -> int:
    """Behind all others."""
    return min((rows.aggregate(last=Max("position"))["last"] or 0) + 10, 32000)


def _saved(row, taken: str) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise DomainError(taken, field="key") from error


def _note(kind: str, verb: str, row, actor, before: Mapping, after: Mapping) -> None:
    changes = {
        name: [_plain(before[name]), _plain(value)] for name, value in after.items() if name in before and before[name] != value
    }  # fmt: skip
    log.write(f"{kind}.{verb}", row, actor=actor, kind=kind, changes=changes if verb == "changed" else {})


def _plain(value):
    return value if value is None or isinstance(value, str | int | float | bool | list) else str(value)
