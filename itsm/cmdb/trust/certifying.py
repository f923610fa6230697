"""Campaigns: owners say by a link in a mail whether what is kept of their items is right. What is sent goes by a sweep."""

import hashlib
import logging
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove
from itsm.notify import messages
from itsm.notify.models import Message
from itsm.notify.texts import reason_text
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.naming import belongs_to

from .. import changing
from ..classes import with_subclasses
from ..models import Campaign, CampaignItem, CampaignShare, ConfigurationItem
from . import corrections
from .health import below

logger = logging.getLogger(__name__)
SALT = "cmdb-certification"
GRACE = timedelta(days=14)
LONGEST = timedelta(days=5 * 366)
MOST = 20_000
BATCH = 200
LIVE = ~Q(item__status="retired")
Answer = CampaignItem.Answer


@dataclass
class Plan:
    """Whom a campaign would ask about what."""

    by_person: dict[int, list[int]] = field(default_factory=dict)
    nobody: list[int] = field(default_factory=list)

    @property
    def items(self) -> int:
        """All of them."""
        return len(self.nobody) + sum(map(len, self.by_person.values()))


def in_scope(user, *, organisation: str = "", classes: Iterable[str] = (), team: int | None = None) -> QuerySet:
    """The items that one may change and that fit: an organisation and below, classes and below, a team."""
    rows = ConfigurationItem.objects.editable_by(user).in_use()
    chosen = below(organisation)
    if chosen is not None:
        rows = rows.filter(organisation_id__in=chosen)
    if codes := sorted({each for code in classes for each in with_subclasses(code)}):
        rows = rows.filter(ci_class__in=codes)
    return rows.filter(support_team_id=team) if team else rows


def plan(rows: QuerySet) -> Plan:
    """By the owner, else the owner of the service, else the leader of the support team; else nobody's. In order of names.

    Who is of another house than the item is told nothing of it.
    """
    found = list(
        rows.order_by("sort_key", "id").values_list(
            "pk", "organisation_id", "owner_id", "service__owner_id", "support_team_id"
        )[: MOST + 1]
    )
    if len(found) > MOST:
        raise DomainError(_("These are more than %(most)s items: choose fewer.") % {"most": MOST})
    teams = directory.get().teams
    asked = [
        (pk, place, [one, two, teams[team].leader_id if team in teams else None]) for pk, place, one, two, team in found
    ]
    wanted = {person for _pk, _place, people in asked for person in people if person}
    able = {person.pk: person for person in User.objects.filter(pk__in=wanted, is_active=True).exclude(email="")}

    @cache
    def may_be_told(person: int | None, place: int | None) -> bool:
        return person in able and belongs_to(able[person], place)

    by_person, nobody = defaultdict(list), []
    for pk, place, people in asked:
        person = next((each for each in people if may_be_told(each, place)), None)
        (by_person[person] if person else nobody).append(pk)
    return Plan(dict(by_person), nobody)


@transaction.atomic
def start(
    *, actor: User, name: str, due_on: date, organisation=None, classes: Iterable[str] = (), team=None
) -> Campaign:
    """Make the campaign and everybody's share of it; the mails go out by the sweep. DomainError for a scope without items."""
    at, today = now(), timezone.localdate(now())
    if due_on <= today:
        raise DomainError(_("Choose a day to come."), field="due_on")
    if due_on > today + LONGEST:
        raise DomainError(_("Choose a day of the next five years."), field="due_on")
    scope = {
        "organisation": getattr(organisation, "code", ""),
        "classes": list(classes),
        "team": getattr(team, "pk", None),
    }
    planned = plan(in_scope(actor, **scope))
    if not planned.items:
        raise DomainError(_("No item fits this choice."))
    end = timezone.make_aware(datetime.combine(due_on + timedelta(days=1), datetime.min.time()))
    campaign = Campaign.objects.create(
        name=name.strip(), organisation_id=getattr(organisation, "pk", None), classes=list(classes),
        team_id=scope["team"], due_on=due_on, made_by=actor, made_at=at, remind_at=at + (end - at) / 2,
        expires_at=end + GRACE,
    )  # fmt: skip
    shares = {person: _new_share(campaign, person) for person in sorted(planned.by_person)}
    CampaignShare.objects.bulk_create(shares.values(), batch_size=1000)
    rows = [
        CampaignItem(campaign=campaign, item_id=pk, share=s) for p, s in shares.items() for pk in planned.by_person[p]
    ]
    rows += [CampaignItem(campaign=campaign, item_id=pk) for pk in planned.nobody]
    CampaignItem.objects.bulk_create(rows, batch_size=1000)
    data = {"items": planned.items, "people": len(shares), "nobody": len(planned.nobody), "due_on": due_on.isoformat()}
    log.write("certification.started", _subject(campaign), actor=actor, at=at, data=data)
    return campaign


