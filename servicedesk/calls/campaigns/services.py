"""What people do to campaigns. One function, one transaction, one audit entry; running them is `running`."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import live, now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed, StaleVersion
from itsm.notify import nudging
from itsm.people.scope import scope_of

from ...majors import wording as majors
from .. import numbers
from . import audience as audiences
from . import hours, running, wording
from .channels import LACKS, Ways
from .models import CHANNELS, CallCampaign, CampaignState, CampaignTarget, DoNotCall

S, T = CampaignState, CampaignTarget.State
FIELDS = (
    "name", "audience", "channels", "subject_fr", "subject_en", "message_fr", "message_en", "per_minute", "calendar", "hours_from",
    "hours_to", "max_tries", "retry_minutes", "major",
)  # fmt: skip
TEXTS = ("subject_fr", "subject_en", "message_fr", "message_en")
BATCH = 1000


@transaction.atomic
def create(*, actor, organisation, **values) -> CallCampaign:
    """A draft: nobody is contacted before it is started."""
    _may(actor, organisation.pk)
    campaign = CallCampaign(organisation=organisation, created_by=actor)
    _write(campaign, values)
    campaign.save(force_insert=True)
    log.write("campaign.created", _subject(campaign), actor=actor, data=_told(campaign))
    return campaign


@transaction.atomic
def change(pk: int, *, actor, version: int | None = None, **values) -> CallCampaign:
    """A draft may be changed; what has begun may not."""
    campaign = _locked(pk, actor)
    if campaign.state != S.DRAFT:
        raise IllegalMove(_("The campaign has begun: stop it and copy it to say something else."))
    if version is not None and version != campaign.version:
        raise StaleVersion(data={"version": campaign.version})
    before = _told(campaign)
    _write(campaign, values)
    campaign.version += 1
    campaign.save()
    after = _told(campaign)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    log.write("campaign.changed", _subject(campaign), actor=actor, changes=changes)
    return campaign


@transaction.atomic
def delete(pk: int, *, actor) -> None:
    """A draft that nobody needs."""
    campaign = _locked(pk, actor)
    if campaign.state != S.DRAFT:
        raise IllegalMove(_("Only a draft is deleted; what was sent stays."))
    log.write("campaign.deleted", _subject(campaign), actor=actor)
    campaign.delete()


@transaction.atomic
def start(pk: int, *, actor, at: datetime | None = None) -> CallCampaign:
    """The audience as it is now is written down; from then on it is contacted."""
    campaign = _locked(pk, actor)
    if campaign.state != S.DRAFT:
        raise IllegalMove(_("The campaign has been started already."))
    check_ready(campaign)
    entries = list(audiences.read(campaign.audience, organisation=campaign.organisation, user=actor))
    entries = audiences.sorted_out(entries, campaign.channels, campaign.organisation)
    begin(campaign, entries, actor=actor, at=at or now())
    return campaign


def begin(campaign: CallCampaign, found: list[audiences.Entry], *, actor, at: datetime) -> None:
    """Write down who is contacted and who falls out (sorted out already), and let it run. Inside the caller's transaction."""
    if not any(not each.why for each in found):
        raise DomainError(_("Nobody is left to be contacted."), field="audience")
    seen: set[int] = set()
    rows = []
    for each in found:
        if each.person_id in seen:
            continue  # left out as a duplicate: the person has a row already
        if each.person_id:
            seen.add(each.person_id)
        rows.append(_target(campaign, each, at))
    CampaignTarget.objects.bulk_create(rows, batch_size=BATCH)
    running.left_out(found)
    campaign.state, campaign.started_at, campaign.next_slot_at = S.RUNNING, at, at
    campaign.version += 1
    campaign.save()
    told = {"people": sum(not each.why for each in found), "left_out": sum(bool(each.why) for each in found)}
    log.write("campaign.started", _subject(campaign), actor=actor, data=told, at=at)
    _wake(campaign)


def _target(campaign: CallCampaign, each: audiences.Entry, at: datetime) -> CampaignTarget:
    return CampaignTarget(
        campaign=campaign, person_id=each.person_id, caller_id=each.caller_id, name=each.name[:200], number=each.number, mobile=each.mobile,
        email=each.email, language=each.language[:5], time_zone=each.time_zone, state=T.SKIPPED if each.why else T.WAITING, why=each.why,
        next_at=None if each.why else hours.next_allowed(campaign, each.time_zone, at), done_at=at if each.why else None,
    )  # fmt: skip


