"""What became of the CMDB between two instants: of one item with its relations, or of everything in a scope, by keyset."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F, OuterRef, Q, Subquery

from itsm.core.paging import Page, keyset_page
from itsm.people.directory import directory

from . import snapshots
from .classes import with_subclasses
from .models import CIHistory, ConfigurationItem, RelationHistory

MOST = 1000


@dataclass(frozen=True)
class Scope:
    """Which items are compared: those that the reader may see, of an organisation and those below it, of a class and those below."""

    user: object
    organisation_id: int | None = None
    ci_class: str = ""

    def items(self):
        """The items, by the organisation that they have now."""
        rows = ConfigurationItem.objects.visible_to(self.user)
        if self.organisation_id:
            book = directory.get().organisations.values()
            rows = rows.filter(organisation_id__in=[o.pk for o in book if self.organisation_id in o.lineage])
        return rows

    def codes(self) -> list[str]:
        return sorted(with_subclasses(self.ci_class)) if self.ci_class else []


@dataclass
class Relations:
    """Relations by what became of them: snapshots (`changed`: before and after)."""

    added: list[dict] = field(default_factory=list)
    removed: list[dict] = field(default_factory=list)
    changed: list[tuple[dict, dict]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def item_between(pk: int, since: datetime, until: datetime) -> tuple[dict | None, dict | None, dict[str, list]]:
    """What the item was at both instants (None: not known yet), and {field: [before, after]}."""
    old, new = snapshots.item_as_of(pk, since), snapshots.item_as_of(pk, until)
    before, after = (row.data if row else None for row in (old, new))
    return before, after, snapshots.differences(before, after) if before and after else {}


def relations_between(pk: int, since: datetime, until: datetime) -> Relations:
    """The relations of an item on both sides. One that went and came back is compared, not counted twice."""

    mine = RelationHistory.objects.filter(Q(source_id=pk) | Q(target_id=pk))
    touched = mine.filter(valid_from__gt=since, valid_from__lte=until).order_by("relation_id")
    ids = list(touched.values_list("relation_id", flat=True).distinct()[:MOST])

    def of(at: datetime) -> dict[tuple, dict]:
        return {_key(data): data for data in _kept(ids, at).values()}

    return _sorted(of(since), of(until))


def _key(data: dict) -> tuple:
    return data["source_id"], data["target_id"], data["type_id"]


def _sorted(old: dict, new: dict) -> Relations:
    return Relations(
        added=[data for key, data in new.items() if key not in old],
        removed=[data for key, data in old.items() if key not in new],
        changed=[(old[key], data) for key, data in new.items() if key in old and snapshots.differences(old[key], data)],
    )


def changed_items(scope: Scope, since: datetime, until: datetime):
    """Items that differ between the instants: their newest snapshot, with `before` (null: not known yet). Keyset by `item_id`."""
    old = CIHistory.objects.filter(snapshots.valid_at(since), item_id=OuterRef("item_id")).values("data")[:1]
    rows = CIHistory.objects.filter(snapshots.valid_at(until), valid_from__gt=since, item__in=scope.items())
    rows = rows.annotate(before=Subquery(old)).filter(Q(before__isnull=True) | ~Q(before=F("data")))
    codes = scope.codes()
    if codes:
        rows = rows.filter(Q(ci_class__in=codes) | Q(before__ci_class__in=codes))
    return rows.values("item_id", "data", "before", "valid_from", "actor_id", "reason", "request_id")


def changed_relations(
    scope: Scope, since: datetime, until: datetime, *, cursor: str | None = None, size: int = 50
) -> tuple[Page, Relations]:
    """Relations from items of the scope that changed between the instants, by keyset over their ids."""
    visible = ConfigurationItem.objects.visible_to(scope.user)
    sources = scope.items()
    if scope.codes():
        sources = sources.filter(ci_class__in=scope.codes())
    rows = RelationHistory.objects.filter(valid_from__gt=since, valid_from__lte=until)
    rows = rows.filter(source_id__in=sources.values("pk"), target_id__in=visible.values("pk"))
    page = keyset_page(rows.values("relation_id").distinct(), ordering=("relation_id",), cursor=cursor, size=size)
    ids = [row["relation_id"] for row in page.rows]
    return page, _sorted(_kept(ids, since), _kept(ids, until))


def _kept(ids: Iterable[int], at: datetime) -> dict[int, dict]:
    rows = RelationHistory.objects.filter(snapshots.valid_at(at), relation_id__in=list(ids)).order_by("relation_id")
    return dict(rows.values_list("relation_id", "data"))


def many(rows) -> tuple[int, bool]:
    """How many there are up to `MOST`, and whether there are more."""
    n = rows.order_by()[: MOST + 1].count()
    return min(n, MOST), n > MOST
