"""The relations of an item in words, now or as of an instant, as far as the reader may see the other end."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.people.directory import names_of

from . import looks, snapshots
from .classes import ClassSpec, classes, relation_types
from .impact.reading import groups
from .models import CIHistory, ConfigurationItem, Relation, RelationHistory, RelationType

NEIGHBOURS = 25
FIELDS = ("group", "need", "strength", "carries_impact", "valid_from", "valid_to")


@dataclass(frozen=True)
class Row:
    """A relation as it was at the instant."""

    pk: int
    source: int
    target: int
    kind: int
    group: int
    need: int
    strength: str
    carries_impact: bool
    valid_from: datetime | None
    valid_to: datetime | None


@dataclass
class Lines:
    """Relations of one side: some of them, and how many there are."""

    shown: list[dict]
    total: int

    @property
    def more(self) -> int:
        return self.total - len(self.shown)


def sides(item_id: int, user, at: datetime | None) -> dict[str, Lines]:
    """The relations of an item by side, `NEIGHBOURS` of each with the number of all."""
    found = relations(item_id, user, at, most=NEIGHBOURS)
    return {
        side: Lines(lines, len(lines) if len(lines) < NEIGHBOURS else _total(item_id, user, at, end))
        for (side, lines), end in zip(found.items(), ("source", "target"), strict=True)
    }


def _total(item_id: int, user, at: datetime | None, end: str) -> int:
    """How many relations start or end at the item whose other end the reader may see."""
    other = {"source": "target", "target": "source"}[end]
    seen = ConfigurationItem.objects.visible_to(user).values("pk")
    rows = Relation.objects.all() if at is None else RelationHistory.objects.filter(snapshots.valid_at(at))
    return rows.filter(**{f"{end}_id": item_id, f"{other}_id__in": seen}).count()


def relations(item_id: int, user, at: datetime | None, *, most: int | None = None) -> dict[str, list[dict]]:
    """What the item depends on (`out`) and what depends on it (`in`), at most so many of each."""
    seen = ConfigurationItem.objects.visible_to(user).values("pk")
    rows = _rows(at, seen, most, source=item_id) + _rows(at, seen, most, target=item_id)
    items = named({pk for row in rows for pk in (row.source, row.target)}, user, at)
    types = relation_types.get()
    sizes = groups({row.source for row in rows if row.group}, at)
    found: dict[str, list[dict]] = {"out": [], "in": []}
    for row in rows:
        side, other = ("out", row.target) if row.source == item_id else ("in", row.source)
        if other in items:
            found[side].append(_line(row, items[other], types[row.kind], side, sizes, at or now()))
    for side in found.values():
        side.sort(key=lambda line: (line["kind"], line["name"], line["id"]))
    return found


def named(ids: set[int], user, at: datetime | None) -> dict[int, dict]:
    """Name, class and state of items at the instant, of those that the reader may see now."""
    rows = ConfigurationItem.objects.visible_to(user).filter(pk__in=ids)
    items = {row["id"]: row for row in rows.values("id", "name", "ci_class", "state", "status")}
    if at is not None:
        past = CIHistory.objects.filter(snapshots.valid_at(at), item_id__in=list(items))
        for pk, data in past.values_list("item_id", "data"):
            items[pk] |= {name: data[name] for name in ("name", "ci_class", "state", "status")}
    return items


def _rows(at: datetime | None, seen, most: int | None, **end: int) -> list[Row]:
    ((name, pk),) = end.items()
    other = {"source": "target", "target": "source"}[name]
    wanted = {f"{name}_id": pk, f"{other}_id__in": seen}
    if at is None:
        columns = ("pk", "source_id", "target_id", "type_id", *FIELDS)
        return [Row(*row) for row in Relation.objects.filter(**wanted).order_by("pk").values_list(*columns)[:most]]
    past = RelationHistory.objects.filter(snapshots.valid_at(at), **wanted).order_by("relation_id")
    return [of_snapshot(row.relation_id, row.data) for row in past[:most]]


def of_snapshot(pk: int, data: dict) -> Row:
    """A relation as the history keeps it."""
    since, until = (data.get(name) and datetime.fromisoformat(data[name]) for name in ("valid_from", "valid_to"))
    return Row(
        pk, data["source_id"], data["target_id"], data["type_id"], data["group"], data["need"],
        data.get("strength", "full"), data["carries_impact"], since or None, until or None,
    )  # fmt: skip


def _line(row: Row, item: dict, kind: RelationType, side: str, sizes: dict, at: datetime) -> dict:
    language = (get_language() or "fr")[:2]
    spec = classes.get().get(item["ci_class"]) or ClassSpec(item["ci_class"], 0, {}, "", False, "box", "technical")
    return {
        "id": row.pk, "url": f"/cmdb/{item['id']}/", "name": item["name"], "icon": spec.icon,
        "kind": getattr(kind, f"{'name' if side == 'out' else 'reverse'}_{language}"),
        "state": looks.of(item["state"], item["status"]).chip, "words": words(row, sizes, at),
        "rests": not counts(row, at),
    }  # fmt: skip


def counts(row: Row, at: datetime) -> bool:
    """Is the instant between the dates of the relation?"""
    return (row.valid_from is None or row.valid_from <= at) and (row.valid_to is None or row.valid_to > at)


def words(row: Row, sizes: dict[tuple[int, int], tuple[int, int]] | None, at: datetime) -> list[str]:
    """What the failure of the target does, and when the relation counts, in short sentences.

    Without `sizes` its group is named, not counted.
    """
    found = []
    if row.group and sizes is None:
        found.append(_("group %(group)s, %(need)s needed") % {"group": row.group, "need": row.need})
    elif row.group and sizes is not None:
        members, need = sizes.get((row.source, row.group), (1, 1))
        found.append(redundancy(row.group, members, need))
    if row.strength == Relation.Strength.PARTIAL:
        found.append(_("degrades only"))
    if not row.carries_impact:
        found.append(_("carries no failure"))
    if row.valid_from and row.valid_from > at:
        found.append(_("counts from %(when)s") % {"when": durations.moment(row.valid_from, at)})
    if row.valid_to and row.valid_to > at:
        found.append(_("until %(when)s") % {"when": durations.moment(row.valid_to, at)})
    elif row.valid_to:
        found.append(_("ended %(when)s") % {"when": durations.moment(row.valid_to, at)})
    return found


def history(item_id: int, user, limit: int, *, before: int | None = None) -> list[dict]:
    """The newest changes of the relations of an item, on both sides: what, who and why."""
    rows = RelationHistory.objects.filter(Q(source_id=item_id) | Q(target_id=item_id)).order_by("-id")
    kept = list((rows.filter(pk__lt=before) if before else rows)[:limit])
    items = named({pk for row in kept for pk in (row.source_id, row.target_id)}, user, None)
    people, language = names_of(row.actor_id for row in kept), (get_language() or "fr")[:2]
    types = dict(RelationType.objects.values_list("pk", f"name_{language}"))
    return [
        {
            "id": row.pk, "at": row.valid_from, "who": people.get(row.actor_id, _("Vigie")), "reason": row.reason,
            "request_id": row.request_id, "source": items[row.source_id], "target": items[row.target_id],
            "kind": types.get(row.data["type_id"], ""), "verb": _verb(row.changes),
            "changes": [] if "removed" in row.changes else [_change(name, pair) for name, pair in row.changes.items()],
        }
        for row in kept
        if row.source_id in items and row.target_id in items
    ]  # fmt: skip


def _verb(changes: dict) -> str:
    if not changes:
        return pgettext("relation", "Added")
    return pgettext("relation", "Removed") if "removed" in changes else pgettext("relation", "Changed")


def _change(name: str, pair: list) -> dict:
    labels = {
        "strength": _("If it fails"), "group": _("Redundancy group"), "need": _("So many must work"),
        "valid_from": _("Holds from"), "valid_to": _("Holds until"),
    }  # fmt: skip
    return {"field": labels.get(name, name), "old": _shown(name, pair[0]), "new": _shown(name, pair[1])}


def _shown(name: str, value) -> str:
    if value in (None, ""):
        return "—"
    if name == "strength":
        return str(Relation.Strength(value).label)
    if name in ("valid_from", "valid_to"):
        return durations.moment(datetime.fromisoformat(value), now())
    return str(value)


def redundancy(group: int, members: int, need: int) -> str:
    """What a group bears."""
    if members == need:
        text = _("all %(members)s needed (group %(group)s)") if members > 1 else _("alone in group %(group)s")
    elif need == 1:
        text = _("1 of %(members)s is enough (group %(group)s)")
    else:
        text = _("%(need)s of %(members)s needed (group %(group)s)")
    return text % {"group": group, "members": members, "need": need}
