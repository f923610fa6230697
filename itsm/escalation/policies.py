"""Which policy applies to a clock: all of its conditions hold, and of those that fit the most specific one wins.

More specific, in this order: an agreement, an organisation (the nearer one), priorities, a metric, a kind of agreement.
"""

from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core.reference import cached
from itsm.levels.models import Clock
from itsm.levels.schedule import NOTHING, Schedule
from itsm.people.directory import directory

from .models import Policy, PolicyStep


@dataclass(frozen=True)
class StepRule:
    """What is due at a step, and for which records."""

    priorities: tuple[int, ...]
    vip: bool | None
    major: bool | None
    unassigned: bool
    phases: tuple[str, ...]
    actions: tuple[dict, ...]

    def holds(self, record) -> bool:
        """Do the step's conditions hold for the record as it is now?"""
        if self.priorities and record.priority not in self.priorities:
            return False
        if self.major is not None and self.major != record.major:
            return False
        if self.unassigned and record.assignee_id is not None:
            return False
        if self.phases and record.phase not in self.phases:
            return False
        return self.vip is None or self.vip == bool(record.requester_id and record.requester.vip)


@dataclass(frozen=True)
class Rule:
    """A policy kept per process."""

    pk: int
    code: str
    names: dict[str, str]
    clock: str
    metric: str
    agreement_id: int | None
    organisation_id: int | None
    priorities: frozenset[int]
    schedule: Schedule
    steps: dict[int, StepRule] = field(hash=False)
    repeated: StepRule | None = None

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names["en" if (get_language() or "fr").startswith("en") else "fr"]

    def step(self, percent: int, repeat: int) -> StepRule | None:
        """What is due at a step; None when the policy lost it in the meantime."""
        return self.repeated if repeat else self.steps.get(percent)


@dataclass
class Book:
    """Every policy in force, and which one applied to which facts."""

    rules: tuple[Rule, ...]
    found: dict[tuple, Rule | None] = field(default_factory=dict)


@cached("escalation")
def book() -> Book:
    """The policies in force with their steps."""
    steps: dict[int, list[PolicyStep]] = {}
    for step in PolicyStep.objects.order_by("percent"):
        steps.setdefault(step.policy_id, []).append(step)
    return Book(tuple(_rule(policy, steps.get(policy.pk, [])) for policy in Policy.objects.filter(active=True)))


def _rule(policy: Policy, steps: list[PolicyStep]) -> Rule:
    shares = {step.percent: _step(step) for step in steps if step.percent is not None}
    again = next((step for step in steps if step.percent is None), None)
    schedule = Schedule(tuple(sorted(shares)))
    if again:
        schedule = Schedule(schedule.percents, again.every_seconds, again.most, again.wall)
    french, english = policy.name_fr or policy.code, policy.name_en or policy.name_fr or policy.code
    return Rule(
        policy.pk, policy.code, {"fr": french, "en": english}, policy.clock, policy.metric, policy.agreement_id,
        policy.organisation_id, frozenset(policy.priorities), schedule, shares, _step(again) if again else None,
    )  # fmt: skip


def _step(step: PolicyStep) -> StepRule:
    return StepRule(
        tuple(step.priorities), step.vip, step.major, step.unassigned, tuple(step.phases), tuple(step.actions)
    )


def policy_for(clock: Clock) -> Rule | None:
    """The policy that applies to a clock and its record as they are; None when none does."""
    record, kept = clock.record, book.get()
    facts = (clock.kind, clock.metric, clock.agreement_id, record.organisation_id, record.priority)
    row = directory.get().organisations.get(record.organisation_id)
    key = (*facts, row.lineage if row else ())  # organisations move
    if key not in kept.found:
        kept.found[key] = next(iter(applicable(kept.rules, *facts)), None)
    return kept.found[key]


def applicable(
    rules, kind: str, metric: str, agreement_id: int | None, organisation_id: int, priority: int
) -> list[Rule]:
    """The policies that fit, the most specific first."""
    row = directory.get().organisations.get(organisation_id)
    lineage = tuple(row.lineage) if row else (organisation_id,)

    def fits(each: Rule) -> bool:
        return (
            each.clock in ("", kind)
            and each.metric in ("", metric)
            and each.agreement_id in (None, agreement_id)
            and (each.organisation_id is None or each.organisation_id in lineage)
            and (not each.priorities or priority in each.priorities)
        )

    def specific(each: Rule) -> tuple:
        near = -lineage.index(each.organisation_id) if each.organisation_id is not None else None
        return (
            each.agreement_id is not None, near is not None, near or 0, bool(each.priorities), bool(each.metric),
            bool(each.clock), each.pk,
        )  # fmt: skip

    return sorted((each for each in rules if fits(each)), key=specific, reverse=True)


def why(each: Rule) -> list[str]:
    """The conditions that made a policy the most specific one, in words."""
    from itsm.levels import agreements
    from itsm.levels.models import Kind, Metric

    said = []
    if each.agreement_id is not None:
        agreement = agreements.rule(each.agreement_id)
        said.append(_("under the agreement %(code)s") % {"code": agreement.code if agreement else each.agreement_id})
    if each.organisation_id is not None:
        row = directory.get().organisations.get(each.organisation_id)
        said.append(_("for %(organisation)s") % {"organisation": row.name if row else each.organisation_id})
    if each.priorities:
        said.append(_("for %(priorities)s") % {"priorities": ", ".join(f"P{p}" for p in sorted(each.priorities))})
    if each.metric:
        said.append(_("for the clock “%(metric)s”") % {"metric": Metric(each.metric).label})
    if each.clock:
        said.append(_("of kind %(kind)s") % {"kind": Kind(each.clock).label})
    return said or [_("for every clock")]


def schedule_of(clock: Clock) -> Schedule:
    """The provider of `itsm.levels.schedule`."""
    found = policy_for(clock)
    return found.schedule if found else NOTHING
