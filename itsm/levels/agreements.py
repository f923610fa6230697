"""Which agreement applies to a record: all of its conditions hold, and of those that fit the most specific one wins.

More specific, in this order: a service, a team before a level (OLA), a category (the deeper one), VIP, an organisation (the
nearer one), a kind of record, then what began last. Where the winner promises nothing for a metric, the next one is asked.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.calendars.calendars import calendar_id_for
from itsm.core import now
from itsm.core.reference import cached
from itsm.people.directory import directory

from .conditions import Occasion
from .models import Agreement, Kind, OnChange, OnReopen, Starts, Target, Terms


@dataclass(frozen=True)
class Rule:
    """An agreement with its targets, kept per process."""

    pk: int
    code: str
    names: dict[str, str]
    kind: str
    active: bool
    valid_from: date | None
    valid_until: date | None
    organisation_id: int | None
    service_id: int | None
    category_id: int | None
    record_kind: str
    vip: bool | None
    team_id: int | None
    level: int | None
    supplier_id: int | None
    calendar_id: int | None
    on_change: str
    on_reopen: str
    starts: str
    targets: dict[tuple[int | None, str], tuple[int | None, int | None]]
    # By metric, when its clock starts, pauses, stops...; a metric without conditions any more is there all the same.
    conditions: dict[str, dict[str, list[dict]]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names.get((get_language() or "fr")[:2]) or self.names["fr"]

    def promises(self, priority: int, metric: str) -> tuple[int | None, int | None] | None:
        """(seconds, calendar) for a priority; None where nothing is said about the metric."""
        return self.targets.get((priority, metric), self.targets.get((None, metric)))


@dataclass(frozen=True)
class Facts:
    """What decides which agreement applies. The costly facts are only asked for when an agreement depends on them.

    `supplier_id` is the one that is waited for: a contract binds nobody but who signed it.
    """

    organisation_id: int
    kind: str
    priority: int
    on: date
    service_id: int | None = None
    team_id: int | None = None
    level: int | None = None
    supplier_id: int | None = None
    categories: Callable[[], tuple[int, ...]] = field(default=lambda: (), compare=False)
    is_vip: Callable[[], bool] = field(default=lambda: False, compare=False)

    @cached_property
    def lineage(self) -> tuple[int, ...]:
        """The organisation and those above it, nearest first."""
        row = directory.get().organisations.get(self.organisation_id)
        return tuple(row.lineage) if row else (self.organisation_id,)

    @cached_property
    def category_path(self) -> tuple[int, ...]:
        """The category and those above it, nearest first."""
        return self.categories()

    @cached_property
    def vip(self) -> bool:
        return self.is_vip()


@dataclass(frozen=True)
class Promise:
    """A target as it applies to one record. `seconds` None: planned, nothing is promised."""

    seconds: int | None
    calendar_id: int
    agreement_id: int | None = None
    on_change: str = OnChange.RETROACTIVE
    on_reopen: str = OnReopen.CONTINUE
    starts: str = Starts.OPENING
    conditions: dict[str, list[dict]] = field(default_factory=dict)


@cached("levels")
def rules() -> tuple[Rule, ...]:
    """Every agreement, of every kind."""
    targets: dict[int, dict] = {}
    for agreement, priority, metric, seconds, calendar in Target.objects.values_list(
        "agreement_id", "priority", "metric", "seconds", "calendar_id"
    ):
        targets.setdefault(agreement, {})[priority, metric] = (seconds, calendar)
    terms: dict[int, dict] = {}
    for row in Terms.objects.values("agreement_id", "metric", *Occasion.values):
        said = {each: row[each] for each in Occasion.values if row[each]}
        terms.setdefault(row["agreement_id"], {})[row["metric"]] = said
    return tuple(
        Rule(
            pk=a.pk, code=a.code, names={"fr": a.fr or a.en or a.code, "en": a.en or a.fr or a.code}, kind=a.kind,
            active=a.active, valid_from=a.valid_from, valid_until=a.valid_until, organisation_id=a.organisation_id, service_id=a.service_id,
            category_id=a.category_id, record_kind=a.record_kind, vip=a.vip, team_id=a.team_id, level=a.level, supplier_id=a.supplier_id,
            calendar_id=a.calendar_id, on_change=a.on_change, on_reopen=a.on_reopen, starts=a.starts, targets=targets.get(a.pk, {}),
            conditions=terms.get(a.pk, {}),
        )
        for a in Agreement.objects.annotate(fr=F("name_fr"), en=F("name_en")).order_by("pk")
    )  # fmt: skip


_drafts: ContextVar[tuple[Rule, ...] | None] = ContextVar("drafts", default=None)


def in_force() -> tuple[Rule, ...]:
    """Every agreement, with the draft that is being tried in this context, if any."""
    tried = _drafts.get()
    return rules.get() if tried is None else tried


@contextmanager
def trying(draft: Rule) -> Iterator[None]:
    """Inside, the draft stands in the place of the saved agreement of the same key; nothing is saved."""
    others = tuple(each for each in rules.get() if each.pk != draft.pk)
    token = _drafts.set((*others, draft))
    try:
        yield
    finally:
        _drafts.reset(token)


@contextmanager
def only(wanted: Rule) -> Iterator[None]:
    """Inside, this agreement is the only one there is."""
    token = _drafts.set((wanted,))
    try:
        yield
    finally:
        _drafts.reset(token)


def speaks_of(metric: str) -> bool:
    """Does any agreement promise anything for this metric?"""
    return any(each.active and any(m == metric for _priority, m in each.targets) for each in in_force())


def conditional() -> bool:
    """Do the conditions of any agreement, or did they ever, ask about the fields of records?"""
    return any(each.conditions for each in in_force())


def depend_on_vip() -> bool:
    """Does any agreement ask whether the requester is a VIP?"""
    return any(each.vip is not None for each in in_force())


def rule(pk: int | None) -> Rule | None:
    """One agreement by its key."""
    return next((each for each in in_force() if each.pk == pk), None)


def fits(each: Rule, facts: Facts) -> bool:
    """Does every condition hold?"""
    if (
        not each.active
        or (each.valid_from and facts.on < each.valid_from)
        or (each.valid_until and facts.on > each.valid_until)
    ):
        return False
    if each.record_kind and each.record_kind != facts.kind:
        return False
    if each.organisation_id is not None and each.organisation_id not in facts.lineage:
        return False
    if each.service_id is not None and each.service_id != facts.service_id:
        return False
    if each.team_id is not None and each.team_id != facts.team_id:
        return False
    if each.level is not None and each.level != facts.level:
        return False
    if each.supplier_id is not None and each.supplier_id != facts.supplier_id:
        return False
    if each.category_id is not None and each.category_id not in facts.category_path:
        return False
    return each.vip is None or each.vip == facts.vip


def specificity(each: Rule, facts: Facts) -> tuple:
    """Sorts what fits, the most specific first."""
    category = -facts.category_path.index(each.category_id) if each.category_id is not None else None
    near = -facts.lineage.index(each.organisation_id) if each.organisation_id is not None else None
    return (
        each.service_id is not None, each.team_id is not None, category is not None, category or 0, each.vip is not None,
        near is not None, near or 0, bool(each.record_kind), each.valid_from or date.min, each.pk,
    )  # fmt: skip


def applicable(kind: str, facts: Facts) -> list[Rule]:
    """The agreements of a kind that fit, the most specific first."""
    found = [each for each in in_force() if each.kind == kind and fits(each, facts)]
    return sorted(found, key=lambda each: specificity(each, facts), reverse=True)


def contracts(facts: Facts) -> list[Rule]:
    """The contracts that fit, whichever supplier signed them, the most specific first."""
    suppliers = {each.supplier_id for each in in_force() if each.kind == Kind.UC}
    found = [each for pk in suppliers for each in applicable(Kind.UC, replace(facts, supplier_id=pk))]
    return sorted(found, key=lambda each: specificity(each, facts), reverse=True)


def promise(kind: str, facts: Facts, metric: str) -> Promise | None:
    """What is promised for a metric, by the first agreement that speaks of it; None when none does."""
    for each in applicable(kind, facts):
        found = each.promises(facts.priority, metric)
        if found:
            calendar = found[1] or each.calendar_id or calendar_id_for(facts.organisation_id)
            return Promise(
                found[0],
                calendar,
                each.pk,
                each.on_change,
                each.on_reopen,
                each.starts,
                each.conditions.get(metric, {}),
            )
    return None


def promise_for(
    organisation_id: int, priority: int, metric: str, *, kind: str = "incident", on: date | None = None
) -> Promise:
    """What users of an organisation are promised for a priority, before more is known of their ticket."""
    facts = Facts(organisation_id, kind, priority, on or local_date(now()))
    return promise(Kind.SLA, facts, metric) or Promise(None, calendar_id_for(organisation_id))


def why(each: Rule, facts: Facts) -> list[str]:
    """The conditions that made an agreement the most specific one, in words."""
    said = []
    if each.supplier_id is not None:
        said.append(_("promised by %(supplier)s") % {"supplier": supplier_name(each.supplier_id)})
    if each.service_id is not None:
        said.append(_("for this service"))
    if each.team_id is not None:
        said.append(_("of this team"))
    elif each.level is not None:
        said.append(_("of every team of level %(level)s") % {"level": each.level})
    if each.category_id is not None:
        said.append(_("for this category"))
    if each.vip is not None:
        said.append(_("for VIP requesters") if each.vip else _("for requesters who are not VIP"))
    if each.organisation_id is not None:
        row = directory.get().organisations.get(each.organisation_id)
        said.append(_("for %(organisation)s") % {"organisation": row.name if row else each.organisation_id})
    if each.record_kind:
        said.append(_("for this kind of record"))
    return said or [_("for everybody")]


def supplier_name(pk: int | None) -> str:
    """What a supplier is called; empty without one."""
    row = directory.get().organisations.get(pk) if pk else None
    return row.name if row else ""


def local_date(at: datetime) -> date:
    """The day of an instant where the product is at home: agreements begin and end at its midnights."""
    return timezone.localdate(at, timezone.get_default_timezone())
