"""What the reader set aside, what woke, and what is to be followed up: its tabs, its marks, its place in the list.

What sleeps is in none of the reader's queues: only under its own tab and in "all". Counts leave it out as rows do.
"""

from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.core import durations, now
from itsm.core.chips import chip
from itsm.notify.texts import WHYS
from itsm.people.scope import Scope
from itsm.records import snoozing
from itsm.records.models import ACTIVE, Record

TOP = 20
FOLLOW, SNOOZED = "follow", "snoozed"
TABS = (FOLLOW, SNOOZED)
EVERYTHING = ("all", SNOOZED)


def tabs() -> dict[str, str]:
    """The names of the tabs."""
    return {FOLLOW: _("To follow up"), SNOOZED: pgettext("tickets", "Set aside")}


def empty(tab: str) -> tuple[str, str]:
    """What a tab without rows says."""
    return {
        FOLLOW: (_("Nothing to follow up today"), _("Dates that you or your teams set come here on their day.")),
        SNOOZED: (_("Nothing is set aside"), _("Press Z on a ticket to have it back at a better moment.")),
    }[tab]


def end_of_today(at: datetime) -> datetime:
    """Midnight to come, where the reader is."""
    tomorrow = timezone.localtime(at).date() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, datetime.min.time()))


def to_follow_up(scope: Scope, at: datetime) -> Q:
    """Due today or before, mine or of my teams."""
    return ACTIVE & Q(follow_up_at__lt=end_of_today(at)) & (Q(assignee_id=scope.user_id) | Q(team_id__in=scope.teams))


def of(scope: Scope, at: datetime) -> "Aside":
    """The reader's view at an instant: one for all that a page asks of it."""
    kept = scope.__dict__.get("_aside")
    if kept is None or kept.at != at:
        kept = Aside(scope, at)
        object.__setattr__(scope, "_aside", kept)
    return kept


def moment(scope: Scope) -> datetime:
    """The instant of what was asked before for this reader, so that nothing is asked twice."""
    kept = scope.__dict__.get("_aside")
    return kept.at if kept else now()


def awake(tab: str, scope: Scope, at: datetime) -> Q:
    """Without what sleeps, unless the tab shows everything."""
    if tab in EVERYTHING:
        return Q()
    asleep = of(scope, at).rows.asleep
    return ~Q(pk__in=asleep) if asleep else Q()


class Aside:
    """The reader's own view of a list. Asks the database once, and only when it is needed."""

    def __init__(self, scope: Scope, at: datetime):
        self.scope, self.at = scope, at

    @cached_property
    def rows(self) -> snoozing.Aside:
        return snoozing.aside(self.scope.user_id, self.at)

    def filter(self, tab: str) -> Q:
        """The rows of one of these tabs."""
        return to_follow_up(self.scope, self.at) if tab == FOLLOW else ACTIVE & Q(pk__in=self.rows.asleep)

    def woken(self, queryset: QuerySet, tab: str, order: str) -> list[int]:
        """The ids that stand on top of a queue in its own order: what woke and was not touched since, oldest first."""
        if tab in EVERYTHING or order != "due":
            return []
        woke = Q(woken_at__isnull=False) | Q(pk__in=self.rows.woken)
        return list(queryset.filter(ACTIVE & woke).order_by("queue_at", "id").values_list("pk", flat=True)[:TOP])

    def marks(self, v: dict) -> SafeString:
        """Woken, when it comes back, and the date of the follow-up, on a row."""
        found = []
        if v["woken_at"] is not None or v["id"] in self.rows.woken:
            found.append(chip("violet", "alarm", _("Woken"), by_reference=True))
        if v["id"] in self.rows.until:
            back = durations.moment(self.rows.until[v["id"]], self.at)
            found.append(chip("", "alarm-snooze", back, by_reference=True))
        if v["follow_up_at"] is not None:
            due = v["follow_up_at"] < end_of_today(self.at)
            words = durations.day_and_time(v["follow_up_at"], weekday=False).rsplit(" ", 1)[0]
            found.append(
                chip("amber" if due else "", "calendar-due" if due else "calendar-event", words, by_reference=True)
            )
        return mark_safe("".join(f"{each} " for each in found))


def around(ticket: Record, has: dict, at: datetime) -> dict:
    """What the page of a ticket says about coming back to it, from the rows that `parts.of` read."""
    found: dict = {}
    snooze, plan = has["snooze"], has["follow_up"]
    if snooze and snooze["woken_at"] is None and (until := datetime.fromisoformat(snooze["until"])) > at:
        found["until"] = durations.day_and_time(until)
    elif snooze:
        found["woken"] = _("It is back in your queues: %(why)s.") % {"why": WHYS.get(snooze["why"]) or WHYS["date"]}
    elif ticket.woken_at:
        found["woken"] = _("It woke up at %(at)s: its wait is over.") % {"at": durations.moment(ticket.woken_at, at)}
    if plan:
        on = datetime.fromisoformat(plan["at"])
        found["follow_up"] = plan | {"on": durations.day_and_time(on), "due": on < end_of_today(at)}
    return found