def _subject(campaign: Campaign) -> tuple:
    return ("certification", campaign.pk, campaign.name)


def _new_share(campaign: Campaign, person: int) -> CampaignShare:
    share = CampaignShare(campaign=campaign, person_id=person, nonce=secrets.token_hex(16))
    share.digest = _digest(token_of(share))
    return share


def token_of(share: CampaignShare) -> str:
    """The secret of the link. It is made from the product's own key, so that what the database holds opens nothing."""
    return salted_hmac(SALT, f"{share.campaign_id}:{share.person_id}:{share.nonce}", algorithm="sha256").hexdigest()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def link_of(share: CampaignShare) -> str:
    """The whole address."""
    return f"{settings.PUBLIC_URL}/certify/{token_of(share)}/"


def not_sent(shares: Iterable[CampaignShare]) -> dict[int, str]:
    """Why the mail of a share did not leave, in words, for those that did not."""
    keys = {f"certification-{share.pk}": share.pk for share in shares}
    held = Message.objects.filter(key__in=keys, state__in=[Message.State.WITHHELD, Message.State.FAILED])
    return {keys[key]: reason_text(reason) for key, reason in held.values_list("key", "reason")}


def find(token: str) -> CampaignShare | None:
    """Whose link it is; None when it is none of ours, revoked, or its person has left."""
    rows = CampaignShare.objects.select_related("campaign", "person")
    return rows.filter(digest=_digest(token), revoked_at=None, person__is_active=True).first()


def is_over(campaign: Campaign) -> bool:
    """No answer is taken any more."""
    return campaign.state != Campaign.State.RUNNING or now() > campaign.expires_at


