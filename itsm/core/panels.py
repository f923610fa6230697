"""Panels: pages of low layers show what high layers registered, and nobody imports upwards.

A page says `{% panels "record" record %}`; an app says, once,
`register(Panel("surveys", "record", "servicedesk/surveys/_panel.html", give))`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .registry import Registry


@dataclass(frozen=True)
class Panel:
    """A part of a page. `context(request, subject)` gives what the template needs, or None to show nothing.

    `later`: a page that has room for much fetches it once it stands itself.
    """

    key: str
    place: str
    template: str
    context: Callable[[Any, Any], dict | None]
    order: int = 50
    later: bool = False


PANELS: Registry[Panel] = Registry("panel", key=lambda panel: panel.order)


def register(panel: Panel) -> Panel:
    """Add a panel; ValueError when its key is taken."""
    return PANELS.add(panel.key, panel)


def drawn(place: str, request, subject=None, *, later: bool = False) -> SafeString:
    """The panels of a place, in their order: those of the page itself, or those that come later. What is empty is not drawn."""
    found = []
    for panel in PANELS:
        wanted = panel.place == place and panel.later == later
        context = panel.context(request, subject) if wanted else None
        if context is not None:
            found.append(render_to_string(panel.template, context, request=request))
    return mark_safe("".join(found))
