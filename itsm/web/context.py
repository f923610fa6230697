"""What the shell of every page needs. Lazy: a fragment that draws no shell asks for nothing."""

import json
from functools import cache

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from itsm.cmdb.trust import corrections
from itsm.core import now, versions
from itsm.notify import notices
from itsm.people.scope import scope_of
from itsm.records import freshness

from . import navigation

THEME_COOKIE = "vigie_theme"
THEMES = ("system", "light", "dark")


def shell_state(user) -> tuple[str, tuple, int | None]:
    """The version of what lives in the shell, the counters and the number of unread notices as they are kept: one read."""
    keys = navigation.place(user.pk), notices.place(user.pk)
    topics = [notices.topic(user.pk), freshness.MAJORS, corrections.TOPIC]
    if scope_of(user).may("operations.read"):
        topics.append(f"{versions.PREFIX}alerts")  # a lamp of the menu counts them
    if scope_of(user).may("calls.take"):
        topics.append(f"{versions.PREFIX}calls")  # so does the switchboard's
    version, kept = freshness.look(user, "shell", also=topics, keys=keys)
    return version, kept.get(keys[0]) or ("", None), kept.get(keys[1])


def shell(request) -> dict:
    """Navigation, notices and preferences of the reader; only the theme and the demo's note for a visitor."""
    user = getattr(request, "user", None)
    kept = request.COOKIES.get(THEME_COOKIE)
    common = {"demo": settings.DEMO, "server_now": SimpleLazyObject(lambda: now().isoformat(timespec="seconds"))}
    if user is None or not user.is_authenticated:
        return common | {"theme": kept if kept in THEMES else "system"}
    state = cache(lambda: shell_state(user))
    return common | {
        "scope": SimpleLazyObject(lambda: scope_of(user)),
        "theme": user.theme,
        "own_keys": json.dumps(user.shortcuts),
        "navigation": SimpleLazyObject(lambda: navigation.drawing(scope_of(user), request.path, *state()[:2])),
        "create_menu": SimpleLazyObject(lambda: navigation.create_markup(scope_of(user))),
        # A function, which templates call: a lazy number cannot choose a plural.
        "unread_notices": cache(lambda: notices.unread_count(user, state()[2])),
    }
