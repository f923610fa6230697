"""Reviews: the owner of each application says of each access whether it stays. Reminded once; their manager is told in the end."""

import logging
from datetime import date, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.notify import messages, notices
from itsm.people.directory import OrganisationRow, directory
from itsm.people.models import User

from . import services
from .models import Access, AccessReview, AccessReviewLine
from .opening import end_of
from .states import State

logger = logging.getLogger(__name__)
SALT, DAYS, MOST, LIMIT = "access-review", 200, 5000, 50
# The link of a mail outlives the review that it is for.
LONGEST = DAYS - 20
Answer = AccessReviewLine.Answer


@transaction.atomic
def start(*, actor: User, name: str, organisation: OrganisationRow, due_on: date) -> AccessReview:
    """Ask every owner about the active accesses to their items, of people of the organisation and below.

    The owner of an item, else who leads the desk. DomainError where there is nothing to review.
    """
    at, today = now(), timezone.localdate(now())
    if due_on <= today:
        raise DomainError(_("Choose a day to come."), field="due_on")
    if due_on > today + timedelta(days=LONGEST):
        raise DomainError(_("Choose a day of the next %(n)s days.") % {"n": LONGEST}, field="due_on")
    end = end_of(due_on)
    below = [row.pk for row in directory.get().organisations.values() if organisation.pk in row.lineage]
    rows = Access.objects.filter(state=State.ACTIVE, organisation__in=below).order_by("pk")
    found = list(rows.values_list("pk", "item__owner", "item__owner__is_active")[: MOST + 1])
    if not found:
        raise DomainError(_("Nobody of this organisation has an access in force."), field="organisation")
    if len(found) > MOST:
        raise DomainError(_("These are more than %(most)s accesses: choose a smaller organisation.") % {"most": MOST})
    fallback = _fallback(actor.pk)
    review = AccessReview.objects.create(
        name=name.strip(), organisation_id=organisation.pk, due_at=end, remind_at=at + (end - at) / 2, started_at=at,
        started_by=actor, next_step_at=at + (end - at) / 2,
    )  # fmt: skip
    AccessReviewLine.objects.bulk_create(
        AccessReviewLine(review=review, access_id=pk, owner_id=owner if owner and active else fallback)
        for pk, owner, active in found
    )
    log.write("access_review.started", review, actor=actor, at=at, data={"accesses": len(found)})
    for owner in _owners(review):
        _ask(review, owner, "access_review")
    return review


@transaction.atomic
def answer(line_id: int, *, actor: User, keep: bool, reason: str = "") -> AccessReviewLine:
    """Keep or revoke one access. Revoking needs a reason and asks for the revocation at once; it is not taken back here."""
    line = AccessReviewLine.objects.select_related("review").get(pk=line_id)
    Access.objects.locked().get(pk=line.access_id)  # the record first, as everybody takes it
    line = (
        AccessReviewLine.objects.select_for_update(no_key=True, of=("self",)).select_related("review").get(pk=line_id)
    )
    if line.owner_id != actor.pk:
        raise NotAllowed(_("Somebody else reviews this access."))
    if line.review.state == AccessReview.State.DONE:
        raise IllegalMove(_("This review is over."))
    if line.answer == Answer.REVOKE:
        if keep:
            raise IllegalMove(_("It is being revoked already. Ask for it anew if it is needed."))
        return line
    reason = " ".join(reason.split())[:500]
    if not keep and not reason:
        raise DomainError(_("Say why it is to be revoked."), field=f"reason-{line.pk}")
    line.answer, line.reason = Answer.KEEP if keep else Answer.REVOKE, reason
    line.answered_at, line.answered_by = now(), actor
    line.save(update_fields=["answer", "reason", "answered_at", "answered_by"])
    if not keep:
        services.end(line.access_id, actor=actor, reason=reason, ending=Access.Ending.REVIEW)
    _end_when_all_is_said(line.review, actor)
    return line


def _end_when_all_is_said(review: AccessReview, actor) -> None:
    # Two last answers at once: the review is locked, so that one of them sees the other.
    locked = AccessReview.objects.select_for_update(no_key=True, of=("self",)).get(pk=review.pk)
    if locked.state != AccessReview.State.DONE and not locked.lines.filter(answer="").exists():
        locked.state, locked.ended_at, locked.next_step_at = AccessReview.State.DONE, now(), None
        locked.save(update_fields=["state", "ended_at", "next_step_at"])
        log.write("access_review.finished", locked, actor=actor)


