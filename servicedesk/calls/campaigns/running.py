"""A campaign at work. A worker that dies contacts nobody twice:

each contact is claimed in a transaction of its own *before* the outside act, and its outcome is written after it. A claimed one
without an outcome was interrupted: it is shown as not known, and done again (under its key) only where the channel does the same
key once. The pace is kept in the campaign's row, so that several workers keep it together.
"""

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from itsm.audit import log
from itsm.core import live, now
from itsm.core.reachable import NEVER
from itsm.notify import nudging

from ...majors.models import MajorCaller, MajorState
from ..models import Call
from . import audience, hours
from .channels import Ways
from .hooks import Outcome
from .models import CallCampaign, CampaignAttempt, CampaignState, CampaignTarget

logger = logging.getLogger(__name__)
TASK = "servicedesk.tasks.run_campaigns"
RUN_SECONDS = 20.0
BURST = timedelta(seconds=15)
ABANDONED = timedelta(minutes=2)
ANSWER_WITHIN = timedelta(minutes=10)
MOST_LOOKED_AT = 200
T, A = CampaignTarget.State, CampaignAttempt.Outcome


def topic(pk: int) -> str:
    """The live topic of one campaign's progress."""
    return f"campaign:{pk}"


def run_all(seconds: float = RUN_SECONDS) -> int:
    """Beat: settle what was interrupted or answered, contact who is due. How many contacts were made."""
    end, made = time.monotonic() + seconds, 0
    for pk in (
        CallCampaign.objects.filter(state=CampaignState.RUNNING).order_by("next_slot_at").values_list("pk", flat=True)
    ):
        made += run(pk, until=end)
    Sweeper().rest()
    if made and time.monotonic() >= end:
        nudging.ask(TASK)
    return made


def run(pk: int, *, until: float | None = None) -> int:
    """One campaign, as far as its pace lets it now."""
    campaign = CallCampaign.objects.select_related("major__record").filter(pk=pk).first()
    if campaign is None:
        return 0
    ways, made = Ways.of(campaign), 0
    Sweeper(campaign, ways).interrupted()
    Sweeper(campaign, ways).answered()
    while (claimed := claim(pk, ways)) is not None:
        target, attempt = claimed
        settle(attempt.pk, _contact(ways, target, attempt), ways)
        made += 1
        if until is not None and time.monotonic() >= until:
            break
    finish(pk)
    return made


def _contact(ways: Ways, target: CampaignTarget, attempt: CampaignAttempt) -> Outcome:
    try:
        return ways.contact(target, attempt.channel, attempt.key)
    except Exception as error:
        logger.exception("A contact of campaign %s failed for a reason of our own.", ways.campaign.pk)
        return Outcome(False, f"{type(error).__name__}: {error}"[:300])


@transaction.atomic
def claim(pk: int, ways: Ways) -> tuple[CampaignTarget, CampaignAttempt] | None:
    """The next one who is due, marked as being contacted; None when nobody is, or the pace forbids it."""
    at = now()
    campaign = CallCampaign.objects.locked().filter(pk=pk).first()
    if campaign is None or campaign.state != CampaignState.RUNNING or (campaign.next_slot_at or at) > at:
        return None
    due = CampaignTarget.objects.filter(campaign=pk, state=T.WAITING, next_at__lte=at).order_by("next_at", "id")
    for _look in range(MOST_LOOKED_AT):
        target = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).select_related("person").first()
        if target is None:
            return None
        allowed = hours.next_allowed(campaign, target.time_zone, at)
        if allowed > at:
            target.next_at = allowed
            _write(target, "next_at", **({"state": T.FAILED, "why": "no_channel"} if allowed == NEVER else {}))
            continue
        channel = _next_channel(campaign, target, ways)
        if channel is None:
            _over(target, T.FAILED, "no_channel", at)
            continue
        if audience.in_peace(campaign.organisation_id, target.person_id, _reached_by(target, channel)):
            _over(target, T.SKIPPED, "do_not_call", at)  # they have asked for it since the start
            continue
        attempt = _attempt(target, channel, at)
        target.state, target.claimed_at = T.CLAIMED, at
        target.save(update_fields=["state", "claimed_at", "channel", "tries"])
        slot = timedelta(seconds=60 / campaign.per_minute)
        CallCampaign.objects.filter(pk=pk).update(next_slot_at=max(campaign.next_slot_at or at, at - BURST) + slot)
        return target, attempt
    return None


