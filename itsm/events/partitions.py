"""The table of events is cut by weeks: a new week is made ahead, an old one is dropped whole. What has no week yet rests."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from itsm.core import now

TABLE, REST = "events_event", "events_event_rest"
AHEAD = 3


def week_of(at: datetime) -> tuple[str, datetime, datetime]:
    """The partition of an instant: its name, its first instant, the first one after it."""
    at = at.astimezone(UTC)
    begins = (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    year, week, _day = begins.isocalendar()
    return f"{TABLE}_{year}w{week:02}", begins, begins + timedelta(days=7)


@transaction.atomic
def make(at: datetime) -> bool:
    """The partition of the week of `at`, with what rests of it. False when it is there."""
    name, begins, ends = week_of(at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7003)")
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(f'CREATE TABLE "{name}" (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)')
        cursor.execute(f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(
            f'WITH moved AS (DELETE FROM {REST} WHERE received_at >= %s AND received_at < %s RETURNING *) INSERT INTO "{name}" SELECT * FROM moved',
            [begins, ends],
        )
        cursor.execute(f'ALTER TABLE {TABLE} ATTACH PARTITION "{name}" FOR VALUES FROM (%s) TO (%s)', [begins, ends])
    return True


def keep() -> int:
    """Weeks ahead are made, weeks whose last event is older than EVENT_DAYS are dropped. How many changed."""
    at = now()
    done = sum(make(at + timedelta(days=7 * week)) for week in range(AHEAD))
    oldest = at - timedelta(days=settings.EVENT_DAYS)
    for name in weeks():
        year, week = name.removeprefix(f"{TABLE}_").split("w")
        ends = datetime.fromisocalendar(int(year), int(week), 1).replace(tzinfo=UTC) + timedelta(days=7)
        if ends <= oldest:
            with connection.cursor() as cursor:
                cursor.execute(f'DROP TABLE "{name}"')
            done += 1
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {REST} WHERE received_at < %s", [oldest])
    return done


def weeks() -> list[str]:
    """The partitions that are there, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass AND c.relname <> %s"
            " ORDER BY c.relname",
            [TABLE, REST],
        )
        return [name for (name,) in cursor.fetchall()]
