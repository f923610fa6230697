"""After the messages: what begins and ends is brought in order, what it means for others is worked out, all is written once."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from itsm.core import now, sweeping, versions

from . import folding, recording, rules, scoring, silencing, states, writing
from .intake import Batch
from .models import Alert, AlertEntry, Silence

SHARE, AGAIN, LATER = 200, timedelta(minutes=1), timedelta(minutes=5)


def settle(batch: Batch, *, at_once: bool) -> None:
    """Finish a delivery. Not `at_once`: the costly part waits for the sweep, which is due now."""
    at = batch.at
    begun, ended = list(batch.begun.values()), list(batch.ended.values())
    for alert in {**batch.changed, **batch.begun}.values():
        batch.entries += states.settle(alert, at)
    batch.entries += folding.fold_storms(batch.fresh, at)
    if at_once:
        batch.entries += consider([*begun, *ended], at)
    else:
        for alert in (*begun, *ended):
            alert.next_look_at = at
        _wake()
    write(batch.changed.values(), batch.entries)


def consider(alerts: Sequence[Alert], at: datetime) -> list[AlertEntry]:
    """Rules, topology, score and records of alerts that began, changed or ended. The caller holds their locks and writes them."""
    firing = [alert for alert in alerts if alert.firing]
    # What is over but flaps is not closed yet: its record and its children wait until it is calm.
    over = [alert for alert in alerts if alert.closed_at is not None]
    entries: list[AlertEntry] = []
    rules.decide(firing)
    entries += folding.unfold(over, at)
    entries += folding.fold(firing, at)
    scoring.score(firing)
    waits, made = recording.record(firing, at)
    entries += made
    entries += recording.recover(over, at)
    for alert in alerts:
        again = at + AGAIN if alert.firing and alert.down and alert.parent_id is None else None
        due = [each for each in (waits.get(alert.pk), again) if each]
        alert.next_look_at = states.next_look(alert, at, wait=min(due, default=None))
    return entries


def write(alerts: Iterable[Alert], entries: list[AlertEntry]) -> None:
    """Save what changed and its history."""
    rows = list({alert.pk: alert for alert in alerts}.values())
    writing.save(rows)
    for each in entries:
        each.alert_id = each.alert.pk
    AlertEntry.objects.bulk_create(entries, batch_size=1000)
    versions.bump("alerts")


def locked(pks: Iterable[int], *, skip: bool = False) -> list[Alert]:
    """Alerts with their locks, by pk."""
    rows = Alert.objects.select_for_update(of=("self",), no_key=True, skip_locked=skip)
    found = list(rows.select_related("item", "silence", "rule").filter(pk__in=list(pks)).order_by("pk"))
    writing.note(found)
    return found


def look_again(alerts: Sequence[Alert], at: datetime) -> None:
    """Everything anew about alerts that are locked: silences, windows, state, expiry, rules. Writes them."""
    entries: list[AlertEntry] = []
    silencing.look([alert for alert in alerts if alert.closed_at is None], at)
    for alert in alerts:
        if alert.closed_at is None and rules.expired(alert, at):
            alert.cleared_at = alert.cleared_at or at
            entries.append(states.entry(alert, "expired", at))
        entries += states.settle(alert, at)
    entries += consider(alerts, at)
    write(alerts, entries)


def sweep(limit: int = 2000) -> int:
    """Look at what is due, a share a transaction; twice, or twice at once, changes nothing."""
    done = _begin_silences(now()) + folding.free(now()) + folding.straighten()
    while done < limit:
        due = Alert.objects.filter(next_look_at__lte=now()).order_by("next_look_at", "pk").values_list("pk", flat=True)
        looked = sweeping.together(list(due[:SHARE]), _look_at_due, what="Alert", postpone=_postpone)
        if not looked:
            break
        done += looked
    return done


def _look_at_due(pks: Sequence[int]) -> int:
    at = now()
    alerts = [alert for alert in locked(pks, skip=True) if alert.next_look_at and alert.next_look_at <= at]
    if alerts:
        look_again(alerts, at)
    return len(alerts)


def _postpone(pk: int) -> None:
    Alert.objects.filter(pk=pk).update(next_look_at=now() + LATER)


def _begin_silences(at: datetime) -> int:
    """Silences that began since the last look, however long ago that was; also what they missed while they were made."""
    begun = Silence.objects.filter(begun_at=None, starts_at__lte=at, ends_at__gt=at).exclude(created_at__gte=at - AGAIN)
    pks = begun.order_by("pk").values_list("pk", flat=True)
    return sweeping.one_by_one(list(pks), lambda pk: _begin(pk, at), what="Silence")


def _begin(pk: int, at: datetime) -> int:
    rows = Silence.objects.select_for_update(no_key=True, skip_locked=True)
    silence = rows.filter(pk=pk, begun_at=None, ends_at__gt=at).first()
    if silence is None:
        return 0
    Silence.objects.filter(pk=pk).update(begun_at=at)
    return reach(silence, at)


@transaction.atomic
def reach(silence, at: datetime) -> int:
    """Look again at what a silence covers. How many that is."""
    covered = silencing.covered(silence)
    for start in range(0, len(covered), SHARE):
        look_again(locked(covered[start : start + SHARE]), at)
    return len(covered)


def _wake() -> None:
    from .tasks import sweep_alerts

    sweep_alerts.delay_on_commit()
