"""What people and rules do to major incidents. One function, one transaction, one audit entry; the record is locked first."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed, StaleVersion
from itsm.notify import outbox
from itsm.people.scope import scope_of
from itsm.records import freshness
from itsm.records.models import Record
from itsm.records.timeline import TOLD_BY

from ..calls import hooks
from ..calls.models import Call, CallLink
from ..desk import acts
from ..incidents.models import KIND, Incident
from . import wording
from .models import MajorCaller, MajorIncident, MajorState

S = MajorState
ACTIVE = ("open", "waiting")
TEXTS = ("public_fr", "public_en", "script_fr", "script_en")
EARLIER = timedelta(minutes=1)  # a field knows minutes only


def may_decide(actor, record: Record) -> bool:
    """Managers of the desk of the record's organisation accept, decline, and give the all-clear."""
    scope = scope_of(actor)
    return scope.may("records.manage") and (scope.everything or record.organisation_id in scope.managed)


@transaction.atomic
def propose(
    record_pk: int, *, actor=None, why: list[dict] | None = None, weight: dict | None = None, at: datetime | None = None
) -> MajorIncident | None:
    """A rule, or somebody of the desk, holds an incident for major. None when nothing is to be proposed (any more).

    A declined one is proposed again by a person, or by a rule that `rules.worse` lets do so.
    """
    record = _locked(record_pk)
    if record.kind != KIND or record.major or record.parent_id or record.phase not in ACTIVE:
        if actor is not None:
            raise IllegalMove(_("Only an open incident that is under no other is proposed as a major incident."))
        return None
    at, major = at or now(), _of(record)
    if major is not None and major.state == S.PROPOSED:
        return None
    major = major or MajorIncident(record=record)
    major.state, major.why, major.weight = S.PROPOSED, why or [], weight or {}
    major.proposed_at, major.proposed_by = at, actor
    _save(major)
    log.write("incident.major_proposed", _subject(record), actor=actor, data={"why": major.why}, at=at)
    _put("proposed", record, actor, at)
    freshness.tell(record, major=True)
    return major


@transaction.atomic
def accept(record_pk: int, *, actor, at: datetime | None = None, **texts) -> MajorIncident:
    """A manager of the desk makes it a major incident: everybody sees the strip, callers hear the script."""
    record = _locked(record_pk)
    _decides(actor, record)
    if record.kind != KIND or record.parent_id or record.phase not in ACTIVE:
        raise IllegalMove(_("Only an open incident that is under no other becomes a major incident."))
    at, major = at or now(), _of(record) or MajorIncident(record=record)
    if major.state in (S.OPEN, S.OVER):
        raise IllegalMove(_("%(number)s is a major incident already.") % {"number": record.number})
    _open(major, actor, at)
    _write(major, texts)
    _save(major)
    if not record.major:
        acts.edit(Incident, record.pk, actor=actor, major=True, at=at, told={TOLD_BY: "incident.major_accepted"})
    gather(major)
    log.write("incident.major_accepted", _subject(record), actor=actor, data={"why": major.why}, at=at)
    _put("accepted", record, actor, at)
    freshness.tell(record, major=True)
    return major


@transaction.atomic
def decline(
    record_pk: int, *, actor, reason: str = "", weight: dict | None = None, at: datetime | None = None
) -> MajorIncident:
    """A manager says no: rules are silent about it until it is worse than now."""
    record = _locked(record_pk)
    _decides(actor, record)
    major = _of(record)
    if major is None or major.state != S.PROPOSED:
        raise IllegalMove(_("There is no proposal any more: somebody has decided."))
    _close_as_declined(major, actor, reason, at or now())
    if weight is not None:
        major.weight = weight
    _save(major)
    log.write(
        "incident.major_declined", _subject(record), actor=actor, data={"reason": major.reason}, at=major.declined_at
    )
    _put("declined", record, actor, major.declined_at)
    freshness.tell(record, major=True)
    return major


@transaction.atomic
def withdraw(record_pk: int, *, actor, reason: str, at: datetime | None = None) -> MajorIncident:
    """It is no major incident after all: an incident as the others again."""
    record = _locked(record_pk)
    _decides(actor, record)
    major = _of(record)
    if major is None or major.state != S.OPEN:
        raise IllegalMove(_("%(number)s is no open major incident.") % {"number": record.number})
    if not reason.strip():
        raise DomainError(_("Say why it is no major incident."), field="reason")
    _close_as_declined(major, actor, reason, at or now())
    _save(major)
    acts.edit(Incident, record.pk, actor=actor, major=False, at=at, told={TOLD_BY: "incident.major_withdrawn"})
    log.write(
        "incident.major_withdrawn", _subject(record), actor=actor, data={"reason": major.reason}, at=major.declined_at
    )
    _put("declined", record, actor, major.declined_at)
    freshness.tell(record, major=True)
    return major


