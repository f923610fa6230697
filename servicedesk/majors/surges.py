"""The rate of calls by service (by category where no service is known), watched against the same hour of past weeks.

Robust: the median of six weeks, and a least number, so that a quiet hour makes no surge of three calls. What goes on stays one
row from its beginning to its end.
"""

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, weeks_before
from itsm.core.errors import IllegalMove
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import freshness, reference
from itsm.records.models import Record

from ..calls.models import Call
from ..incidents.models import KIND
from ..incidents.opening import open_incident
from . import rules, services
from .models import MajorIncident, MajorRule, MajorState, Surge

WEEKS, MOST_TAKEN = 6, 200
Subject = tuple[int, int | None, int | None]


def sweep(at: datetime | None = None) -> int:
    """See surges begin, go on and end; propose the incident that stands for one. How many are new."""
    at, made = at or now(), 0
    watched = list(MajorRule.objects.filter(about=MajorRule.About.SURGE, is_active=True).order_by("position", "pk"))
    seen: set[int] = set()
    for rule in watched:
        counts = _counts(at, rule.minutes)
        past = _past(at, rule, [subject for subject, n in counts.items() if n >= rule.calls])
        for subject, usual in past.items():
            if counts[subject] < float(rule.times or 1) * max(usual, 1) or not _within(rule, subject[0]):
                continue
            surge, new = _note(subject, counts[subject], usual, rule.minutes, at)
            made += new
            seen.add(surge.pk)
    _end(seen, at)
    return made


def _within(rule: MajorRule, organisation_id: int) -> bool:
    place = directory.get().organisations.get(organisation_id)
    return rule.organisation_id is None or (place is not None and rule.organisation_id in place.lineage)


def _calls(start: datetime, end: datetime):
    rows = Call.objects.filter(direction="in", started_at__gt=start, started_at__lte=end)
    return rows.filter(Q(service__isnull=False) | Q(category__isnull=False))


def _counts(at: datetime, minutes: int) -> dict[Subject, int]:
    rows = _calls(at - timedelta(minutes=minutes), at).order_by()
    found: Counter[Subject] = Counter()
    for organisation, service, category, n in rows.values_list("organisation_id", "service_id", "category_id").annotate(
        n=Count("pk")
    ):
        found[(organisation, service, None if service else category)] += n
    return dict(found)


def _past(at: datetime, rule: MajorRule, subjects: list[Subject]) -> dict[Subject, float]:
    """The usual number of each: the median of the same minutes of the weeks before, by the clock of its organisation; weeks
    without a call count as none.
    """
    weeks: dict[Subject, list[int]] = defaultdict(list)
    zones: dict[str, list[Subject]] = defaultdict(list)
    for subject in subjects:
        zones[directory.get().organisations[subject[0]].time_zone].append(subject)
    for zone, there in zones.items():
        for back in range(1, WEEKS + 1):
            counts = _counts(weeks_before(at, back, ZoneInfo(zone)), rule.minutes)
            for subject in there:
                weeks[subject].append(counts.get(subject, 0))
    return {subject: float(median(weeks[subject])) for subject in subjects}


@transaction.atomic
def _note(subject: Subject, calls: int, usual: float, minutes: int, at: datetime) -> tuple[Surge, bool]:
    organisation, service, category = subject
    values = {"calls": calls, "usual": Decimal(str(usual)), "minutes": minutes, "seen_at": at}
    surge, made = Surge.objects.get_or_create(
        organisation_id=organisation, service_id=service, category_id=category, ended_at=None,
        defaults=values | {"most_calls": calls, "began_at": at},
    )  # fmt: skip
    if not made:
        Surge.objects.filter(pk=surge.pk).update(**values, most_calls=max(calls, surge.most_calls))
        surge.refresh_from_db()
    if surge.state == Surge.State.OPEN:
        _stand_for(surge, at)
    if made:
        freshness.live.changed(freshness.MAJORS)
    return surge, made


