"""What machines and people do to alerts. One function, one transaction; acts of people are audited."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, versions
from itsm.core.errors import DomainError, IllegalMove
from itsm.records import processes
from itsm.records.models import Phase, Record

from . import intake, matching, recording, settling, silencing, states
from .heard import FIRING, Heard
from .models import Alert, Silence

__all__ = [
    "acknowledge", "attach", "close", "end_silence", "open_incident", "raise_event", "silence", "unacknowledge",
]  # fmt: skip
SUBJECT = "alert"
LONGEST_SILENCE = timedelta(days=90)


def raise_event(
    *, organisation, source: str, key: str, severity: str, title: str, body: str = "", item=None, status: str = FIRING,
    at: datetime | None = None, facts: dict | None = None, runbook=None, url: str = "", group: str = "", down: bool = False,
) -> Alert | None:  # fmt: skip
    """Something is wrong, or over (`status="resolved"`, or the severity "ok"). Inside the caller's transaction, if there is one.

    One alert a source and key: repeats count, "resolved" ends it. Returns the alert; None where something is said to be over of
    which nothing was known. `at` is when it happened, and orders what this source says under this key. `group` names the kind
    of trouble (very many of one kind are folded); `down` says that the item is dead, so that what depends on it is folded.
    """
    heard = Heard(
        source=source, key=key, severity=severity, title=title, body=body, item=item, status=status, at=at, sent_at=at,
        facts=facts or {}, runbook=runbook, url=url, group=group, down=down,
    )  # fmt: skip
    return intake.take_in(organisation, [heard])[0]


@transaction.atomic
def acknowledge(alert: Alert, actor) -> Alert:
    """Somebody takes it: it asks for nobody else's eye until it ends. When it comes back, or gets worse, it asks again."""
    found = _locked(alert)
    _check_open(found)
    if found.acknowledged_at is not None:
        raise IllegalMove(_("%(number)s is acknowledged already.") % {"number": found.number})
    found.acknowledged_at, found.acknowledged_by = now(), actor
    found.first_acknowledged_at = found.first_acknowledged_at or found.acknowledged_at
    return _done(found, "acknowledged", actor)


@transaction.atomic
def unacknowledge(alert: Alert, actor) -> Alert:
    """Whoever had taken it does not any more."""
    found = _locked(alert)
    _check_open(found)
    if found.acknowledged_at is None:
        raise IllegalMove(_("%(number)s is not acknowledged.") % {"number": found.number})
    found.acknowledged_at = found.acknowledged_by = None
    return _done(found, "unacknowledged", actor)


@transaction.atomic
def silence(alert: Alert, until: datetime, reason: str, actor) -> Alert:
    """This alert asks for no eye until then; it goes on counting. Nor does one of its source whose key differs in letter case only."""
    found = _locked(alert)
    _check_open(found)
    _check_silence(until, reason)
    held = found.silence
    if held is not None and (held.owner_id, held.ends_at, held.reason) == (actor.pk, until, reason.strip()[:300]):
        return found  # said twice
    conditions = [
        {"field": "source", "how": "equals", "value": found.source}, {"field": "key", "how": "equals", "value": found.key},
    ]  # fmt: skip
    found.silence = Silence.objects.create(
        organisation=found.organisation, conditions=conditions, reason=reason.strip()[:300], owner=actor, ends_at=until, starts_at=now(),
    )  # fmt: skip
    versions.bump("silences")
    silencing.kept.forget()
    return _done(found, "silenced", actor, until=until.isoformat(), reason=found.silence.reason)


def _check_silence(until: datetime, reason: str, starts_at: datetime | None = None) -> None:
    if not reason.strip():
        raise DomainError(_("Say why it is silenced."), field="reason")
    if until <= max(now(), starts_at or now()):
        raise DomainError(_("A silence ends in the future."), field="until")
    if until > (starts_at or now()) + LONGEST_SILENCE:
        raise DomainError(_("A silence lasts %(n)s days at most.") % {"n": LONGEST_SILENCE.days}, field="until")


