"""What the phone page shows: the call that waits for me, its chain, my next shifts and the gaps of my teams."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.people.directory import directory, names_of
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records.models import AffectedItem

from . import access, rotas
from .models import ChainStep, Page, PageCall, Rota
from .rotas import Shift

AHEAD = timedelta(days=21)
SHOWN, LONGEST = 6, 8


def board(user: User, at: datetime, wanted: int | None = None) -> dict:
    """The context of the page. `wanted`: which of several calls is shown first."""
    running = list(access.pages_for(user).select_related("record", "chain")[:20])
    page = next((each for each in running if each.pk == wanted), running[0] if running else None)
    return {
        "page": page, "alert": alert(page, at) if page else None, "others": [each for each in running if each is not page],
        "shifts": upcoming(user, at), "now_on": on_now(user, at), "at": at,
    }  # fmt: skip


def alert(page: Page, at: datetime) -> dict:
    """One call: what is down, what came of the calls so far, who is called next and when."""
    record = page.record
    items = AffectedItem.objects.filter(record=record).select_related("item").order_by("pk")
    ahead = next_call(page)
    return {
        "record": record, "items": [row.item for row in items[:3]], "lines": story(page, at), "next_at": page.next_at,
        "next": ahead, "rounds": page.chain.rounds,
    }  # fmt: skip


def next_call(page: Page) -> str:
    """Who is called when nobody answers, in words; empty when nobody is left."""
    steps = list(page.chain.steps.order_by("position").select_related("user"))
    if not steps:
        return ""
    if page.position < len(steps):
        return who(steps[page.position])
    return who(steps[0]) if page.round < page.chain.rounds else ""


def who(step: ChainStep) -> str:
    """A step of a chain in words."""
    return step.user.display_name if step.user else str(ChainStep.Who(step.who).label)


def story(page: Page, at: datetime) -> list[dict]:
    """Every call so far, then what comes: {at, tone, icon, text}."""
    calls = list(page.calls.order_by("at", "pk"))
    names = names_of(call.user_id for call in calls)
    lines = [{"at": page.started_at, "tone": "green", "icon": "bell-ringing", "text": _("The call chain begins.")}]
    for call in calls[-LONGEST:]:
        tone, icon = LOOKS[call.outcome]
        label = PageCall.Outcome(call.outcome).label
        lines.append(
            {"at": call.at, "tone": tone, "icon": icon, "text": f"{names.get(call.user_id, '')} · {label}".strip(" ·")}
        )
    ahead = next_call(page)
    if page.next_at and ahead:
        lines.append(
            {
                "at": page.next_at,
                "tone": "grey",
                "icon": "clock",
                "text": _("Without an answer: %(who)s") % {"who": ahead},
            }
        )
    return lines


LOOKS = {
    "called": ("blue", "phone-outgoing"), "answered": ("green", "circle-check"), "silent": ("amber", "clock"),
    "passed": ("grey", "arrow-forward-up"), "nobody": ("red", "user-x"), "unable": ("red", "user-x"),
}  # fmt: skip


def mine(user: User) -> list[Rota]:
    """The rotas of the person's teams, and those that they are in."""
    teams = scope_of(user).teams
    found = Rota.objects.filter(Q(team__in=teams) | Q(layers__people__user=user), active=True)
    return list(found.distinct().order_by("code"))


def upcoming(user: User, at: datetime) -> list[dict]:
    """My next shifts and the gaps of my teams, in order, each whole: one that begins in time says when it truly ends."""
    found: list[dict] = []
    for rota in mine(user):
        for rank in sorted({layer.rank for layer in rotas.layers_of(rota)}):
            for shift in rotas.whole_shifts(rota, at, at + AHEAD, rank=rank):
                if shift.user_id == user.pk or (shift.is_gap and rank == 1):
                    found.append(row(rota, shift, user, at=at))
    return sorted(found, key=lambda each: (each["begins"], each["rota"].code))[:SHOWN]


def row(rota: Rota, shift: Shift, user: User, names: dict[int, str] | None = None, *, at: datetime) -> dict:
    """A shift for a page."""
    return {
        "goes_on": shift.goes_on, "now": shift.begins <= at < shift.ends,
        "rota": rota, "begins": shift.begins, "ends": shift.ends, "gap": shift.is_gap, "mine": shift.user_id == user.pk,
        "name": (names or {}).get(shift.user_id or 0, ""), "user_id": shift.user_id, "rank": shift.rank, "why": shift.why,
        "instead": (names or {}).get(shift.instead_of or 0, ""), "shift": shift,
        "team": directory.get().teams[rota.team_id].code if rota.team_id in directory.get().teams else "",
    }  # fmt: skip


def on_now(user: User, at: datetime) -> datetime | None:
    """Until when the person is on call; None when they are not."""
    lines = [(rota, rank) for rota in mine(user) for rank in {layer.rank for layer in rotas.layers_of(rota)}]
    found = [rotas.shift_at(rota, at, rank=rank) for rota, rank in lines]
    return max((shift.ends for shift in found if shift and shift.user_id == user.pk), default=None)
