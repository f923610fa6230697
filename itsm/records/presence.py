"""Who looks at a record now, and who writes. It lives in Redis, ends by itself, and is never worth an error.

One sorted set for all records: members `record:user:mode`, scored by the second they were last heard of. A list of fifty
rows costs one read, as a page does.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.utils.translation import gettext as _

from itsm.core import live
from itsm.people.directory import names_of

SECONDS = 25
VIEWING, WRITING, LEFT = "viewing", "writing", "left"
MODES = (VIEWING, WRITING)
TOPIC = "presence"


@dataclass(frozen=True)
class Present:
    """A person on a record."""

    user_id: int
    name: str
    writing: bool

    @property
    def sentence(self) -> str:
        """In the reader's language."""
        words = _("%(name)s is writing") if self.writing else _("%(name)s is viewing")
        return words % {"name": self.name}

    @property
    def initials(self) -> str:
        return "".join(part[:1] for part in self.name.split()[:2]).upper()


def touch(record_id: int, user_id: int, mode: str) -> None:
    """The person is there, in this mode, for the next `SECONDS`; `LEFT` is gone at once."""
    at = time.time()
    try:
        pipe = _client().pipeline()
        pipe.zrem(_key(), *(_member(record_id, user_id, other) for other in MODES if other != mode))
        if mode in MODES:
            pipe.zadd(_key(), {_member(record_id, user_id, mode): at})
        pipe.zremrangebyscore(_key(), "-inf", at - SECONDS)
        pipe.expire(_key(), SECONDS * 4)
        before_last = pipe.execute()[:-1]
        if any(before_last):
            # Somebody came, left, or began to write: lists that show it are out of date. To be still there changes nothing.
            live.bump(TOPIC)
    except Exception:  # noqa: S110 - without Redis nobody is seen, and work goes on
        pass


def present(record_ids: Iterable[int], *, but: int | None = None) -> dict[int, list[Present]]:
    """Who is on which of these records, without the reader; writers first."""
    wanted = set(record_ids)
    if not wanted:
        return {}
    try:
        members = _client().zrangebyscore(_key(), time.time() - SECONDS, "+inf")
    except Exception:  # no Redis: nobody is seen
        return {}
    found: dict[int, dict[int, bool]] = {}
    for member in members:
        record, user, mode = member.decode().split(":")
        if int(record) in wanted and int(user) != but:
            people = found.setdefault(int(record), {})
            people[int(user)] = people.get(int(user), False) or mode == WRITING
    names = names_of({user for people in found.values() for user in people}) if found else {}
    return {
        record: sorted(
            (Present(user, names.get(user, "?"), writing) for user, writing in people.items()),
            key=lambda each: (not each.writing, each.name),
        )
        for record, people in found.items()
    }


def _key() -> str:
    return cache.make_key("presence")


def _member(record_id: int, user_id: int, mode: str) -> str:
    return f"{record_id}:{user_id}:{mode}"


def _client() -> Any:
    return live.client()