@transaction.atomic
def plan_silence(
    *, actor, organisation, reason: str, ends_at: datetime, starts_at: datetime | None = None, conditions: list | None = None,
    item=None,
) -> Silence:  # fmt: skip
    """Silence all alerts that fit, from now or a later time on, until an end."""
    _check_silence(ends_at, reason, starts_at)
    checked = matching.check(conditions or [])
    if not checked and item is None:
        raise DomainError(_("Say what is silenced: a condition or an item at least."), field="conditions")
    made = Silence.objects.create(
        organisation=organisation, conditions=checked, item=item, reason=reason.strip()[:300], owner=actor, starts_at=starts_at or now(),
        ends_at=ends_at,
    )  # fmt: skip
    log.write("silence.planned", ("silence", made.pk, made.reason), actor=actor, data={"until": ends_at.isoformat()})
    versions.bump("silences")
    silencing.kept.forget()
    if made.starts_at <= now():
        settling.reach(made, now())
    return made


@transaction.atomic
def end_silence(pk: int, *, actor) -> Silence:
    """What it silenced asks for an eye again."""
    found = Silence.objects.select_for_update(no_key=True).get(pk=pk)
    at = now()
    if found.ends_at <= at:
        raise IllegalMove(_("This silence has ended already."))
    if found.starts_at >= at:
        found.starts_at = at - timedelta(seconds=1)
    found.ends_at = found.ended_early_at = at
    found.save(update_fields=["starts_at", "ends_at", "ended_early_at"])
    versions.bump("silences")
    silencing.kept.forget()
    log.write("silence.ended", ("silence", found.pk, found.reason), actor=actor)
    pks = list(Alert.objects.active().filter(silence=found).values_list("pk", flat=True))
    for start in range(0, len(pks), settling.SHARE):
        settling.look_again(settling.locked(pks[start : start + settling.SHARE]), at)
    return found


@transaction.atomic
def close(alert: Alert, actor, reason: str = "") -> Alert:
    """A person says that it is over. If its source says otherwise again, a new alert opens."""
    found = _locked(alert)
    _check_open(found)
    at = now()
    found.closed_at, found.closed_by = at, actor
    found.acknowledged_at = found.acknowledged_by = None
    found.silence = None
    return _done(found, "closed", actor, **({"reason": reason.strip()[:300]} if reason.strip() else {}))


@transaction.atomic
def open_incident(alert: Alert, actor, kind: str = "incident") -> Alert:
    """Open a record for it by hand; the alert counts as taken. DomainError when one stands for it already."""
    found = _locked(alert)
    _check_open(found)
    _check_free(found)
    if kind not in processes.PROCESSES:
        raise DomainError(_("Nothing of this kind can be opened."), field="kind")
    at = now()
    entries = recording.open_for(found, at, actor=actor, kind=kind)
    _take(found, actor)
    return _done(found, "recorded", actor, entries=entries)


@transaction.atomic
def attach(alert: Alert, actor, record: Record) -> Alert:
    """A record that is there already stands for it; the alert counts as taken. DomainError when another one does."""
    found = _locked(alert)
    _check_open(found)
    _check_free(found)
    _take(found, actor)
    return _done(found, "attached", actor, entries=recording.attach(found, record, now(), actor=actor))


def _locked(alert: Alert | int) -> Alert:
    rows = settling.locked([getattr(alert, "pk", alert)])
    if not rows:
        raise Alert.DoesNotExist
    return rows[0]


def _take(alert: Alert, actor) -> None:
    if alert.acknowledged_at is None:
        at = now()
        alert.acknowledged_at, alert.acknowledged_by = at, actor
        alert.first_acknowledged_at = alert.first_acknowledged_at or at


def _check_open(alert: Alert) -> None:
    if alert.closed_at is not None:
        raise IllegalMove(_("%(number)s is closed.") % {"number": alert.number})


def _check_free(alert: Alert) -> None:
    if alert.record_id is not None:
        standing = Record.objects.filter(pk=alert.record_id, phase__in=[Phase.OPEN, Phase.WAITING]).first()
        if standing is not None:
            raise IllegalMove(_("%(record)s stands for this alert already.") % {"record": standing.number})


def _done(alert: Alert, verb: str, actor, *, entries: list | None = None, **data) -> Alert:
    """Bring it in order and write it. `verb` is the step that this person did: it alone is audited in their name."""
    at = now()
    steps = list(entries or [states.entry(alert, verb, at, actor=actor, **data)])
    done = next(each for each in steps if each.verb == verb)
    if alert.silence is not None and verb == "silenced":
        alert.state = states.derive(alert, at)
    steps += [each for each in states.settle(alert, at) if each.verb != verb]
    steps += settling.consider([alert], at)
    settling.write([alert], steps)
    log.write(f"alert.{verb}", (SUBJECT, alert.pk, alert.number), actor=actor, data=done.data)
    return alert