@transaction.atomic
def answer(
    share_id: int, answers: dict[int, tuple[str, str]], *, rest_is_right: bool = False, of_class: str = ""
) -> int:
    """Take answers by the id of a campaign's item: (right or wrong, what is wrong). Returns how many items were answered.

    Every answer may be changed while the campaign lasts. “Wrong” asks for a correction; whoever takes that back
    withdraws it. `rest_is_right`: what has no answer yet (of one class, when it is named) is right.
    """
    share = CampaignShare.objects.select_related("campaign", "person").get(pk=share_id)
    if is_over(share.campaign) or share.revoked_at:
        raise IllegalMove(_("This campaign is over; no answer is taken any more."))
    rows = CampaignItem.objects.filter(LIVE, share=share).select_related("item", "correction")
    rest = Q(answer="", item__ci_class=of_class) if of_class else Q(answer="")
    wanted = Q(pk__in=answers) | rest if rest_is_right else Q(pk__in=answers)
    pks = sorted(rows.filter(wanted).values_list("item_id", flat=True))
    # The items' locks first and in order, as everybody takes them.
    list(ConfigurationItem.objects.filter(pk__in=pks).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    locked = list(rows.filter(wanted).order_by("item_id").select_for_update(no_key=True, of=("self",)))
    at, right, wrong = now(), [], 0
    for row in locked:
        given, note = answers.get(row.pk, (Answer.RIGHT, ""))
        if given == Answer.WRONG:
            wrong += _is_wrong(row, share.person, note.strip()[:500], at)
        elif given == Answer.RIGHT and row.answer != Answer.RIGHT:
            right.append(row)
    for row in right:
        if row.correction:
            corrections.withdraw(row.correction, actor=share.person)
        row.answer, row.note, row.answered_at, row.correction = Answer.RIGHT, "", at, None
    CampaignItem.objects.bulk_update(right, ["answer", "note", "answered_at", "correction"], batch_size=500)
    if right:
        data = {"campaign": share.campaign_id}
        changing.confirm_ci([row.item_id for row in right], actor=share.person, at=at, data=data)
    if right or wrong:
        data = {"person": share.person_id, "right": len(right), "wrong": wrong}
        log.write("certification.answered", _subject(share.campaign), actor=share.person, at=at, data=data)
    return len(right) + wrong


def _is_wrong(row: CampaignItem, person: User, note: str, at: datetime) -> int:
    if not note:
        raise DomainError(_("Say what is wrong."), field=str(row.pk))
    if (row.answer, row.note) == (Answer.WRONG, note):
        return 0
    row.correction = corrections.propose(row.item_id, actor=person, note=note, at=at)
    row.answer, row.note, row.answered_at = Answer.WRONG, note, at
    row.save(update_fields=["answer", "note", "answered_at", "correction"])
    return 1


@transaction.atomic
def close(campaign_id: int, *, actor: User | None) -> None:
    """No answer is taken any more; closed twice is closed once."""
    campaign = Campaign.objects.select_for_update(no_key=True).get(pk=campaign_id)
    if campaign.state == Campaign.State.CLOSED:
        return
    campaign.state, campaign.closed_at = Campaign.State.CLOSED, now()
    campaign.save(update_fields=["state", "closed_at"])
    log.write("certification.closed", _subject(campaign), actor=actor)


@transaction.atomic
def revoke(share_id: int, *, actor: User) -> None:
    """One person's link opens nothing any more."""
    share = CampaignShare.objects.select_for_update(no_key=True).select_related("campaign").get(pk=share_id)
    if share.revoked_at is None:
        share.revoked_at = now()
        share.save(update_fields=["revoked_at"])
        log.write("certification.revoked", _subject(share.campaign), actor=actor, data={"person": share.person_id})


def sweep() -> dict[str, int]:
    """Beat: send the links, remind once at half time, close what is over. Each step once, whatever runs twice."""
    at = now()
    running = CampaignShare.objects.filter(revoked_at=None, campaign__state="running", campaign__expires_at__gt=at)
    late = running.filter(sent_at__isnull=False, reminded_at=None, campaign__remind_at__lte=at)
    for pk in Campaign.objects.filter(state="running", expires_at__lte=at).values_list("pk", flat=True):
        close(pk, actor=None)
    return {"sent": _each(running.filter(sent_at=None), _send), "reminded": _each(late, _remind)}


def _each(rows: QuerySet, act) -> int:
    """Claim each by itself, so that one bad row or a second worker costs nothing."""
    done = 0
    for pk in list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        try:
            with transaction.atomic():
                free = CampaignShare.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
                found = free.select_related("campaign", "person").filter(pk=pk).first()
                done += bool(found and act(found))
        except Exception:
            logger.exception("The certification %s could not be sent; it is tried again.", pk)
    return done


def _send(share: CampaignShare) -> bool:
    if share.sent_at is not None or share.revoked_at:
        return False
    share.sent_at = now()
    share.save(update_fields=["sent_at"])
    return _mail(share, "certification")


def _remind(share: CampaignShare) -> bool:
    if share.reminded_at is not None or share.revoked_at:
        return False
    share.reminded_at = now()
    share.save(update_fields=["reminded_at"])
    return _mail(share, "certification_reminder")


def _mail(share: CampaignShare, template: str) -> bool:
    """One mail with the link; none when nothing is left to answer."""
    left = share.items.filter(LIVE, answer="").count()
    if not left:
        return False
    context = {"campaign": share.campaign, "left": left, "link": link_of(share), "due_on": share.campaign.due_on}
    return (
        messages.queue(key=f"{template}-{share.pk}", user=share.person, template=template, context=context) is not None
    )