def _next_channel(campaign: CallCampaign, target: CampaignTarget, ways: Ways) -> str | None:
    """The channel that is tried now; those that lead nowhere are passed over."""
    while target.channel < len(campaign.channels):
        channel = campaign.channels[target.channel]
        if _reached_by(target, channel) and ways.usable(channel):
            return channel
        target.channel, target.tries = target.channel + 1, 0
    return None


def _reached_by(target: CampaignTarget, channel: str) -> str:
    return {"call": target.number or target.mobile, "sms": target.mobile, "email": target.email}[channel]


def _attempt(target: CampaignTarget, channel: str, at: datetime) -> CampaignAttempt:
    """The row of this contact. One that was interrupted keeps its key."""
    number = target.tries + 1
    attempt, made = CampaignAttempt.objects.get_or_create(
        target=target, channel=channel, number=number,
        defaults={"key": f"campaign-{target.campaign_id}-{target.pk}-{channel}-{number}", "at": at},
    )  # fmt: skip
    if not made:
        attempt.at, attempt.outcome, attempt.done_at = at, A.CLAIMED, None
        attempt.save(update_fields=["at", "outcome", "done_at"])
    return attempt


@transaction.atomic
def settle(attempt_pk: int, outcome: Outcome, ways: Ways) -> None:
    """Write down what came of a contact, and what is next for this person. What was settled meanwhile stays, but for the truth."""
    attempt = CampaignAttempt.objects.select_for_update(no_key=True).get(pk=attempt_pk)
    target = CampaignTarget.objects.locked().get(pk=attempt.target_id)
    if attempt.outcome not in (A.CLAIMED, A.UNKNOWN):
        return
    at = now()
    attempt.outcome = (A.PLACED if outcome.placed else A.GOOD) if outcome.good else A.BAD
    attempt.done_at, attempt.detail = at, outcome.detail[:300]
    attempt.save(update_fields=["outcome", "done_at", "detail"])
    if target.state not in (T.CLAIMED, T.UNKNOWN):
        return
    _follow(target, attempt, outcome, ways.campaign, at)


def _follow(
    target: CampaignTarget, attempt: CampaignAttempt, outcome: Outcome, campaign: CallCampaign, at: datetime
) -> None:
    if outcome.good and outcome.placed:
        target.state = T.SENT
        target.save(update_fields=["state"])
        live.changed(topic(campaign.pk))
    elif outcome.good:
        _over(target, T.REACHED, "", at)
    else:
        _try_again(target, outcome, campaign, at)


def _try_again(target: CampaignTarget, outcome: Outcome, campaign: CallCampaign, at: datetime) -> None:
    """The same channel later, then the next one, then it is over."""
    target.tries += 1
    if outcome.final or target.tries >= campaign.max_tries:
        target.channel, target.tries, target.next_at = target.channel + 1, 0, at
    else:
        target.next_at = at + timedelta(minutes=campaign.retry_minutes)
    if target.channel >= len(campaign.channels):
        target.channel = len(campaign.channels) - 1
        _over(target, T.FAILED, "no_answer" if not outcome.final else "refused", at)
        return
    running = CallCampaign.objects.filter(pk=campaign.pk).exclude(state=CampaignState.STOPPED).exists()
    if not running:
        _over(target, T.STOPPED, "stopped", at)
        return
    target.state = T.WAITING
    target.save(update_fields=["state", "tries", "channel", "next_at"])
    live.changed(topic(campaign.pk))


def _over(target: CampaignTarget, state: str, why: str, at: datetime) -> None:
    """Nothing more happens for this person; the list of the major incident says so too."""
    target.state, target.why, target.done_at = state, why, at
    target.save(update_fields=["state", "why", "done_at", "tries", "channel"])
    if target.caller_id:
        outcome = OUTCOMES[T(state)]
        told = {"told_at": at} if state == T.REACHED else {}
        _of_the_over([target.caller_id]).update(outcome=outcome, **told)
    live.changed(topic(target.campaign_id))


def left_out(entries: Iterable[audience.Entry]) -> None:
    """Who falls out at the start is told nothing by this campaign; the list of the major incident says so."""
    _of_the_over([each.caller_id for each in entries if each.why and each.caller_id]).update(
        outcome=MajorCaller.Outcome.SKIPPED
    )


def _of_the_over(pks: list[int]):
    """Their rows, once it is over: what they are told while it is open (or again, since it was reopened) is no all-clear."""
    return MajorCaller.objects.filter(pk__in=pks, major__state=MajorState.OVER)


