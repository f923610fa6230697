"""When somebody may be contacted: the campaign's calendar, and its hours where the person is."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from itsm.calendars.business import NeverOpen, next_opening
from itsm.core.reachable import NEVER

from .models import CallCampaign

ROUNDS = 60


def next_allowed(campaign: CallCampaign, zone: str, at: datetime) -> datetime:
    """`at` itself where it may be now, else the next instant; NEVER where the two never meet."""
    there, found = _zone(zone), at
    for _round in range(ROUNDS):
        start = found
        if campaign.calendar_id is not None:
            try:
                found = next_opening(campaign.calendar_id, found)
            except NeverOpen:
                return NEVER
        local = found.astimezone(there)
        if local.time() < campaign.hours_from:
            found = _at(local, campaign.hours_from)
        elif local.time() >= campaign.hours_to:
            found = _at(local + timedelta(days=1), campaign.hours_from)
        if found == start:
            return found
    return NEVER


def _at(local: datetime, hour) -> datetime:
    return datetime.combine(local.date(), hour, local.tzinfo).astimezone(UTC)


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "Europe/Paris")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Paris")
