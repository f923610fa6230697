"""Ask, remind once, take the answer, call back when it was bad (practices: "Satisfaction")."""

import logging
import zlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import messages, outbox
from itsm.notify.models import Message
from itsm.people.directory import directory
from itsm.people.models import Membership, User
from itsm.records.models import Record, Task
from itsm.records.moves import SUBJECT

from ..incidents.models import Incident
from .models import Survey, SurveyRule

logger = logging.getLogger(__name__)
SALT = "survey"
LOW = 2
CHANGEABLE = timedelta(hours=12)
SKIPPED_CODES = {"solved_by_caller", "duplicate", "cancelled", "no_answer"}
BATCH = 200


def plan_for(record_id: int) -> Survey | None:
    """Note that the requester of a resolved record is to be asked, or why not. Safe to call twice."""
    record = Record.objects.select_related("resolution_code").filter(pk=record_id, resolved_at__isnull=False).first()
    if record is None or record.resolved_at is None or record.phase not in ("resolved", "closed"):
        return None
    ended_at = record.closed_at if asked_after_close() else record.resolved_at
    if ended_at is None:
        return None
    reason = excluded_because(record)
    due = ended_at + timedelta(minutes=settings.SURVEY_DELAY_MINUTES)
    survey, _created = Survey.objects.get_or_create(
        record_id=record.pk,
        resolved_at=record.resolved_at,
        defaults={
            "person_id": record.requester_id, "due_at": due, "reason": reason,
            "state": Survey.State.SKIPPED if reason else Survey.State.DUE,
        },
    )  # fmt: skip
    return survey


def asked_after_close() -> bool:
    """Whether this site asks when a ticket is closed, and not as soon as it is resolved."""
    return settings.SURVEY_AFTER == "close"


def excluded_because(record: Record) -> str:
    """Why nobody is asked about this record; empty when the requester is."""
    code = record.resolution_code
    if record.channel == "event":
        return "event"
    if record.requester_id is None:
        return "no_person"
    if code and (code.code in SKIPPED_CODES or code.excluded_from_kpis):
        return "resolution_code"
    if record.confidentiality_id:
        return "confidential"
    if record.source:
        return "imported"
    if _own_ticket(record):
        return "own_ticket"
    return "" if _in_sample(record) else "not_sampled"


def _own_ticket(record: Record) -> bool:
    """People do not judge their own work: they held it, solved it, or belong to a team that held it."""
    person = record.requester_id or 0
    if record.assignee_id == person:
        return True
    held = [record.team_id or 0, *record.past_teams]
    return (
        Incident.objects.filter(pk=record.pk, resolved_by_id=person).exists()
        or Membership.objects.filter(team_id__in=held, user_id=person).exists()
    )


def _in_sample(record: Record) -> bool:
    """A service may ask about a share of its tickets only. A record always falls on the same side of it."""
    if record.service_id is None:
        return True
    share = SurveyRule.objects.filter(service_id=record.service_id).values_list("share", flat=True).first()
    return share is None or zlib.crc32(f"survey-{record.pk}".encode()) % 100 < share


def sweep() -> dict:
    """Send what is due, remind once at half time, expire the rest. Each step once, whatever runs twice."""
    return {"sent": _each(_due(), _send), "reminded": _each(_to_remind(), _remind), "expired": _each(_stale(), _expire)}


def token_for(survey: Survey) -> str:
    """The signed part of the link: no login, nothing to guess."""
    return signing.Signer(salt=SALT).sign(str(survey.pk)).replace(":", ".", 1)


def find(token: str) -> Survey:
    """The survey of a link; DomainError when the link is not one of ours."""
    try:
        pk = signing.Signer(salt=SALT).unsign(token.replace(".", ":", 1))
    except signing.BadSignature as error:
        raise DomainError(_("This link is not complete. Open it again from the message that you received.")) from error
    survey = Survey.objects.select_related("record").filter(pk=pk).first()
    if survey is None:
        raise DomainError(_("This survey no longer exists."))
    return survey


def is_closed(survey: Survey, at: datetime) -> bool:
    """Nobody answered in time, or nobody was asked."""
    unanswered = survey.answered_at is None and survey.expires_at is not None and at > survey.expires_at
    return survey.state in (Survey.State.EXPIRED, Survey.State.SKIPPED, Survey.State.DUE) or unanswered


def is_taken(survey: Survey, at: datetime) -> bool:
    """There is an answer, and the hours in which it may be changed are over."""
    return survey.answered_at is not None and at > survey.answered_at + CHANGEABLE


@transaction.atomic
def answer(survey_id: int, *, score: int, comment: str = "", at: datetime | None = None) -> Survey:
    """Take the answer; it may be changed for 12 hours. A low score opens a task for the leader, once."""
    at = at or now()
    if not 1 <= score <= 5:
        raise DomainError(_("Choose a score from 1 to 5."), field="score")
    survey = Survey.objects.select_for_update(no_key=True).get(pk=survey_id)
    if is_closed(survey, at):
        raise DomainError(_("This survey is closed. Thank you all the same: write to the service desk."))
    if is_taken(survey, at):
        raise DomainError(_("Your answer has been taken; it can no longer be changed."))
    before = survey.score
    survey.state, survey.score, survey.comment = Survey.State.ANSWERED, score, comment.strip()[:2000]
    survey.answered_at = survey.answered_at or at
    survey.save(update_fields=["state", "score", "comment", "answered_at"])
    record = survey.record
    log.write(
        "survey.answered", (SUBJECT, record.pk, record.number), actor=survey.person, at=at,
        changes={"score": [before, score]},
    )  # fmt: skip
    outbox.put("survey.answered", record=record, payload={"survey": survey.pk, "score": score}, at=at)
    if score <= LOW:
        _call_back(survey, at)
    return survey


