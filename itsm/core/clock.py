"""The product's one clock. Tests shift it, also inside real workers, by a file that holds seconds."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The present instant in UTC, moved by the offset of `CLOCK_SHIFT_FILE` when a test set one."""
    return datetime.now(UTC) + offset()


def midnight(day: date) -> datetime:
    """When this day begins in the reader's time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def weeks_before(at: datetime, weeks: int, zone: tzinfo | None = None) -> datetime:
    """The same time of the clock so many weeks ago, whatever summer time did in between; the zone is the reader's unless given."""
    local = timezone.localtime(at, zone).replace(tzinfo=None) - timedelta(weeks=weeks)
    return timezone.make_aware(local, zone)


def offset() -> timedelta:
    """The shift that applies to `now()`; zero in production, where no file is named."""
    if not settings.CLOCK_SHIFT_FILE:
        return timedelta()
    try:
        return timedelta(seconds=float(Path(settings.CLOCK_SHIFT_FILE).read_text() or 0))
    except FileNotFoundError:
        return timedelta()
