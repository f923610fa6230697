"""What a dead item explains is folded under its alert, and what comes in masses under the first of its kind.

A folded alert keeps its own life and history; it only does not ask for an eye of its own. Folds are one deep: what is folded
has no children. Alerts that another transaction holds are left to the next look (`settling.AGAIN`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, F

from itsm.cmdb.impact import compute
from itsm.cmdb.impact.settling import DOWN
from itsm.people.directory import directory
from itsm.planning.matching import stands_on

from . import states
from .models import Alert, AlertEntry

MOST_DEAD = 200
# More new alerts of one kind from one source within this time are a storm.
STORM, STORMY = 100, timedelta(minutes=5)
# Once the parent is back its children have so long to come back before they ask for an eye by a record.
GRACE = timedelta(minutes=2)


def fold(alerts: Sequence[Alert], at: datetime) -> list[AlertEntry]:
    """Fold these under the dead items that explain them, and under those of them that are dead what these explain."""
    fresh = [alert for alert in alerts if alert.item_id and alert.parent_id is None]
    if not fresh:
        return []
    dead = _dead(fresh)
    reach = {each.pk: _explained(each) for each in dead}
    entries: list[AlertEntry] = []
    parents: set[int] = set()
    for alert in fresh:
        found = _parent(alert, dead, reach)
        if found is not None:
            entries += _under(alert, found, at)
            parents.add(found.pk)
    for each in fresh:
        if each.down and each.parent_id is None:
            entries += _gather(each, reach.get(each.pk) or _explained(each), {a.pk for a in alerts}, at)
            parents.add(each.pk)
    _recount(parents, alerts)
    return entries


def _dead(alerts: Sequence[Alert]) -> list[Alert]:
    """Dead items that nothing else explains, oldest first; those among `alerts` as these objects."""
    own = {alert.pk for alert in alerts}
    items: dict[int, set[int]] = defaultdict(set)
    for alert in alerts:
        items[_house(alert)].add(alert.item_id)
    found = [alert for alert in alerts if alert.down]
    for house, below in items.items():
        # Of the house, and under one of these items: the impact of no other has to be worked out.
        rows = Alert.objects.firing().filter(down=True, parent=None, organisation_id__in=_within(house))
        found += rows.filter(item_id__in=stands_on(below)).exclude(pk__in=own).order_by("pk")[:MOST_DEAD]
    return sorted(found, key=lambda alert: alert.pk)


def _explained(alert: Alert) -> set[int]:
    """The items that are down because this one is, itself among them."""
    states_of = compute(alert.item_id).states
    return {alert.item_id} | {pk for pk, state in states_of.items() if state == DOWN}


def _parent(alert: Alert, dead: list[Alert], reach: dict[int, set[int]]) -> Alert | None:
    house = _house(alert)
    for each in dead:
        if each is alert or each.pk == alert.pk or each.parent_id is not None or _house(each) != house:
            continue
        if alert.item_id not in reach[each.pk]:
            continue
        # Two dead items that explain each other, and two alerts about one: the older stands.
        mutual = alert.down and each.item_id in (reach.get(alert.pk) or ())
        if not mutual or each.pk < alert.pk:
            return each
    return None


def _house(alert: Alert) -> int:
    row = directory.get().organisations.get(alert.organisation_id)
    return row.lineage[-1] if row else alert.organisation_id


def _within(house: int) -> list[int]:
    """The organisations of a house."""
    return [house, *(pk for pk, row in directory.get().organisations.items() if row.lineage[-1] == house != pk)]


def _under(alert: Alert, parent: Alert, at: datetime) -> list[AlertEntry]:
    alert.parent, alert.folded = parent, Alert.Folded.TOPOLOGY
    entries = [states.entry(alert, "folded", at, by=parent.number, why="topology")]
    if alert.child_count:
        _rehang([alert.pk], parent.pk)
        alert.child_count = 0
    return entries


def _unheld(rows):
    """These rows with their locks, without those in other hands: nobody waits here with locks in hand."""
    return rows.select_for_update(of=("self",), no_key=True, skip_locked=True).order_by("pk")


def _rehang(under: list[int], parent: int) -> None:
    """Children of what is folded itself stand under its parent; `straighten` moves those in other hands."""
    children = _unheld(Alert.objects.filter(parent_id__in=under)).values_list("pk", flat=True)
    Alert.objects.filter(pk__in=list(children)).update(parent_id=parent)


def _gather(parent: Alert, items: set[int], own: set[int], at: datetime) -> list[AlertEntry]:
    rows = Alert.objects.active().filter(item_id__in=items, parent=None, organisation_id__in=_within(_house(parent)))
    # An older dead item that explains this one as well has been asked before: it would be the parent.
    found = list(_unheld(rows.exclude(pk__in=own | {parent.pk})))
    pks = [alert.pk for alert in found]
    if not pks:
        return []
    Alert.objects.filter(pk__in=pks).update(parent=parent, folded=Alert.Folded.TOPOLOGY, child_count=0)
    _rehang(pks, parent.pk)
    return [states.entry(alert, "folded", at, by=parent.number, why="topology") for alert in found]


def unfold(over: Sequence[Alert], at: datetime) -> list[AlertEntry]:
    """What stood under alerts that are over stands for itself again, after a moment's grace."""
    gone = [alert.pk for alert in over if alert.child_count]
    entries = _free(Alert.objects.active().filter(parent_id__in=gone), over, at) if gone else []
    for alert in over:
        if alert.pk in gone:
            alert.child_count = 0
    left = {alert.parent_id for alert in over if alert.parent_id} - set(gone)
    _recount(left, over, ended={alert.pk for alert in over})
    return entries


