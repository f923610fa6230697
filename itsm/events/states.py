"""The state of an alert follows from what is known about it; nothing else sets it."""

from datetime import datetime, timedelta

from .models import Alert, AlertEntry, State

# So often within this time is flapping; so long without a change is calm again.
FLIPS, FLIPPING, CALM = 6, timedelta(minutes=30), timedelta(minutes=15)
# What comes back so soon after it was over is the same trouble.
SAME = timedelta(minutes=30)
WORDS = {State.MAINTENANCE: ("maintenance", "maintenance_over"), State.FLAPPING: ("flapping", "calm")}


def derive(alert: Alert, at: datetime) -> str:
    """The state at an instant."""
    if alert.closed_at is not None:
        return State.CLOSED
    silence = alert.silence
    if silence is not None and silence.starts_at <= at < silence.ends_at:
        return State.SILENCED
    if alert.maintenance_until is not None and at < alert.maintenance_until:
        return State.MAINTENANCE
    if alert.flapping_until is not None and at < alert.flapping_until:
        return State.FLAPPING
    return State.ACKNOWLEDGED if alert.acknowledged_at is not None else State.OPEN


def flip(alert: Alert, at: datetime) -> None:
    """It came or went."""
    alert.flips = [*(each for each in alert.flips if each > at - FLIPPING), at][-2 * FLIPS :]
    if len(alert.flips) >= FLIPS:
        alert.flapping_until = at + CALM


def settle(alert: Alert, at: datetime) -> list[AlertEntry]:
    """Bring the state up to date; what changed is returned as entries. Over and calm means closed."""
    entries: list[AlertEntry] = []
    before = alert.state
    if alert.closed_at is None and alert.cleared_at is not None:
        flaps = alert.flapping_until is not None and at < alert.flapping_until
        if not flaps:
            alert.closed_at, alert.acknowledged_at, alert.acknowledged_by = at, None, None
            alert.silence = None
            entries.append(entry(alert, "closed", at, recovered=True))
    alert.state = derive(alert, at)
    if alert.state != State.SILENCED and alert.closed_at is None:
        if before == State.SILENCED:
            entries.append(entry(alert, "unsilenced", at))
        if alert.silence is not None and alert.silence.ends_at <= at:
            alert.silence = None
    elif before != State.SILENCED and alert.state == State.SILENCED:
        silence = alert.silence
        data = {"until": silence.ends_at.isoformat(), "reason": silence.reason}
        entries.append(entry(alert, "silenced", at, actor=silence.owner, **data))
    if before != alert.state:
        for state, (begins, ends) in WORDS.items():
            if alert.state == state:
                until = alert.maintenance_until if state == State.MAINTENANCE else None
                entries.append(entry(alert, begins, at, **({"until": until.isoformat()} if until else {})))
            elif before == state and alert.state != State.CLOSED:
                entries.append(entry(alert, ends, at))
    return entries


def entry(alert: Alert, verb: str, at: datetime, *, actor=None, **data) -> AlertEntry:
    """An unsaved step of its history; a new alert has no key yet when it is made."""
    made = AlertEntry(at=at, verb=verb, actor=actor, data=data)
    made.alert = alert
    return made


def next_look(alert: Alert, at: datetime, *, wait: datetime | None = None) -> datetime | None:
    """When it has to be looked at again if nothing is heard of it."""
    if alert.closed_at is not None:
        return None
    ends = [alert.maintenance_until, alert.flapping_until, wait]
    if alert.silence is not None:
        ends.append(alert.silence.ends_at)
    if alert.rule is not None and alert.rule.expires_minutes:
        ends.append(alert.last_seen + timedelta(minutes=alert.rule.expires_minutes))
    return min((end for end in ends if end is not None and end > at), default=None)
