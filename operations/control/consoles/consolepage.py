"""What a console shows: the alerts of its view, the messages that wait for a reply, its log."""

import hashlib

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now, versions
from itsm.core.chips import chip
from itsm.events.models import Severity
from itsm.people.scope import scope_of

from . import listing, looks, services
from .filters import WAITING
from .models import Console, ConsoleEntry

ROWS, LOG, WALL, MINUTE = 40, 30, 14, 60
COLUMNS = {
    "count": pgettext_lazy("count", "Times"), "since": _("Since"), "team": _("With"), "source": _("Source"), "state": _("State"), "taker": _("Taken by"),
    "record": _("Record"),
}  # fmt: skip
DEFAULTS = ("count", "since", "team", "state")
KINDS = {
    "order": ("blue", "terminal"), "message": ("amber", "message-question"), "note": ("grey", "note"), "arrival": ("green", "login"),
    "leaving": ("grey", "logout"),
}  # fmt: skip


def listed(user) -> list[Console]:
    """Every console with how many messages wait there."""
    waiting = (
        ConsoleEntry.objects.filter(console=OuterRef("pk"), kind="message", answered_at=None)
        .order_by().values("console").annotate(n=Count("id")).values("n")
    )  # fmt: skip
    rows = Console.objects.visible_to(user).select_related("item", "team", "operator")
    return list(rows.annotate(waiting=Coalesce(Subquery(waiting), 0)).order_by("item__sort_key", "pk")[:200])


def not_set_up(user) -> list[ConfigurationItem]:
    """Items of the class "console" that do not watch anything yet."""
    rows = ConfigurationItem.objects.visible_to(user).in_use().filter(ci_class="console", console=None)
    return list(rows.order_by("sort_key", "id")[:50])


def version(user, console: Console, place: str = "") -> str:
    """The version of what it shows to this person: one read."""
    stamps = versions.several([listing.TOPIC, services.TOPIC])
    scope = scope_of(user)
    parts = (stamps, console.pk, place, scope.user_id, scope.organisations, sorted(scope.permissions), get_language())
    return hashlib.sha256(repr((parts, int(now().timestamp()) // MINUTE)).encode()).hexdigest()[:16]


def params_of(console: Console) -> QueryDict:
    """Its view as an address."""
    params = QueryDict(console.view, mutable=True)
    params.setdefault("tab", "active")
    return params


def context(user, console: Console, token: str) -> dict:
    """The page, or the fragment that its poll brings."""
    params = params_of(console)
    found = listing.listing(user, params, size=ROWS, facets=False)
    shown = [name for name in COLUMNS if name in (console.columns or DEFAULTS)]
    _filter, rows, _tab = listing.rows_of(user, params)
    return {
        "list": found, "version": token, "columns": [(name, COLUMNS[name]) for name in shown], "shown": shown,
        "all": f"/operations/alerts/?{params.urlencode()}", "newest": listing.newest_critical(user, rows),
        "waiting": list(_waiting(console)), "log": _log(console), "mine": console.operator_id == user.pk,
    }  # fmt: skip


def _waiting(console: Console):
    return console.entries.filter(kind="message", answered_at=None).select_related("by").order_by("id")[:50]


def _log(console: Console) -> list[ConsoleEntry]:
    rows = list(console.entries.select_related("by", "answered_by").order_by("-id")[:LOG])
    for row in rows:
        row.chip = chip(*KINDS[row.kind], row.get_kind_display() if row.kind != "message" else str(_("Message")))
    return rows


def wall(user, console: Console, token: str) -> dict:
    """Large figures by severity, and the worst alerts. What is under way and to take is as in the list of alerts."""
    params = params_of(console)
    _filter, rows, _tab = listing.rows_of(user, params)
    numbers = dict(rows.order_by().values_list("severity").annotate(n=Count("id")))
    to_take = rows.filter(state__in=WAITING).count() if numbers else 0
    found = listing.listing(user, params, size=WALL, facets=False)
    tiles = [
        {
            "label": str(label),
            "tone": looks.SEVERITY[value][0],
            "icon": looks.SEVERITY[value][1],
            "n": numbers.get(value, 0),
        }
        for value, label in Severity.choices
    ]
    waiting = console.entries.filter(kind="message", answered_at=None).count()
    return {
        "tiles": tiles, "rows": found.rows, "version": token, "total": sum(numbers.values()), "to_take": to_take, "at": now(),
        "newest": listing.newest_critical(user, rows), "waiting": waiting,
    }  # fmt: skip