@transaction.atomic
def free(at: datetime) -> int:
    """Beat: what still stands under an alert that is closed (it was in other hands when that ended) stands for itself."""
    entries = _free(Alert.objects.active().filter(parent__closed_at__isnull=False), (), at)
    for each in entries:
        each.alert_id = each.alert.pk
    AlertEntry.objects.bulk_create(entries)
    return len(entries)


def _free(rows, over: Sequence[Alert], at: datetime) -> list[AlertEntry]:
    found = list(_unheld(rows).select_related("parent")[:5000])
    kept = {alert.pk: alert for alert in over}
    for alert in found:
        if alert.pk in kept:
            kept[alert.pk].parent, kept[alert.pk].folded = None, Alert.Folded.NOT
    if found:
        Alert.objects.filter(pk__in=[alert.pk for alert in found]).update(
            parent=None, folded=Alert.Folded.NOT, next_look_at=at + GRACE
        )
    return [states.entry(alert, "unfolded", at, by=alert.parent.number) for alert in found]


def _recount(parents: Iterable[int], alerts: Sequence[Alert], *, ended: set[int] = frozenset()) -> None:  # type: ignore[assignment]
    """The number of children of these, with what is not written yet."""
    parents = {pk for pk in parents if pk}
    if not parents:
        return
    held = {alert.pk for alert in alerts}
    rows = Alert.objects.active().filter(parent_id__in=parents).exclude(pk__in=held).order_by()
    counts = defaultdict(int, rows.values_list("parent_id").annotate(n=Count("pk")))
    for alert in alerts:
        if alert.parent_id in parents and alert.pk not in ended:
            counts[alert.parent_id] += 1
    by_pk = {alert.pk: alert for alert in alerts}
    for pk in sorted(parents):
        if pk in by_pk:
            by_pk[pk].child_count = counts[pk]
        else:
            _count(pk, child_count=counts[pk])


def _count(pk: int, **count) -> None:
    """Write the number of a parent's children, unless it is in other hands: `straighten` counts it then."""
    if _unheld(Alert.objects.filter(pk=pk)).values_list("pk", flat=True):
        Alert.objects.filter(pk=pk).update(**count)


@transaction.atomic
def straighten() -> int:
    """Beat: folds are one deep and counted, also where a row was in other hands when its fold was written."""
    deep = _unheld(Alert.objects.active().filter(parent__parent__isnull=False)).select_related("parent")
    done = 0
    for alert in deep[:5000]:
        done += Alert.objects.filter(pk=alert.pk).update(parent_id=alert.parent.parent_id)
    folded = Alert.objects.active().filter(parent__isnull=False).order_by().values("parent_id")
    miscounted = folded.annotate(n=Count("pk")).exclude(n=F("parent__child_count"))
    for parent, count in miscounted.values_list("parent_id", "n"):
        _count(parent, child_count=count)
        done += 1
    return done


def _lately(kinds: dict[tuple[int, str, str], list[Alert]], at: datetime) -> dict[tuple[int, str, str], int]:
    """How many alerts of each kind began lately before these; beyond a storm's it is not counted on."""
    own = [alert.pk for alerts in kinds.values() for alert in alerts]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT k.organisation, k.source, k.kind, (SELECT count(*) FROM (SELECT FROM events_alert a WHERE a.closed_at IS NULL"
            ' AND a.organisation_id = k.organisation AND a.source = k.source AND a."group" = k.kind AND a.first_seen > %s AND a.id <> ALL(%s) LIMIT %s) AS n)'
            " FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS k (organisation, source, kind)",
            [at - STORMY, own, STORM + 1, *map(list, zip(*kinds, strict=True))],
        )
        return {(organisation, source, kind): count for organisation, source, kind, count in cursor.fetchall()}


def fold_storms(fresh: Sequence[Alert], at: datetime) -> list[AlertEntry]:
    """The hundred-and-first alert of one kind in five minutes, and those after it, stand under the first of these five minutes.

    A storm that goes on longer has more heads than one, one for each hundred alerts that came slowly enough.
    """
    kinds: dict[tuple[int, str, str], list[Alert]] = defaultdict(list)
    for alert in fresh:
        if alert.group:
            kinds[alert.organisation_id, alert.source, alert.group].append(alert)
    entries: list[AlertEntry] = []
    counts = _lately(kinds, at) if kinds else {}
    for (organisation, source, group), alerts in sorted(kinds.items()):
        before = counts[organisation, source, group]
        if before + len(alerts) <= STORM:
            continue
        rows = Alert.objects.active().filter(
            organisation_id=organisation, source=source, group=group, first_seen__gt=at - STORMY
        )  # fmt: skip
        first = rows.filter(parent=None).order_by("pk").first()
        if first is None:
            continue
        folded = [
            alert for alert in alerts[max(STORM - before, 0) :] if alert.pk != first.pk and alert.parent_id is None
        ]
        by_pk = {alert.pk: alert for alert in fresh}
        head = by_pk.get(first.pk, first)
        for alert in folded:
            alert.parent, alert.folded = head, Alert.Folded.STORM
            alert._kept |= {"parent_id": head.pk, "folded": Alert.Folded.STORM}  # type: ignore[attr-defined]
        Alert.objects.filter(pk__in=[alert.pk for alert in folded]).update(parent=head, folded=Alert.Folded.STORM)
        entries += [states.entry(alert, "folded", at, by=head.number, why="storm") for alert in folded]
        if head is not first:
            head.child_count += len(folded)
            head._kept["child_count"] = head.child_count  # type: ignore[attr-defined]
        _count(head.pk, child_count=F("child_count") + len(folded))
    return entries
