"""Windows in words, for lists, pages and the calendar."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from itsm.cmdb.models import ConfigurationItem
from itsm.cmdb.specs import classes
from itsm.core import durations
from itsm.people.directory import directory

from .matching import Scope, scope_of_conditions, times_of, touched
from .models import Condition, Window

SHOWN, COUNTED = 20, 1000
LOOKS = {"maintenance": ("violet", "tool"), "freeze": ("blue", "snowflake")}
WEEKDAYS = 7


def state_of(window: Window, at: datetime, span) -> tuple[str, str]:
    """(tone, words) of where a window stands; `span` is the occurrence that is open or next."""
    if window.cancelled_at:
        return "grey", pgettext("window", "Called off")
    if span is None:
        return "grey", pgettext("window", "Over")
    return ("green", pgettext("window", "Open")) if span[0] <= at else ("blue", pgettext("window", "Planned"))


def rows(windows: list[Window], at: datetime) -> list[dict]:
    """`row` for many windows, in two queries."""
    prefetch_related_objects(windows, Prefetch("conditions", Condition.objects.order_by("pk")))
    named = [c.item_id for window in windows for c in list(window.conditions.all())[: SHOWN * 6] if c.item_id]
    names = dict(ConfigurationItem.objects.filter(pk__in=set(named)).values_list("pk", "name")) if named else {}
    return [row(window, at, names=names) for window in windows]


def row(window: Window, at: datetime, span=None, names: dict[int, str] | None = None) -> dict:
    """What a list shows of a window."""
    span = span or (None if window.cancelled_at else times_of(window).ahead(at))
    tone, words = state_of(window, at, span)
    begins, ends = span or (window.starts_at, window.ends_at)
    look = LOOKS[window.kind]
    return {
        "window": window, "begins": begins, "ends": ends, "tone": tone, "state": words, "running": tone == "green", "look": look[0],
        "symbol": look[1], "when": span_words(begins, ends), "rhythm": rhythm(window), "about": about(scope_of_conditions(window.organisation_id, window.conditions.all()), names),
    }  # fmt: skip


def span_words(begins: datetime, ends: datetime) -> str:
    """`lun. 30 nov. 22:00 – 02:00`; the day of the end only where it is another than the night that follows."""
    short = ends - begins <= timedelta(hours=24)
    return f"{durations.day_and_time(begins)} – {durations.time_text(ends) if short else durations.day_and_time(ends)}"


def rhythm(window: Window) -> str:
    """How it comes back."""
    kinds, local = Window.Repeats, window.starts_at.astimezone(ZoneInfo(window.time_zone))
    if window.repeats == kinds.ONCE:
        return ""
    words = {
        kinds.DAILY: ngettext("every day", "every %(n)s days", window.every),
        kinds.WEEKLY: ngettext("every week", "every %(n)s weeks", window.every),
        kinds.MONTHLY: ngettext("every month", "every %(n)s months", window.every),
        kinds.MONTHLY_WEEKDAY: ngettext("every month, same weekday", "every %(n)s months, same weekday", window.every),
        kinds.MONTHLY_END: ngettext("every month, from its end", "every %(n)s months, from the end", window.every),
        kinds.YEARLY: ngettext("every year", "every %(n)s years", window.every),
    }[window.repeats] % {"n": window.every}
    if window.repeats == kinds.WEEKLY:
        days = window.weekdays or [local.weekday()]
        words += f" ({', '.join(weekday_name(day) for day in days)})"
    if window.until:
        words += " " + _("until %(day)s") % {"day": durations.day_text(window.until)}
    return words


def weekday_name(weekday: int) -> str:
    """`lun.`, `Mon`."""
    return date_format(date(2024, 1, 1 + weekday), "D").lower()


def about(scope: Scope, names: dict[int, str] | None = None) -> list[str]:
    """What a window is about, an aspect a line. `names` of items, where the caller has them."""
    if scope.is_open:
        row = directory.get().organisations.get(scope.organisation_id)
        return [_("Everything of %(organisation)s") % {"organisation": row.name if row else ""}]
    known, sites = classes.get(), directory.get().sites
    if names is None:
        some = [*scope.services[:SHOWN], *scope.items[:SHOWN]]
        names = dict(ConfigurationItem.objects.filter(pk__in=some).values_list("pk", "name")) if some else {}
    lines = []
    for label, found in (
        (_("Class"), [known[code].name if code in known else code for code in scope.classes]),
        (_("Service"), [names.get(pk, "") for pk in scope.services]),
        (_("Site"), [sites[pk].name for pk in scope.sites if pk in sites]),
        (_("Tag"), list(scope.tags)),
        (_("Environment"), list(scope.environments)),
        (_("Items"), [names.get(pk, "") for pk in scope.items]),
    ):
        words = [word for word in found if word]
        if words:
            more = f" +{len(words) - 5}" if len(words) > 5 else ""
            lines.append(_("%(aspect)s: %(values)s") % {"aspect": label, "values": ", ".join(words[:5]) + more})
    return lines


def reach(scope: Scope, user) -> dict:
    """The items that conditions touch and the reader may see: how many, of which classes, the first of them."""
    found = touched(scope).visible_to(user).order_by()
    count = found[: COUNTED + 1].count()
    known = classes.get()
    by_class = (
        found.values("ci_class").annotate(n=Count("pk")).order_by("-n", "ci_class").values_list("ci_class", "n")[:6]
    )
    return {
        "count": min(count, COUNTED), "more": count > COUNTED, "first": list(found.order_by("sort_key", "pk").only("pk", "name")[:SHOWN]),
        "rest": count > SHOWN, "classes": [(known[code].name if code in known else code, n) for code, n in by_class],
    }  # fmt: skip


def month(rows: list[tuple[Window, datetime, datetime]], first: date, today: date) -> list[list[dict]]:
    """The weeks of a month with the windows of each day, in the reader's zone."""
    begins = first - timedelta(days=first.weekday())
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    weeks, day = [], begins
    local = [(window, timezone.localtime(start), timezone.localtime(end)) for window, start, end in rows]
    while day < following:
        week = []
        for _n in range(WEEKDAYS):
            week.append(
                {"day": day, "inside": day.month == first.month, "today": day == today, "windows": _on(local, day)}
            )
            day += timedelta(days=1)
        weeks.append(week)
    return weeks


def _on(local, day: date) -> list[dict]:
    found = []
    for window, start, end in local:
        last = (end - timedelta(microseconds=1)).date()
        if start.date() <= day <= last:
            hour = f"{start:%H:%M}" if start.date() == day else ""
            look = LOOKS[window.kind]
            found.append({"window": window, "hour": hour, "look": look[0], "symbol": look[1]})
    return found