def sweep(limit: int = LIMIT) -> int:
    """Beat: remind owners once; when the time is over, tell their managers. Each once; workers skip what another one holds."""
    due = AccessReview.objects.filter(next_step_at__lte=now()).order_by("next_step_at", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:limit]):
        try:
            done += _step(pk)
        except Exception:  # one that fails holds up no other
            logger.exception("The review %s could not go on.", pk)
    return done


@transaction.atomic
def _step(pk: int) -> bool:
    at = now()
    rows = AccessReview.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
    review = rows.filter(pk=pk, next_step_at__lte=at).first()
    if review is None:
        return False
    for owner in _hand_over(review):
        _ask(review, owner, "access_review")
    if at < review.due_at:
        review.next_step_at = review.due_at
        for owner in _owners(review):
            _ask(review, owner, "access_review_reminder")
    else:
        review.next_step_at, review.state = None, AccessReview.State.OVERDUE
        for owner in _owners(review):
            _tell_manager(review, owner)
    review.save(update_fields=["next_step_at", "state"])
    return True


def _owners(review: AccessReview) -> list[User]:
    """Those who have still to answer."""
    open_ones = review.lines.filter(answer="").values_list("owner", flat=True)
    return list(User.objects.filter(pk__in=open_ones, is_active=True).select_related("manager").order_by("pk"))


def _fallback(starter: int) -> int:
    """Who answers where an item has no owner: who leads the desk, else who started the review."""
    team = directory.get().teams_by_code.get(settings.DEFAULT_TEAM)
    leader = team.leader_id if team else None
    return leader if leader and User.objects.filter(pk=leader, is_active=True).exists() else starter


def _hand_over(review: AccessReview) -> list[User]:
    """What people were asked who have left since is asked of the item's owner of today; those who are asked now."""
    lines = list(review.lines.filter(answer="", owner__is_active=False).select_related("access__item__owner"))
    if not lines:
        return []
    fallback = _fallback(review.started_by_id)
    for line in lines:
        owner = line.access.item.owner
        line.owner_id = owner.pk if owner and owner.is_active else fallback
    AccessReviewLine.objects.bulk_update(lines, ["owner"])
    people = sorted({line.owner_id for line in lines})
    log.write("access_review.handed_over", review, actor=None, data={"accesses": len(lines), "people": people})
    return list(User.objects.filter(pk__in=people, is_active=True).order_by("pk"))


def _ask(review: AccessReview, owner: User, template: str) -> None:
    messages.queue(
        key=f"{template}-{review.pk}-{owner.pk}", user=owner, template=template,
        context={
            "review": review, "count": review.lines.filter(owner=owner, answer="").count(), "url": path(review, owner),
        },
    )  # fmt: skip
    _bell(review, owner.pk, template)


def _tell_manager(review: AccessReview, owner: User) -> None:
    """Without a manager, whoever started the review."""
    boss = owner.manager if owner.manager and owner.manager.is_active else review.started_by
    messages.queue(
        key=f"access_review_overdue-{review.pk}-{owner.pk}", user=boss, template="access_review_overdue",
        context={
            "review": review, "owner": owner, "count": review.lines.filter(owner=owner, answer="").count(), "url": "",
        },
    )  # fmt: skip
    _bell(review, boss.pk, "access_review_overdue", owner.pk)


def _bell(review: AccessReview, person: int, template: str, about: int | None = None) -> None:
    notices.tell(
        f"{template}-{review.pk}-{about or person}", [person], template, url="/access-review/", data={"title": review.name, "number": ""},
    )  # fmt: skip


def path(review: AccessReview, owner: User) -> str:
    """The address of an owner's list, from a mail: without signing in, for as long as a review may last."""
    return f"/access-review/{signing.dumps([review.pk, owner.pk], salt=SALT)}/"


def find(token: str) -> tuple[AccessReview, User] | None:
    """Whose link it is; None when it is none of ours, out of date, or its person has left."""
    try:
        review_pk, owner_pk = signing.loads(token, salt=SALT, max_age=DAYS * 86400)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    review = AccessReview.objects.filter(pk=review_pk, lines__owner=owner_pk).distinct().first()
    owner = User.objects.filter(pk=owner_pk, is_active=True).first()
    return (review, owner) if review and owner else None