OUTCOMES = {
    T.REACHED: MajorCaller.Outcome.TOLD, T.FAILED: MajorCaller.Outcome.FAILED, T.UNKNOWN: MajorCaller.Outcome.UNKNOWN,
    T.SENT: MajorCaller.Outcome.UNKNOWN, T.STOPPED: MajorCaller.Outcome.WAITS, T.SKIPPED: MajorCaller.Outcome.SKIPPED,
}  # fmt: skip


def _write(target: CampaignTarget, *names: str, **values) -> None:
    for name, value in values.items():
        setattr(target, name, value)
    target.save(update_fields=[*names, *values])


class Sweeper:
    """What is under way and has no outcome: interrupted contacts, calls that ring; of one campaign, or of those at rest."""

    def __init__(self, campaign: CallCampaign | None = None, ways: Ways | None = None):
        self.campaign, self.ways = campaign, ways

    def rest(self) -> None:
        """Campaigns that are paused or stopped still have contacts whose outcome is not known."""
        under_way = CampaignTarget.objects.filter(state__in=[T.CLAIMED, T.SENT], done_at=None)
        idle = under_way.exclude(campaign__state=CampaignState.RUNNING).values_list("campaign", flat=True).distinct()
        for campaign in CallCampaign.objects.select_related("major__record").filter(pk__in=list(idle)):
            one = Sweeper(campaign, Ways.of(campaign))
            one.interrupted()
            one.answered()

    def interrupted(self) -> None:
        """A contact that was claimed long ago and has no outcome: its worker is dead."""
        old = CampaignTarget.objects.filter(
            campaign=self.campaign, state=T.CLAIMED, claimed_at__lt=now() - ABANDONED
        ).values_list("pk", flat=True)
        for pk in list(old):
            self._interrupted(pk)

    @transaction.atomic
    def _interrupted(self, pk: int) -> None:
        attempt = (
            CampaignAttempt.objects.select_for_update(no_key=True, of=("self",))
            .filter(target=pk, outcome=A.CLAIMED)
            .order_by("-id")
            .first()
        )
        target = CampaignTarget.objects.locked().get(pk=pk)
        if attempt is None or target.state != T.CLAIMED or attempt.at >= now() - ABANDONED:
            return
        attempt.outcome, attempt.done_at = A.UNKNOWN, now()
        attempt.save(update_fields=["outcome", "done_at"])
        stopped = self.campaign.state == CampaignState.STOPPED
        if self.ways.idempotent(attempt.channel) and not stopped:
            _write(target, state=T.WAITING, next_at=now())
        else:
            _over(target, T.UNKNOWN, "died", now())

    def answered(self) -> None:
        """Calls that were placed: the exchange tells how they ended, as calls out to the same number."""
        rows = CampaignTarget.objects.filter(campaign=self.campaign, state=T.SENT, done_at=None)
        for target in rows.order_by("claimed_at")[:MOST_LOOKED_AT]:
            self._answered(target.pk)

    @transaction.atomic
    def _answered(self, pk: int) -> None:
        target = CampaignTarget.objects.locked().get(pk=pk)
        if target.state != T.SENT or target.done_at:
            return
        attempt = CampaignAttempt.objects.filter(target=pk, outcome=A.PLACED).order_by("-id").first()
        since = (target.claimed_at or now()) - timedelta(seconds=30)
        calls = Call.objects.filter(
            direction="out", organisation_id=self.campaign.organisation_id, started_at__gte=since
        )
        to = target.number or target.mobile
        call = calls.filter(Q(call_id=attempt.key if attempt else "-") | Q(to_number=to)).order_by("pk").first()
        at = now()
        if call is not None and attempt is not None and attempt.call_id is None:
            attempt.call = call
            attempt.save(update_fields=["call"])
        if call is not None and call.answered_at:
            _over(target, T.REACHED, "", at)
        elif call is not None and call.ended_at:
            _try_again(target, Outcome(False, "no_answer"), self.campaign, at)
        elif call is None and at - (target.claimed_at or at) > ANSWER_WITHIN:
            _over(target, T.SENT, "", at)


@transaction.atomic
def finish(pk: int) -> bool:
    """A running campaign in which nobody waits any more is finished."""
    campaign = CallCampaign.objects.locked().filter(pk=pk, state=CampaignState.RUNNING).first()
    if campaign is None:
        return False
    busy = CampaignTarget.objects.filter(campaign=pk).filter(
        Q(state__in=[T.WAITING, T.CLAIMED]) | Q(state=T.SENT, done_at=None)
    )
    if busy.exists():
        return False
    CallCampaign.objects.filter(pk=pk).update(state=CampaignState.FINISHED, ended_at=now())
    live.changed(topic(pk))
    log.write("campaign.finished", ("campaign", pk, campaign.name), actor=None)
    return True