@transaction.atomic
def pause(pk: int, *, actor) -> CallCampaign:
    """Nobody else is contacted until it goes on; a contact under way is ended."""
    return _turn(pk, actor, {S.RUNNING}, S.PAUSED, "paused")


@transaction.atomic
def resume(pk: int, *, actor) -> CallCampaign:
    """It goes on where it stood."""
    campaign = _turn(pk, actor, {S.PAUSED}, S.RUNNING, "resumed")
    CallCampaign.objects.filter(pk=pk).update(next_slot_at=now())
    return campaign


@transaction.atomic
def stop(pk: int, *, actor) -> CallCampaign:
    """For good: whoever waits is not contacted any more."""
    campaign = _turn(pk, actor, {S.RUNNING, S.PAUSED}, S.STOPPED, "stopped")
    _end(campaign, now())
    return campaign


def recall(campaign: CallCampaign, *, at: datetime) -> None:
    """What it says is not true any more: stopped by nobody. Inside the caller's transaction, the campaign locked."""
    campaign.state, campaign.version = S.STOPPED, campaign.version + 1
    campaign.save(update_fields=["state", "version"])
    _end(campaign, at)
    log.write("campaign.stopped", _subject(campaign), actor=None, at=at)
    _wake(campaign)


def _end(campaign: CallCampaign, at: datetime) -> None:
    campaign.ended_at = at
    campaign.save(update_fields=["ended_at"])
    waiting = CampaignTarget.objects.filter(campaign=campaign, state=T.WAITING)
    waiting.update(state=T.STOPPED, why="stopped", done_at=at)


@transaction.atomic
def again(pk: int, target_pk: int, *, actor) -> CampaignTarget:
    """Somebody decides that a person whose contact was interrupted, or failed, is contacted once more."""
    campaign = _locked(pk, actor)
    if campaign.state not in (S.RUNNING, S.PAUSED, S.FINISHED):
        raise IllegalMove(_("The campaign was stopped."))
    if campaign.is_all_clear and not _is_true_still(campaign):
        raise IllegalMove(_("The major incident was reopened since: only its latest all-clear is told."))
    target = CampaignTarget.objects.locked().get(pk=target_pk, campaign=campaign)
    if target.state not in (T.UNKNOWN, T.FAILED, T.SENT) or (target.state == T.SENT and not target.done_at):
        raise IllegalMove(_("This person waits already, or was reached."))
    at, used = now(), target.attempts.order_by("-number").values_list("channel", "number")
    target.channel = 0
    target.tries = max((n for channel, n in used if channel == campaign.channels[0]), default=0)
    target.state, target.why, target.done_at = T.WAITING, "", None
    target.next_at = hours.next_allowed(campaign, target.time_zone, at)
    target.save()
    if campaign.state == S.FINISHED:
        CallCampaign.objects.filter(pk=pk).update(state=S.RUNNING, ended_at=None, next_slot_at=at)
    log.write("campaign.again", _subject(campaign), actor=actor, data={"target": target.pk})
    _wake(campaign)
    return target


def _is_true_still(campaign: CallCampaign) -> bool:
    """Is it over, and is this the latest that says so?"""
    latest = CallCampaign.objects.filter(major=campaign.major_id, is_all_clear=True).order_by("-pk")
    over = latest.filter(major__all_clear_at__isnull=False).values_list("pk", flat=True).first()
    return over == campaign.pk


@transaction.atomic
def leave_in_peace(*, actor, organisation, person=None, address: str = "", reason: str = "") -> DoNotCall:
    """No campaign of this organisation contacts this person, number or address any more. A second time changes nothing."""
    _may(actor, organisation.pk)
    address = address.strip()
    if address and "@" not in address:
        address = numbers.clean(address, organisation_id=organisation.pk)
        if not address.startswith("+"):
            raise DomainError(_("Write a telephone number or a mail address."), field="address")
    if person is None and not address:
        raise DomainError(_("Name a person, a number or an address."), field="address")
    row, made = DoNotCall.objects.get_or_create(
        organisation=organisation, person=person, address="" if person else address.lower(),
        defaults={"reason": reason.strip()[:200], "by": actor},
    )  # fmt: skip
    if made:
        log.write(
            "do_not_call.added", ("do not call", row.pk, str(person or "")), actor=actor, data={"reason": row.reason}
        )
    return row


