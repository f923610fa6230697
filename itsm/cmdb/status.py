"""How the services do, for those who use them: the present state, since when, what is planned, and the days before.

An outage speaks before the state of the item; without one the state that was set by hand holds.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Case, Exists, OuterRef, Q, When
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from itsm.core import durations, midnight, now, tones
from itsm.core.chips import chip

from .models import Outage, Service

MOST = 300
BY_NAME = ("item__sort_key", "pk")
# Worst last; heights of a day's bar, so that it reads without colour.
RANK = {"up": 0, "maintenance": 1, "degraded": 2, "down": 3}
UNSURE = 0.5  # where nobody knows: before what works
TALL = {"up": 6, "maintenance": 12, "degraded": 16, "down": 22}
TONES = {"up": "green", "maintenance": "violet", "degraded": "amber", "down": "red"}
WORDS = {
    "up": gettext_lazy("Available"), "maintenance": gettext_lazy("Maintenance"), "degraded": gettext_lazy("Disturbed"),
    "down": gettext_lazy("Unavailable"), "unknown": gettext_lazy("Not known"),
}  # fmt: skip
STEP, WIDE = 10, 8


@dataclass(frozen=True)
class Day:
    """The worst of one day, and how long nothing or little worked on it."""

    on: date
    state: str = "up"
    seconds: int = 0

    @property
    def word(self) -> str:
        return str(WORDS[self.state])


@dataclass
class Standing:
    """One service as its users see it."""

    pk: int
    name: str
    state: str
    outage: Outage | None = None
    planned: list[Outage] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)

    @property
    def word(self) -> str:
        return str(WORDS[self.state])

    @property
    def chip(self) -> SafeString:
        """The state as users read it."""
        return chip(*tones.CI_STATE[self.state], self.word)

    @property
    def hurt(self) -> bool:
        """Is it down or disturbed?"""
        return self.state in ("down", "degraded")

    @property
    def sentence(self) -> str:
        """Since when, until when, or what is planned next: one short line, or none."""
        at = now()
        if self.outage:
            expected = self.outage.ends_at or self.outage.expected_at
            if expected and expected > at:
                return _("since %(since)s, expected back at %(end)s") % {
                    "since": durations.moment(self.outage.starts_at, at), "end": durations.moment(expected, at),
                }  # fmt: skip
            return _("since %(since)s") % {"since": durations.moment(self.outage.starts_at, at)}
        if self.planned:
            return _("maintenance planned: %(when)s") % {"when": span(self.planned[0])}
        return ""

    @property
    def bars(self) -> list[dict]:
        """The days with trouble as rectangles of a drawing, one step a day; calm days are drawn once for all services."""
        return [
            {"x": at * STEP, "y": 24 - TALL[day.state], "tall": TALL[day.state], "tone": TONES[day.state]}
            for at, day in enumerate(self.days)
            if day.state != "up"
        ]

    @property
    def told(self) -> str:
        """The drawing in words."""
        hurt = sum(day.state in ("down", "degraded") for day in self.days)
        whole = {"n": hurt, "days": len(self.days)}
        if not hurt:
            return _("No trouble in the last %(days)s days") % whole
        return ngettext(
            "%(n)s day with trouble in the last %(days)s days", "%(n)s days with trouble in the last %(days)s days", hurt
        ) % whole  # fmt: skip


def span(outage: Outage) -> str:
    """From when until when, in few words: the day only once."""
    at, start = now(), durations.moment(outage.starts_at, now())
    if not outage.ends_at:
        return _("from %(start)s") % {"start": start}
    same = timezone.localtime(outage.starts_at).date() == timezone.localtime(outage.ends_at).date()
    end = durations.time_text(outage.ends_at) if same else durations.moment(outage.ends_at, at)
    return _("%(start)s to %(end)s") % {"start": start, "end": end}


def in_short(services, most: int) -> list[Standing]:
    """The few that a page has room for: those in trouble first, then the most vital."""
    return worst_first(services, order=("item__criticality", *BY_NAME))[:most]


def worst_first(services, *, days: int = 0, order: tuple[str, ...] = BY_NAME) -> list[Standing]:
    """As `standings`, those in trouble before the others, so that no trouble is left out where there are too many."""
    found = standings(services.annotate(trouble=_trouble(now())), days=days, order=("-trouble", *order))
    return sorted(found, key=lambda standing: -RANK.get(standing.state, UNSURE))


def hurt_beside(user, shown: list[Standing]) -> int:
    """How many live services that the person reads are down or disturbed, though users are not told about them here."""
    rows = Service.objects.visible_to(user).filter(stage="live").exclude(item__status="retired")
    return (
        rows.exclude(pk__in=[each.pk for each in shown])
        .annotate(trouble=_trouble(now()))
        .filter(trouble__gte=2)
        .count()
    )


def _trouble(at: datetime) -> Case:
    """How bad it can be at most, by the state and the outages that last: what the database puts first."""
    lasting = Outage.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), item_id=OuterRef("pk"), starts_at__lte=at)
    unplanned = lasting.filter(planned=False)
    return Case(
        When(Q(item__state="down") | Exists(unplanned.filter(degraded=False)), then=3),
        When(Q(item__state="degraded") | Exists(unplanned), then=2),
        When(~Q(item__state="up") | Exists(lasting), then=1),
        default=0,
    )


def standings(services, *, days: int = 0, order: tuple[str, ...] = BY_NAME) -> list[Standing]:
    """The services of a queryset by name, at most 300, with their open and planned outages; `days` adds the days before."""
    at = now()
    rows = list(services.order_by(*order).values_list("pk", "item__name", "item__state")[:MOST])
    first = midnight(today() - timedelta(days=days - 1)) if days else at
    found: dict[int, list[Outage]] = {pk: [] for pk, _name, _state in rows}
    wanted = Q(ends_at=None) | Q(ends_at__gt=first)
    for outage in Outage.objects.filter(wanted, item_id__in=found).order_by("starts_at", "pk"):
        found[outage.item_id].append(outage)
    return [_standing(pk, name, state, found[pk], at, days) for pk, name, state in rows]


def _standing(pk: int, name: str, state: str, outages: list[Outage], at: datetime, days: int) -> Standing:
    lasting = [o for o in outages if o.starts_at <= at and (o.ends_at is None or o.ends_at > at)]
    worst = max(lasting, key=lambda o: RANK[kind(o)], default=None)
    return Standing(
        pk, name, kind(worst) if worst else state, worst,
        [o for o in outages if o.planned and o.starts_at > at], history(outages, days, at),
    )  # fmt: skip


def kind(outage: Outage) -> str:
    """What an outage makes of an item while it lasts."""
    return "maintenance" if outage.planned else "degraded" if outage.degraded else "down"


def history(outages: list[Outage], days: int, at: datetime) -> list[Day]:
    """The last `days` days, oldest first, in the reader's time zone."""
    found, last = [], today()
    for back in range(days - 1, -1, -1):
        on = last - timedelta(days=back)
        start, end = midnight(on), min(at, midnight(on + timedelta(days=1)))
        state, seconds = "up", 0
        for outage in outages:
            begins, stops = max(outage.starts_at, start), min(outage.ends_at or at, end)
            if begins >= stops:
                continue
            state = max(state, kind(outage), key=RANK.__getitem__)
            seconds += 0 if outage.planned else int((stops - begins).total_seconds())
        found.append(Day(on, state, seconds))
    return found


def today() -> date:
    """The reader's day."""
    return timezone.localtime(now()).date()
