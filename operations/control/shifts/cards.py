"""What the shifts show on the page of operations: who is on, the checks of the morning, handing over, the log."""

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.core import durations
from itsm.core.icons import icon
from itsm.core.panels import Panel
from itsm.core.panels import register as register_panel
from itsm.people.scope import scope_of

from ..cards import Card, register
from . import checking, handing, showing
from .models import LogEntry
from .services import TOPIC

LINES, OF_ITEM = 6, 5


def now_on(request) -> str | None:
    """`Quart du matin, 06:00 à 14:00 · S. Diallo, M. Roy`."""
    found = [
        _("%(shift)s, %(begins)s to %(ends)s%(people)s")
        % {
            "shift": shift.pattern.name, "begins": durations.time_text(shift.starts_at), "ends": durations.time_text(shift.ends_at),
            "people": "".join([" · ", ", ".join(map(showing.short_name, names))]) if (names := showing.names_of(shift)) else "",
        }
        for shift in showing.running(request.user)[:2]
    ]  # fmt: skip
    return format_html_join(mark_safe("<br>"), "{}", ([words] for words in found)) if found else None


def checks_now(request) -> str | None:
    """The button of the checks, with how many are done."""
    lists = [found for found in showing.lists_of(request.user, None) if found["due"] and found["total"]]
    if not lists:
        return None
    done, total = sum(found["done"] for found in lists), sum(found["total"] for found in lists)
    return render_to_string("operations/checks/_action.html", {"done": done, "total": total}, request=request)


def hand_over(request) -> str | None:
    """The button of who may hand over, or has one to acknowledge."""
    waiting = showing.to_accept(request.user)
    if waiting:
        return _button(f"{waiting[0].shift.get_absolute_url()}#accept", pgettext("shift", "Take over"))
    shift = showing.to_sign(request.user)
    if shift is None:
        return None
    return _button(
        f"{shift.get_absolute_url()}#sign", _("Hand over"), "" if handing.is_early(shift) else " btn-primary"
    )


def _button(url: str, words: str, look: str = " btn-primary") -> str:
    return format_html('<a class="btn{}" href="{}">{}{}</a>', look, url, icon("arrows-exchange"), words)


def latest(request) -> str | None:
    """The newest lines of the log."""
    rows = list(showing.log_rows(LogEntry.objects.visible_to(request.user)).order_by("-at", "-id")[:LINES])
    if not rows:
        return None
    context = {
        "entries": showing.entries(rows, request.user),
        "may_work": scope_of(request.user).may("operations.work"),
    }
    return render_to_string("operations/shifts/_card.html", context, request=request)


def place_of_item(request, item) -> dict | None:
    """Where the log of an item comes to stand: the page of an item costs no query more for it."""
    return {"item": item} if scope_of(request.user).may("operations.read") else None


def log_of_item(request, item: int) -> dict | None:
    """What the log says of an item; None where it says nothing."""
    rows = list(
        showing.log_rows(LogEntry.objects.visible_to(request.user).filter(item_id=item)).order_by("-id")[:OF_ITEM]
    )
    return {"entries": showing.entries(rows, request.user)} if rows else None


register(Card("shift-now", 10, "sub", "operations.read", now_on, topics=(TOPIC,)))
register(Card("checks", 50, "actions", "operations.read", checks_now, topics=(checking.TOPIC,)))
register(Card("hand-over", 90, "actions", "operations.work", hand_over, topics=(TOPIC,)))
register(Card("shift-log", 90, "side", "operations.read", latest, topics=(TOPIC,)))
register_panel(Panel("log-of-item", "ci", "operations/shifts/_item_place.html", place_of_item, order=75))