@transaction.atomic
def contact_again(pk: int, *, actor) -> None:
    """They may be contacted again."""
    row = DoNotCall.objects.visible_to(actor).get(pk=pk)
    log.write("do_not_call.removed", ("do not call", row.pk, str(row.person or "")), actor=actor)
    row.delete()


def check_ready(campaign: CallCampaign) -> None:
    """DomainError for what keeps a campaign from being started."""
    if not (campaign.message_fr or campaign.message_en):
        raise DomainError(_("Write the message, in at least one language."), field="message_fr")
    ways = Ways.of(campaign)
    for kind, lacks in LACKS.items():
        if kind in campaign.channels and not ways.usable(kind):
            raise DomainError(f"{lacks} " + _("An administrator does that; or take this channel out."), field="channels")  # fmt: skip


def _write(campaign: CallCampaign, values: dict[str, Any]) -> None:
    for name in FIELDS:
        if name in values:
            setattr(campaign, name, values.pop(name))
    if values:
        raise TypeError(f"unknown: {sorted(values)}")
    campaign.name = " ".join(campaign.name.replace("\x00", "").split())[:120]
    if not campaign.name:
        raise DomainError(_("Give it a name."), field="name")
    campaign.channels = [each for each in dict.fromkeys(campaign.channels) if each in CHANNELS]
    if not campaign.channels:
        raise DomainError(_("Choose at least one channel."), field="channels")
    if campaign.hours_to <= campaign.hours_from:
        raise DomainError(_("The hours end after they begin."), field="hours_to")
    if not 1 <= campaign.per_minute <= 6000:
        raise DomainError(_("Between 1 and 6000 a minute."), field="per_minute")
    if not 1 <= campaign.max_tries <= 5:
        raise DomainError(_("Between 1 and 5 tries."), field="max_tries")
    known = wording.variables(campaign)
    for name in TEXTS:
        setattr(campaign, name, majors.check(getattr(campaign, name), name, known))


def _turn(pk: int, actor, sources: set, state: str, verb: str) -> CallCampaign:
    campaign = _locked(pk, actor)
    if campaign.state not in sources:
        raise IllegalMove(
            _("The campaign is “%(state)s”: this cannot be done now.") % {"state": campaign.get_state_display()}
        )
    campaign.state, campaign.version = state, campaign.version + 1
    campaign.save(update_fields=["state", "version"])
    log.write(f"campaign.{verb}", _subject(campaign), actor=actor)
    _wake(campaign)
    return campaign


def _locked(pk: int, actor) -> CallCampaign:
    campaign = CallCampaign.objects.locked().select_related("organisation").get(pk=pk)
    _may(actor, campaign.organisation_id)
    return campaign


def _may(actor, organisation_id: int) -> None:
    scope = scope_of(actor)
    if not scope.may("calls.manage") or not (scope.everything or organisation_id in scope.organisations):
        raise NotAllowed(_("Only who manages the switchboard of this organisation runs campaigns."))


def _wake(campaign: CallCampaign) -> None:
    live.changed(running.topic(campaign.pk), "campaigns")
    transaction.on_commit(lambda: nudging.ask(running.TASK))


def _told(campaign: CallCampaign) -> dict[str, Any]:
    told = {name: getattr(campaign, name) for name in FIELDS if name not in ("calendar", "major", "audience")}
    told |= {name: getattr(campaign, name).isoformat() for name in ("hours_from", "hours_to")}
    return told | {"calendar": campaign.calendar_id, "major": campaign.major_id, "audience": audiences.words(campaign.audience)}  # fmt: skip


def _subject(campaign: CallCampaign) -> tuple[str, int, str]:
    return ("campaign", campaign.pk, campaign.name)


# What pages and REST call an act.
ACTS = {"start": start, "pause": pause, "resume": resume, "stop": stop, "delete": delete}