def _stand_for(surge: Surge, at: datetime) -> None:
    """An open incident about the same takes the surge: a major one as it is, another by being proposed."""
    about = {"service_id": surge.service_id} if surge.service_id else {"category_id": surge.category_id}
    group = directory.get().organisations[surge.organisation_id].lineage[-1]
    places = [o.pk for o in directory.get().organisations.values() if group in o.lineage]
    rows = Record.objects.filter(
        kind=KIND, parent=None, organisation__in=places, confidentiality=None, **about
    ).active()
    record = rows.order_by("-major", "-child_count", "priority", "pk").first()
    if record is None:
        return
    why = [{"rule": "surge", "calls": surge.calls, "minutes": surge.minutes, "usual": float(surge.usual)}]
    if not record.major:
        heavy = rules.weight(record, at) | {"calls": surge.calls}
        heavy["rules"] = sorted({*heavy["rules"], "surge"})
        known = MajorIncident.objects.filter(record=record).first()
        if known is None or (known.state == MajorState.DECLINED and rules.worse(known.weight, heavy)):
            services.propose(record.pk, why=why, weight=heavy, at=at)
    surge.state, surge.record = Surge.State.TAKEN, record
    surge.save(update_fields=["state", "record"])


def _end(seen: set[int], at: datetime) -> None:
    if Surge.objects.filter(ended_at=None).exclude(pk__in=seen).update(ended_at=at):
        freshness.live.changed(freshness.MAJORS)


def name_of(surge: Surge) -> str:
    """What the calls are about."""
    if surge.service_id:
        return surge.service.item.name
    row = reference.categories.get().get(surge.category_id)
    return row.name if row else ""


@transaction.atomic
def open_major(pk: int, *, actor, at: datetime | None = None) -> Record:
    """No incident stands for the surge: open one about it, accept it as major, and link the calls that made it."""
    surge = Surge.objects.select_for_update(no_key=True, of=("self",)).select_related("service__item").get(pk=pk)
    if surge.state != Surge.State.OPEN or surge.ended_at:
        raise IllegalMove(_("This surge is over, or somebody has taken it."))
    at, name = at or now(), name_of(surge)
    record = open_incident(
        actor=actor, requester=actor, organisation=surge.organisation, service=surge.service, category=surge.category, channel="phone",
        title=_("Many calls about %(name)s") % {"name": name}, impact=2, urgency=1, at=at,
        description=_("%(n)s calls in %(minutes)s minutes; usual at this hour: %(usual)s.")
        % {"n": surge.calls, "minutes": surge.minutes, "usual": surge.usual.normalize()},
    )  # fmt: skip
    services.propose(record.pk, actor=actor, at=at, why=[{"rule": "surge", "calls": surge.calls, "minutes": surge.minutes, "usual": float(surge.usual)}])  # fmt: skip
    major = services.accept(record.pk, actor=actor, at=at)
    for call in _of(surge, at):
        if call.caller_id or call.from_number:
            services.register_caller(major, call=call, how="call", actor=actor, at=at)
    surge.state, surge.record, surge.decided_by = Surge.State.TAKEN, record, actor
    surge.save(update_fields=["state", "record", "decided_by"])
    log.write("surge.taken", ("surge", surge.pk, name), actor=actor, data={"record": record.number}, at=at)
    record.refresh_from_db()
    return record


def _of(surge: Surge, at: datetime):
    """The calls of a surge that no record stands for yet."""
    start = surge.began_at - timedelta(minutes=surge.minutes)
    about = (
        {"service_id": surge.service_id} if surge.service_id else {"category_id": surge.category_id, "service": None}
    )
    rows = _calls(start, at).filter(organisation_id=surge.organisation_id, major=None, links=None, **about)
    return rows.select_related("caller").order_by("pk")[:MOST_TAKEN]


@transaction.atomic
def dismiss(pk: int, *, actor) -> Surge:
    """A manager knows better: nothing is proposed for this surge, however long it lasts."""
    surge = Surge.objects.select_for_update(no_key=True, of=("self",)).select_related("service__item").get(pk=pk)
    if surge.state != Surge.State.OPEN:
        raise IllegalMove(_("This surge is over, or somebody has taken it."))
    surge.state, surge.decided_by = Surge.State.DISMISSED, actor
    surge.save(update_fields=["state", "decided_by"])
    log.write("surge.dismissed", ("surge", surge.pk, name_of(surge)), actor=actor)
    freshness.live.changed(freshness.MAJORS)
    return surge


def open_ones(user):
    """Surges that nobody has taken, of the organisations that the reader reads."""
    scope = scope_of(user)
    rows = Surge.objects.filter(state=Surge.State.OPEN, ended_at=None).select_related("service__item")
    if not (scope.may("records.manage") or scope.may("calls.manage")):
        return rows.none()
    return rows if scope.everything else rows.filter(organisation_id__in=scope.organisations)