@transaction.atomic
def update(record_pk: int, *, actor, version: int | None = None, at: datetime | None = None, **values) -> MajorIncident:
    """What is told: texts, the expected time, when the next update is due. Who works the incident may, and managers."""
    record = _locked(record_pk)
    if not may_decide(actor, record) and not Record.objects.workable_by(actor).filter(pk=record.pk).exists():
        raise NotAllowed(_("Only those who work this incident write what is told about it."))
    major = _of(record)
    if major is None or major.state != S.OPEN:
        raise IllegalMove(_("%(number)s is no open major incident.") % {"number": record.number})
    if version is not None and version != major.version:
        raise StaleVersion(data={"version": major.version})
    at, before = at or now(), _told(major)
    given = values.get("next_update_at")
    if given and given < at - EARLIER:
        raise DomainError(_("The next update is due at a time to come."), field="next_update_at")
    expected = values.get("expected_at")
    if expected and expected < at - EARLIER:
        raise DomainError(_("This time has passed: say a new one, or leave it empty."), field="expected_at")
    _write(major, values)
    if not given:
        major.next_update_at = at + timedelta(minutes=major.update_every)
    after = _told(major)
    major.updated_at, major.version = at, major.version + 1
    _save(major)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    log.write("incident.major_updated", _subject(record), actor=actor, changes=changes, at=at)
    _put("updated", record, actor, at)
    freshness.tell(record, major=True)
    return major


@transaction.atomic
def all_clear(record_pk: int, *, actor, at: datetime | None = None, **message):
    """It works again: the major incident is over, and everybody on its list is told by one campaign. Returns it; None for an empty list."""
    record = _locked(record_pk)
    _decides(actor, record)
    major = _of(record)
    if major is None or major.state not in (S.OPEN, S.OVER):
        raise IllegalMove(_("%(number)s is no major incident.") % {"number": record.number})
    if major.all_clear_at:
        raise IllegalMove(_("The all-clear has been given already."))
    at = at or now()
    gather(major)
    major.all_clear_at, major.all_clear_by = at, actor
    if major.state == S.OPEN:
        major.state, major.over_at = S.OVER, at
        _put("over", record, actor, at)
    major.next_update_at = None
    _save(major)
    campaign = hooks.all_clear().launch(major, actor=actor, at=at, **message)
    told = {"campaign": campaign.pk} if campaign else {}
    told["people"] = campaign.targets.exclude(state="skipped").count() if campaign else 0
    log.write("incident.major_all_clear", _subject(record), actor=actor, data=told, at=at)
    _put("all_clear", record, actor, at)
    freshness.tell(record, major=True)
    return campaign


@transaction.atomic
def follow(
    record: Record, *, actor=None, at: datetime | None = None, reopened: bool = False, by_hand: bool = False
) -> MajorIncident | None:
    """Bring the row in line with its record: the flag set or taken back by hand (whose own entry tells it), the record solved,
    closed, merged or reopened.
    """
    major, at = _of(record), at or now()
    active = record.phase in ACTIVE
    if record.major and active and (major is None or major.state in (S.PROPOSED, S.DECLINED)):
        major = major or MajorIncident(record=record)
        _open(major, actor, at)
    elif record.major and active and reopened and major is not None and major.state == S.OVER:
        _open(major, actor, at)
        hooks.all_clear().recall(major, at=at)
        # Who has been told that it works again is told again when it really does.
        MajorCaller.objects.filter(major=major).update(told_at=None, outcome=MajorCaller.Outcome.WAITS)
    elif record.major and not active and major is not None and major.state == S.OPEN:
        major.state, major.over_at, major.next_update_at = S.OVER, at, None
    elif not record.major and major is not None and major.state == S.OPEN:
        _close_as_declined(major, actor, "", at)
    elif not active and major is not None and major.state == S.PROPOSED:
        _close_as_declined(major, None, "", at)
    else:
        return major
    _save(major)
    if major.state == S.OPEN:
        gather(major)
    told = {TOLD_BY: "incident.edited"} if by_hand and major.state in (S.OPEN, S.DECLINED) else {}
    log.write(f"incident.major_{major.state}", _subject(record), actor=actor, data=told, at=at)
    _put("accepted" if major.state == S.OPEN else major.state, record, actor, at)
    freshness.tell(record, major=True)
    return major


def gather(major: MajorIncident) -> int:
    """Put whoever asked for a ticket under it on the list of those who are told; how many are new."""
    children = Record.objects.filter(parent_id=major.record_id, requester__isnull=False).order_by("pk")
    known = set(MajorCaller.objects.filter(major=major, person__isnull=False).values_list("person_id", flat=True))
    portal, how = MajorCaller.How.PORTAL, MajorCaller.How.CHILD
    found = {
        person: MajorCaller(major=major, person_id=person, how=portal if channel == "portal" else how, at=opened)
        for person, channel, opened in children.values_list("requester_id", "channel", "opened_at")
        if person not in known
    }
    MajorCaller.objects.bulk_create(found.values(), ignore_conflicts=True)
    return len(found)


