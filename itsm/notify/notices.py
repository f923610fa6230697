"""Lines under the bell. A `key` is told once, whatever runs twice."""

from collections.abc import Iterable

from django.core.cache import cache
from django.db import transaction

from itsm.core import now
from itsm.people.models import User

from .models import Notice, Preference

CAP = 99
SECONDS = 60


def tell(key: str, users: Iterable[int], template: str, *, data: dict | None = None, url: str = "", record_id: int | None = None) -> int:
    """Tell each person once. Returns how many new notices there are."""
    wanted = set(users)
    silent = set(Preference.objects.filter(user__in=wanted, template=template, in_app=False).values_list("user_id", flat=True))
    rows = [
        Notice(key=f"{key}:{user}", user_id=user, template=template, data=data or {}, url=url, record_id=record_id)
        for user in sorted(wanted - silent)
    ]
    made = Notice.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(lambda: _forget(wanted))
    return len(made)


def unread_count(user: User) -> int:
    """Unread notices, at most `CAP`; kept for a minute, forgotten when something changes."""
    key = f"notices:{user.pk}"
    try:
        kept = cache.get(key)
        if kept is not None:
            return kept
    except Exception:  # noqa: BLE001 - without a cache the count is read
        return _count(user)
    found = _count(user)
    try:
        cache.set(key, found, SECONDS)
    except Exception:  # noqa: BLE001, S110 - the count is right even if it cannot be kept
        pass
    return found


def mark_read(user: User, ids: list[int] | None = None) -> None:
    """Mark notices as read, all of them without `ids`."""
    rows = Notice.objects.filter(user=user, read_at=None)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    rows.update(read_at=now())
    transaction.on_commit(lambda: _forget([user.pk]))


def _count(user: User) -> int:
    return len(Notice.objects.filter(user=user, read_at=None).values_list("pk")[:CAP])


def _forget(users: Iterable[int]) -> None:
    try:
        cache.delete_many([f"notices:{user}" for user in users])
    except Exception:  # noqa: BLE001, S110 - it expires by itself within a minute
        pass
