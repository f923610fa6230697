"""When a mail leaves: at once, with the next digest, after the quiet hours of the reader, or with what happens next on the same ticket.

Only what people are told of (`texts.EVENTS`) is ever held; what is urgent, and who is called on call, is not. A mail that is held stays
in the send log with the reason and the time; when that comes it leaves, together with the others that were held with it (`bundling`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import User

from .models import Message, Rhythm
from .texts import EVENTS

HELD = Message.Held
HELD_REASONS = {HELD.DIGEST: "held_digest", HELD.QUIET: "held_quiet", HELD.GROUP: "held_group"}
GROUP_CHOICES = (0, 5, 15, 30, 60)
KNOWN = {event.mail for event in EVENTS if event.mail}
URGENT = {event.mail for event in EVENTS if event.mail and event.urgent}
ALONE = {event.mail for event in EVENTS if event.mail and event.alone}


@dataclass(frozen=True)
class When:
    """When a mail leaves, and what it waits for ("": nothing)."""

    at: datetime
    held: str = ""


def rhythm_of(user: User) -> Rhythm:
    """What the person chose, else the product's defaults (unsaved)."""
    return Rhythm.objects.filter(user=user).first() or Rhythm(user=user, group_minutes=settings.MAIL_GROUP_MINUTES)


def zone_of(user: User) -> ZoneInfo:
    """The person's time zone, else that of the site, the organisation, the product."""
    book = directory.get()
    site, organisation = book.sites.get(user.site_id), book.organisations.get(user.organisation_id)
    named = (
        user.time_zone or (site and site.time_zone) or (organisation and organisation.time_zone) or settings.TIME_ZONE
    )
    try:
        return ZoneInfo(named)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)


def when(user: User | None, template: str, record_id: int | None, at: datetime) -> When:
    """When a mail that is due at `at` leaves."""
    if user is None or template not in KNOWN or template in URGENT:
        return When(at)
    chosen, zone = rhythm_of(user), zone_of(user)
    held, leaves = "", at
    if template in ALONE:
        pass
    elif chosen.digest != Rhythm.Digest.OFF:
        held, leaves = HELD.DIGEST, _next_digest(chosen, at.astimezone(zone))
    elif chosen.group_minutes and record_id:
        until = _group_ends(user, record_id, chosen.group_minutes, at)
        held, leaves = (HELD.GROUP, until) if until else ("", at)
    woken = _after_quiet(chosen, leaves.astimezone(zone))
    if woken > leaves:
        held, leaves = held if held == HELD.DIGEST else HELD.QUIET, woken
    return When(leaves, held)


def _group_ends(user: User, record_id: int, minutes: int, at: datetime) -> datetime | None:
    """The first mail about a ticket leaves at once; those within the minutes after it wait for their end."""
    recent = Message.objects.filter(
        to_user=user, record_id=record_id, held="", created_at__gt=at - timedelta(minutes=minutes), template__in=KNOWN
    ).exclude(state=Message.State.WITHHELD)
    first = recent.order_by("created_at").values_list("created_at", flat=True).first()
    return first + timedelta(minutes=minutes) if first else None


def _next_digest(chosen: Rhythm, local: datetime) -> datetime:
    if chosen.digest == Rhythm.Digest.HOURLY:
        begun = local.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return begun + timedelta(hours=1)
    wanted = _at(local, time(chosen.digest_hour))
    return (wanted if wanted > local else _at(local + timedelta(days=1), time(chosen.digest_hour))).astimezone(UTC)


def _after_quiet(chosen: Rhythm, local: datetime) -> datetime:
    """The instant itself, or the end of the quiet hours that it lies in."""
    begins, ends = chosen.quiet_from, chosen.quiet_until
    if begins is None or ends is None or begins == ends:
        return local.astimezone(UTC)
    clock = local.time()
    over_night = begins > ends
    inside = (clock >= begins or clock < ends) if over_night else begins <= clock < ends
    if not inside:
        return local.astimezone(UTC)
    day = local + timedelta(days=1) if over_night and clock >= begins else local
    return _at(day, ends).astimezone(UTC)


def _at(day: datetime, clock: time) -> datetime:
    """That time of that day. One that the clock change leaves out is what the clock shows then."""
    found = datetime.combine(day.date(), clock, tzinfo=day.tzinfo)
    return found.astimezone(UTC).astimezone(day.tzinfo)


@transaction.atomic
def choose(
    user: User, *, digest: str, digest_hour: int, quiet_from: time | None, quiet_until: time | None, group_minutes: int
) -> Rhythm:
    """Keep how the person wants mails. What is held already leaves as it was promised."""
    if digest not in Rhythm.Digest.values or not 0 <= digest_hour <= 23 or group_minutes not in GROUP_CHOICES:
        raise DomainError(_("Choose one of what is offered."))
    if (quiet_from is None) != (quiet_until is None):
        raise DomainError(_("Give both when the quiet hours begin and when they end, or neither."), field="quiet_from")
    values = {
        "digest": digest, "digest_hour": digest_hour, "quiet_from": quiet_from, "quiet_until": quiet_until, "group_minutes": group_minutes,
    }  # fmt: skip
    found, _made = Rhythm.objects.update_or_create(user=user, defaults=values)
    return found
