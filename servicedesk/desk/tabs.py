"""The built-in views of the list: which rows each holds, and what it says when it holds none."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.people.scope import Scope
from itsm.records.models import ACTIVE, FAR, Phase

from . import aside, desks

CAP = 1000
SOON = timedelta(hours=2)
DUE = ("overdue", "soon", "paused")
WORKED = (Phase.OPEN.value, Phase.WAITING.value)


KEYS = ("open", "unassigned", "soon", "overdue", "team", "mine", "bouncing", *aside.TABS, "all")


def names() -> dict[str, str]:
    """Keys and names of the tabs, in their order."""
    return {
        "open": pgettext("incidents", "Open"), "unassigned": pgettext("incidents", "Unassigned"), "soon": _("Due soon"), "overdue": _("Overdue"), "team": _("My teams"),
        "mine": _("Mine"), "bouncing": _("Bouncing"), **aside.tabs(), "all": _("All"),
    }  # fmt: skip


def condition(tab: str, scope: Scope, at: datetime) -> Q:
    """What a tab asks besides the phase; what the reader set aside is in none but its own and "All"."""
    return _condition(tab, scope, at) & aside.awake(tab, scope, at)


def _condition(tab: str, scope: Scope, at: datetime) -> Q:
    match tab:
        case "unassigned":
            return Q(assignee_id=None)
        case "soon":
            return Q(queue_at__gte=at, queue_at__lt=at + SOON)
        case "overdue":
            return Q(queue_at__lt=at)
        case "team":
            return Q(team_id__in=scope.teams)
        case "mine":
            return Q(assignee_id=scope.user_id)
        case "bouncing":
            return Q(reassignment_count__gte=settings.BOUNCE_GUARD_HOPS)
        case aside.FOLLOW | aside.SNOOZED:
            return aside.of(scope, at).filter(tab)
    return Q()


def phases(tab: str, chosen: Collection[str], states: Collection[str]) -> set[str] | None:
    """The phases that are shown: active work, unless phases or states are asked for. None in "All" means whatever they are."""
    of_states = {desks.phase_of(state) for state in states}
    if chosen or states:
        return set(chosen or of_states) & (of_states or set(chosen))
    return None if tab == "all" else set(WORKED)


def are_counted(wanted: set[str] | None) -> bool:
    """Is there a total over these phases? None over closed rows: there are too many, and more every day."""
    return wanted is not None and Phase.CLOSED not in wanted


def in_phases(wanted: set[str] | None) -> Q:
    """The condition of `phases`, in the words of the partial indexes."""
    if wanted is None:
        return Q()
    return ACTIVE if wanted == set(WORKED) else Q(phase__in=sorted(wanted))


def due_conditions(at: datetime) -> dict[str, Q]:
    """Active rows by what their deadline says: each is in one of these or in none."""
    return {
        "overdue": Q(queue_at__lt=at), "soon": Q(queue_at__gte=at, queue_at__lt=at + SOON),
        "paused": Q(phase="waiting", queue_at=FAR),
    }  # fmt: skip


def capped(count: int) -> str:
    """A count of rows, "1 000+" above the cap."""
    return f"{CAP // 1000}\u202f000+" if count > CAP else str(count)


def empty(tab: str) -> tuple[str, str]:
    """What an empty tab says: what is empty, and why that is good or what to do."""
    if tab in aside.TABS:
        return aside.empty(tab)
    texts = {
        "open": (_("Nothing is open"), _("Everything that was asked or reported is done.")),
        "unassigned": (_("Everyone has somebody"), _("Every open ticket has an owner.")),
        "soon": (_("Nothing due soon"), _("No deadline falls in the next two hours.")),
        "overdue": (_("Nothing is late"), _("Every promise is kept so far.")),
        "team": (_("Nothing waits for your teams"), _("New tickets appear here by themselves.")),
        "mine": (_("Nothing is assigned to you"), _("Look at the unassigned ones to take the next.")),
        "bouncing": (_("Nothing bounces"), _("No ticket has changed teams three times.")),
        "all": (_("No ticket"), _("Nothing matches. Change the filters or the words.")),
    }
    return texts[tab]