def _call_back(survey: Survey, at: datetime) -> None:
    record = survey.record
    team = directory.get().teams.get(record.team_id or 0)
    with override(record.language):
        title = _("Call back after a low score: %(number)s") % {"number": record.number}
        body = _("Score %(score)s out of 5. %(comment)s") % {"score": survey.score, "comment": survey.comment}
    _task, created = Task.objects.get_or_create(
        key=f"survey-{survey.pk}",
        defaults={
            "record_id": record.pk, "title": title, "body": body.strip(), "team_id": record.team_id,
            "assignee_id": team.leader_id if team else None, "created_at": at, "due_at": at + timedelta(days=1),
        },
    )  # fmt: skip
    if created:
        outbox.put("task.opened", record=record, payload={"task": _task.pk, "number": record.number}, at=at)


def _due():
    return Survey.objects.filter(state=Survey.State.DUE, due_at__lte=now()).order_by("due_at")


def _to_remind():
    """Open ones at half time. Who has reopened the ticket since, or can no longer answer, is left in peace."""
    half = timedelta(days=settings.SURVEY_EXPIRY_DAYS / 2)
    still_solved = {"record__phase__in": ["resolved", "closed"], "record__resolved_at": F("resolved_at")}
    waiting = Survey.objects.filter(state=Survey.State.SENT, reminded_at=None, expires_at__gt=now(), **still_solved)
    return waiting.filter(sent_at__lte=now() - half).order_by("sent_at")


def _stale():
    return Survey.objects.filter(state=Survey.State.SENT, expires_at__lte=now()).order_by("expires_at")


def _each(queryset, act) -> int:
    """Claim each row by itself, so that one bad row or a second worker costs nothing."""
    done = 0
    for pk in list(queryset.values_list("pk", flat=True)[:BATCH]):
        try:
            with transaction.atomic():
                rows = queryset.model.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
                found = rows.select_related("record__resolution_code", "person").filter(pk=pk).first()
                done += bool(found and act(found))
        except Exception:
            logger.exception("The survey %s could not be dealt with; it is tried again.", pk)
    return done


def _send(survey: Survey) -> bool:
    at = now()
    if survey.state != Survey.State.DUE:
        return False
    record = survey.record
    ended = ("closed",) if asked_after_close() else ("resolved", "closed")
    if record.phase not in ended or record.resolved_at != survey.resolved_at:
        return _skip(survey, "reopened")
    # What kept nobody from being asked at the resolution may do so now: it was made confidential, its code was corrected.
    if reason := excluded_because(record):
        return _skip(survey, reason)
    if _asked_recently(survey, at):
        return _skip(survey, "asked_recently")
    survey.state, survey.sent_at = Survey.State.SENT, at
    survey.expires_at = at + timedelta(days=settings.SURVEY_EXPIRY_DAYS)
    message = _mail(survey, "survey")
    if message is not None and message.state == Message.State.WITHHELD:
        # Nobody got it: it must not count as a question without an answer.
        survey.sent_at = survey.expires_at = None
        return _skip(survey, message.reason)
    survey.save(update_fields=["state", "sent_at", "expires_at"])
    log.write("survey.sent", (SUBJECT, record.pk, record.number), actor=None, at=at)
    outbox.put("survey.sent", record=record, payload={"survey": survey.pk}, at=at)
    return True


def _asked_recently(survey: Survey, at: datetime) -> bool:
    """One question a person in some days. The person is locked, so that two workers cannot both find that there is none."""
    User.objects.select_for_update(no_key=True).filter(pk=survey.person_id or 0).values_list("pk").first()
    quiet = at - timedelta(days=settings.SURVEY_QUIET_DAYS)
    return Survey.objects.filter(person_id=survey.person_id, sent_at__gt=quiet).exclude(pk=survey.pk).exists()


def _remind(survey: Survey) -> bool:
    if survey.state != Survey.State.SENT or survey.reminded_at:
        return False
    survey.reminded_at = now()
    survey.save(update_fields=["reminded_at"])
    _mail(survey, "survey_reminder")
    return True


def _expire(survey: Survey) -> bool:
    if survey.state != Survey.State.SENT:
        return False
    survey.state = Survey.State.EXPIRED
    survey.save(update_fields=["state"])
    return True


def _skip(survey: Survey, reason: str) -> bool:
    survey.state, survey.reason = Survey.State.SKIPPED, reason
    survey.save(update_fields=["state", "reason"])
    return False


def _mail(survey: Survey, template: str) -> Message | None:
    link = f"{settings.PUBLIC_URL}/survey/{token_for(survey)}/"
    return messages.queue(
        key=f"{template}-{survey.pk}", user=survey.person, template=template, record=survey.record,
        context={"record": survey.record, "link": link, "scores": [(n, f"{link}?score={n}") for n in range(1, 6)]},
    )  # fmt: skip