@transaction.atomic
def register_caller(
    major: MajorIncident | Record | int, *, call=None, person=None, number: str = "", how: str = "call", actor=None, language: str = "",
    at: datetime | None = None,
) -> MajorCaller:  # fmt: skip
    """Put a caller on the list of a major incident (the row, its record, or the record's pk). A second time gives the same row.

    The call is counted, and linked to the record. No new ticket is opened.
    """
    found = _major_of(major)
    person = person or getattr(call, "caller", None)
    number = (number or (call.from_number if call is not None and call.direction == "in" else "") or "").strip()[:40]
    language = language or getattr(person, "language", "") or getattr(call, "language", "") or ""
    if person is None and not number:
        raise DomainError(_("Say who called, or from which number."), field="person")
    at = at or now()
    row, made = _caller(found, person, number, {"how": how, "call": call, "language": language, "at": at, "by": actor})
    if call is not None:
        _count_call(found, call, actor, at)
    if made:
        subject = ("major incident", found.pk, found.record.number)
        log.write(
            "major.caller_added", subject, actor=actor, data={"how": how, "person": getattr(person, "pk", None)}, at=at
        )
    freshness.tell(found.record, major=True)
    return row


def _major_of(given: MajorIncident | Record | int) -> MajorIncident:
    if isinstance(given, MajorIncident):
        found = given
    else:
        record_pk = given.pk if isinstance(given, Record) else given
        rows = MajorIncident.objects.select_related("record").filter(record_id=record_pk)
        found = rows.first() or follow(Record.objects.get(pk=record_pk))
    if found is None or found.state not in (S.OPEN, S.PROPOSED):
        raise IllegalMove(_("This major incident is not open any more."))
    return found


def _caller(major: MajorIncident, person, number: str, values: dict[str, Any]) -> tuple[MajorCaller, bool]:
    """The row of this somebody: by the person; by a number that nobody was known by; else a new one."""
    rows = MajorCaller.objects.filter(major=major)
    if person is None:
        return rows.get_or_create(major=major, person=None, number=number, defaults=values)
    row = rows.filter(person=person).first()
    if row is not None:
        if number and not row.number:
            row.number = number
            row.save(update_fields=["number"])
        return row, False
    unknown = rows.filter(person=None, number=number).first() if number else None
    if unknown is not None:
        try:
            with transaction.atomic():
                unknown.person = person
                unknown.save(update_fields=["person"])
        except IntegrityError:
            return rows.get(person=person), False
        return unknown, False
    return rows.get_or_create(major=major, person=person, defaults=values | {"number": number})


def _count_call(major: MajorIncident, call, actor, at: datetime) -> None:
    Call.objects.filter(pk=call.pk).exclude(major=major.record_id).update(major=major.record_id)
    call.major_id = major.record_id
    CallLink.objects.get_or_create(
        call=call, record_id=major.record_id, defaults={"how": CallLink.How.MAJOR, "by": actor, "at": at}
    )


def _locked(record_pk: int) -> Record:
    rows = Record.objects.filter(pk=record_pk).select_for_update(no_key=True, of=("self",))
    return rows.select_related("service__item").get()


def _of(record: Record) -> MajorIncident | None:
    major = MajorIncident.objects.locked().filter(record_id=record.pk).first()
    if major is not None:
        major.record = record
    return major


def _decides(actor, record: Record) -> None:
    if not may_decide(actor, record):
        raise NotAllowed(_("Only a manager of the service desk decides about major incidents."))


def _open(major: MajorIncident, actor, at: datetime) -> None:
    major.state, major.accepted_at, major.accepted_by = S.OPEN, at, actor
    major.over_at = major.declined_at = major.all_clear_at = None
    major.declined_by = major.all_clear_by = None
    major.reason = ""
    major.next_update_at = at + timedelta(minutes=major.update_every)


def _close_as_declined(major: MajorIncident, actor, reason: str, at: datetime) -> None:
    major.state, major.declined_at, major.declined_by = S.DECLINED, at, actor
    major.reason, major.next_update_at = reason.replace("\x00", "").strip()[:300], None


def _write(major: MajorIncident, values: dict[str, Any]) -> None:
    for name in TEXTS:
        if name in values:
            setattr(major, name, wording.check(values.pop(name) or "", name))
    for name in ("expected_at", "next_update_at", "update_every"):
        if name in values:
            setattr(major, name, values.pop(name))
    if values:
        raise TypeError(f"unknown: {sorted(values)}")
    if not 5 <= major.update_every <= 1440:
        raise DomainError(_("Between 5 minutes and a day."), field="update_every")


def _told(major: MajorIncident) -> dict[str, Any]:
    dates = {name: getattr(major, name) for name in ("expected_at", "next_update_at")}
    return {name: getattr(major, name) for name in (*TEXTS, "update_every")} | {
        name: at.isoformat() if at else None for name, at in dates.items()
    }


def _save(major: MajorIncident) -> None:
    major.save()


def _put(what: str, record: Record, actor, at: datetime) -> None:
    outbox.put(f"major.{what}", record=record, payload={"record": record.pk, "by": actor.pk if actor else None}, at=at)


def _subject(record: Record) -> tuple[str, int, str]:
    return ("record", record.pk, record.number)
