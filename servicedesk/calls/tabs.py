"""The tabs of the switchboard's pages: each part adds its own; `{% panels "calls-tabs" %}` draws them on any page under /calls/."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from itsm.core.panels import Panel, register
from itsm.core.registry import Registry
from itsm.people.scope import scope_of


@dataclass(frozen=True)
class Tab:
    """One part of the switchboard. `permission` opens it; `count(user)` gives the figure beside its name, or None."""

    key: str
    label: Any
    url_name: str
    permission: str
    order: int
    count: Callable[[Any], int | None] | None = None


TABS: Registry[Tab] = Registry("tab of the switchboard", key=lambda tab: tab.order)


def add(
    key: str, label, url_name: str, permission: str, order: int, count: Callable[[Any], int | None] | None = None
) -> Tab:
    """Add a part; ValueError when its key is taken."""
    return TABS.add(key, Tab(key, label, url_name, permission, order, count))


def of(request) -> list[dict]:
    """What the reader may open; the tab with the longest address that starts the page's is the current one."""
    scope = scope_of(request.user)
    found: list[dict] = [
        {"url": reverse(tab.url_name), "label": tab.label, "count": tab.count(request.user) if tab.count else None}
        for tab in TABS
        if scope.may(tab.permission)
    ]
    here = max(
        (tab for tab in found if request.path.startswith(tab["url"])), key=lambda tab: len(tab["url"]), default=None
    )
    return [tab | {"current": tab is here} for tab in found]


def _drawn(request, _subject) -> dict | None:
    tabs = of(request)
    return {"tabs": tabs} if len(tabs) > 1 else None


register(Panel("calls-tabs", "calls-tabs", "servicedesk/calls/_tabs.html", _drawn))
