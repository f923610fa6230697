"""What windows touch, and when: one statement of the conditions, in SQL, for the pages, the forms, alerts and jobs alike."""

from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import BigIntegerField, Q, Value
from django.db.models.expressions import RawSQL

from itsm.cmdb.models import ConfigurationItem
from itsm.cmdb.specs import with_subclasses
from itsm.core import now
from itsm.core.reference import cached
from itsm.people.directory import directory
from itsm.people.models import Site

from .models import Condition, Window
from .recurring import Span, Times

VERSION = "planning"
COUNTS = "r.carries_impact AND (r.valid_from IS NULL OR r.valid_from <= %s) AND (r.valid_to IS NULL OR r.valid_to > %s)"
# `UNION` (not `ALL`) ends circles.
BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT r.target_id FROM cmdb_relation r JOIN below ON r.source_id = below.id WHERE {counts}
)
{asked}
"""
# All that a service stands on, and the service itself; and the relations on the way.
STANDS_ON = BELOW.format(asked="SELECT id FROM below", counts=COUNTS)
STEPS = BELOW.replace(
    "{asked}",
    "SELECT r.source_id, r.target_id FROM below JOIN cmdb_relation r ON r.source_id = below.id WHERE {counts} ORDER BY r.id",
).format(counts=COUNTS)


@dataclass(frozen=True)
class Scope:
    """What a window is about, as values. `items` are touched in any case; the other aspects must all hold."""

    organisation_id: int
    classes: tuple[str, ...] = ()
    services: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    items: tuple[int, ...] = ()

    @property
    def is_open(self) -> bool:
        """Nothing is said: the whole organisation is meant."""
        return not (self.items or self._aspects)

    @property
    def _aspects(self) -> bool:
        return bool(self.classes or self.services or self.sites or self.tags or self.environments)


@dataclass(frozen=True)
class Spec:
    """A window as it is matched, kept per process."""

    pk: int
    kind: str
    scope: Scope
    times: Times


def touched(scope: Scope):
    """The items in use that conditions reach."""
    known = directory.get().organisations.values()
    below = [row.pk for row in known if scope.organisation_id in row.lineage]
    found = ConfigurationItem.objects.in_use().filter(Q(organisation_id__in=below) | Q(organisation_id=None))
    if scope.is_open:
        return found
    wanted = Q(pk__in=scope.items) if scope.items else Q()
    if scope._aspects:
        aspects = Q()
        if scope.classes:
            aspects &= Q(ci_class__in=sorted({code for each in scope.classes for code in with_subclasses(each)}))
        if scope.sites:
            aspects &= Q(site_id__in=_sites_below(scope.sites))
        if scope.environments:
            aspects &= Q(environment__in=scope.environments)
        if scope.tags:
            tagged = Q()
            for tag in scope.tags:
                tagged |= Q(attributes__contains={"tags": [tag]})
            aspects &= tagged
        if scope.services:
            aspects &= Q(pk__in=stands_on(scope.services))
        wanted |= aspects
    return found.filter(wanted)


def stands_on(services: Collection[int]) -> RawSQL:
    """The services and all items that they depend on, directly or not; asked as a part of the statement around it."""
    at = now()
    return RawSQL(STANDS_ON, [list(services), at, at])  # noqa: S611 - a constant text, its values as parameters


def below(items: Collection[int]) -> dict[int, list[int]]:
    """What each of these items stands on, itself first, the nearest first. One query."""
    at = now()
    with connection.cursor() as cursor:
        cursor.execute(STEPS, [list(items), at, at, at, at])
        steps = cursor.fetchall()
    onto: dict[int, list[int]] = {}
    for source, target in steps:
        onto.setdefault(source, []).append(target)
    found = {}
    for item in items:
        seen = dict.fromkeys([item])
        work = deque(seen)
        while work:
            for target in onto.get(work.popleft(), ()):
                if target not in seen:
                    seen[target] = None
                    work.append(target)
        found[item] = list(seen)
    return found


def _sites_below(sites: Collection[int]):
    paths = Q()
    for pk in sites:
        paths |= Q(path__contains=f"/{pk}/")
    return Site.objects.filter(paths).values("pk")


def windows_at(
    item_ids: Iterable[int], at: datetime, *, kind: str | None = "maintenance", house: int | None = None
) -> dict[int, Window]:
    """The window that each of these items is in at an instant; items in none are left out.

    `house`: for whom it is asked. An item of nobody in particular is in the windows of this organisation and of those above
    it only: what one organisation plans there holds up nothing of another.

    Of several the one that ends last counts. Each window carries `begins` and `ends` of the occurrence. Without an open
    window nothing is asked of the database; else two queries, however many items there are.
    """
    found = _found(list(item_ids), [(spec, span) for spec in _of(kind) if (span := spec.times.at(at))], house)
    return {pk: max(several, key=lambda window: (window.ends, window.pk)) for pk, several in found.items()}


def windows_touching(item, start: datetime, end: datetime, *, kind: str | None = None) -> list[Window]:
    """The windows that touch an item (or its id) between two instants, by their beginning.

    Each once, with `begins` and `ends` of its first occurrence in that time.
    """
    pk = getattr(item, "pk", item)
    return windows_of([pk], start, end, kind=kind).get(pk, [])


def windows_of(
    item_ids: Iterable[int], start: datetime, end: datetime, *, kind: str | None = None, house: int | None = None
) -> dict[int, list[Window]]:
    """`windows_touching` for many items at once, in two queries."""
    open_ones = [(spec, spans[0]) for spec in _of(kind) if (spans := spec.times.spans(start, end))]
    found = _found(list(item_ids), open_ones, house)
    return {pk: sorted(several, key=lambda window: (window.begins, window.pk)) for pk, several in found.items()}


def open_at(at: datetime) -> list[int]:
    """Ids of the windows that are open at an instant, whatever they are about."""
    return [spec.pk for spec in windows.get() if spec.times.at(at)]


def touching_ever(item_id: int) -> list[int]:
    """Ids of the windows that touch an item whenever they are open."""
    specs = windows.get()
    if not specs:
        return []
    asked = [_pairs(spec, [item_id]) for spec in specs]
    return [window for _item, window in asked[0].union(*asked[1:], all=True)]


def _of(kind: str | None) -> list[Spec]:
    return [spec for spec in windows.get() if kind in (None, spec.kind)]


def _found(ids: list[int], open_ones: list[tuple[Spec, Span]], house: int | None = None) -> dict[int, list[Window]]:
    if not ids or not open_ones:
        return {}
    row = directory.get().organisations.get(house) if house else None
    asked = [
        _pairs(spec, ids)
        if row is None or spec.scope.organisation_id in row.lineage
        else _pairs(spec, ids).exclude(organisation_id=None)
        for spec, _span in open_ones
    ]
    pairs = list(asked[0].union(*asked[1:], all=True))
    spans = {spec.pk: span for spec, span in open_ones}
    rows = Window.objects.standing().in_bulk({window for _item, window in pairs})
    for pk, row in rows.items():
        row.begins, row.ends = spans[pk]
    found: dict[int, list[Window]] = {}
    for item, window in pairs:
        if window in rows:
            found.setdefault(item, []).append(rows[window])
    return found


def _pairs(spec: Spec, ids: list[int]):
    """(item, window) of those of the items that a window is about."""
    window = Value(spec.pk, output_field=BigIntegerField())
    return touched(spec.scope).filter(pk__in=ids).order_by().annotate(_window=window).values_list("pk", "_window")


@cached(VERSION)
def windows() -> tuple[Spec, ...]:
    """Every window that was not called off."""
    conditions: dict[int, list[Condition]] = {}
    for row in Condition.objects.filter(window__cancelled_at=None).order_by("pk"):
        conditions.setdefault(row.window_id, []).append(row)
    return tuple(
        Spec(row.pk, row.kind, scope_of_conditions(row.organisation_id, conditions.get(row.pk, [])), times_of(row))
        for row in Window.objects.standing().order_by("pk")
    )


def times_of(window: Window) -> Times:
    """When a window is open."""
    return Times.of(
        window.starts_at, window.ends_at, window.time_zone, repeats=window.repeats, every=window.every,
        weekdays=tuple(window.weekdays), until=window.until,
    )  # fmt: skip


def scope_of(window: Window) -> Scope:
    """What a window is about."""
    return scope_of_conditions(window.organisation_id, window.conditions.order_by("pk"))


def scope_of_conditions(organisation_id: int, rows: Iterable[Condition]) -> Scope:
    """Rows as values."""
    about = Condition.About
    named: dict[str, list] = {each: [] for each in about.values}
    for row in rows:
        named[row.about].append(row.text or row.item_id or row.site_id)
    return Scope(
        organisation_id, tuple(named[about.CLASS]), tuple(named[about.SERVICE]), tuple(named[about.SITE]), tuple(named[about.TAG]),
        tuple(named[about.ENVIRONMENT]), tuple(named[about.ITEM]),
    )  # fmt: skip
