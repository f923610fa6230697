"""Lines under the bell. A `key` is told once, whatever runs twice."""

import contextlib
from collections.abc import Iterable
from datetime import timedelta

from django.core.cache import cache
from django.db import transaction

from itsm.core import live, now
from itsm.people.models import User

from .models import Notice, Preference

CAP = 99
SECONDS = 60


def tell(
    key: str, users: Iterable[int], template: str, *, data: dict | None = None, url: str = "", record_id: int | None = None
) -> int:  # fmt: skip
    """Tell each person once. Returns how many new notices there are."""
    wanted = set(users)
    if not wanted:
        return 0
    quiet = Preference.objects.filter(user__in=wanted, template=template, in_app=False)
    wanted -= set(quiet.values_list("user_id", flat=True))
    rows = [
        Notice(key=f"{key}:{user}", user_id=user, template=template, data=data or {}, url=url, record_id=record_id)
        for user in sorted(wanted)
    ]
    made = Notice.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(lambda: _forget(wanted))
    return len(made)


def place(user_id: int) -> str:
    """Where the count of somebody's unread notices is kept."""
    return f"notices:{user_id}"


def unread_count(user: User, kept: int | None = None) -> int:
    """Unread notices, at most `CAP`; kept for a minute, forgotten when something changes. `kept`: already read from there."""
    key = place(user.pk)
    with contextlib.suppress(Exception):  # without a cache the count is read
        kept = cache.get(key) if kept is None else kept
    if kept is not None:
        return kept
    found = len(Notice.objects.filter(user=user, read_at=None).values_list("pk")[:CAP])
    with contextlib.suppress(Exception):  # right even if it cannot be kept
        cache.set(key, found, SECONDS)
    return found


@transaction.atomic
def mark_read(user: User, ids: list[int] | None = None) -> None:
    """Mark notices as read, all of them without `ids`."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    rows.update(read_at=now())
    transaction.on_commit(lambda: _forget([user.pk]))


def seen(user: User, record_id: int) -> None:
    """Who opens a record has read what the bell said of it. Nothing is asked while nothing is unread."""
    if not unread_count(user):
        return
    if Notice.objects.filter(user=user, record_id=record_id, read_at=None).update(read_at=now()):
        transaction.on_commit(lambda: _forget([user.pk]))


def forget_old(days: int) -> int:
    """Drop notices of more than `days` ago, read or not: what is to be done stands in the lists."""
    gone, _rows = Notice.objects.filter(created_at__lt=now() - timedelta(days=days)).delete()
    return gone


def topic(user_id: int) -> str:
    """The live topic of what is drawn from somebody's notices."""
    return f"notices:{user_id}"


def _forget(users: Iterable[int]) -> None:
    users = list(users)
    with contextlib.suppress(Exception):  # it expires by itself within a minute
        cache.delete_many([place(user) for user in users])
    live.bump(*(topic(user) for user in users))
