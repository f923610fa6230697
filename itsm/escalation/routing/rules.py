"""Which team a record goes to: the first rule, in their order, whose every condition holds."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from itsm.core.folding import fold
from itsm.core.reference import cached
from itsm.people.directory import directory
from itsm.people.serving import serves
from itsm.records import reference

from .models import Distribution, RoutingRule

LONGEST = 20_000


@dataclass(frozen=True)
class Case:
    """What a rule may ask of a record."""

    kind: str
    organisation_id: int
    title: str = ""
    description: str = ""
    category_id: int | None = None
    service_id: int | None = None
    items: tuple[int, ...] = ()
    vip: Callable[[], bool] = field(default=lambda: False, compare=False)

    @cached_property
    def spoken(self) -> set[str]:
        """The words of the record, folded."""
        return set(words_of(f"{self.title} {self.description}"[:LONGEST]))

    @cached_property
    def places(self) -> tuple[int, ...]:
        row = directory.get().organisations.get(self.organisation_id)
        return tuple(row.lineage) if row else (self.organisation_id,)

    @cached_property
    def categories(self) -> tuple[int, ...]:
        return lineage_of(self.category_id)


def lineage_of(category_id: int | None) -> tuple[int, ...]:
    """The category and those above it, nearest first."""
    row = reference.categories.get().get(category_id) if category_id else None
    return (row.lineage or (row.pk,)) if row else ()


@cached("routing")
def active_rules() -> tuple[RoutingRule, ...]:
    """The rules that are switched on, in their order."""
    return tuple(RoutingRule.objects.filter(active=True))


@cached("routing")
def ways() -> dict[int, Distribution]:
    """How each team shares out."""
    return {row.team_id: row for row in Distribution.objects.all()}


def holds(rule: RoutingRule, case: Case) -> bool:
    """Does every condition of the rule hold?"""
    return (
        (not rule.record_kind or rule.record_kind == case.kind)
        and (rule.organisation_id is None or rule.organisation_id in case.places)
        and (rule.category_id is None or rule.category_id in case.categories)
        and (rule.service_id is None or rule.service_id == case.service_id)
        and (rule.item_id is None or rule.item_id in case.items)
        and (not rule.words or all(_spoken(word, case) for word in rule.words))
        and (rule.vip is None or rule.vip == case.vip())
    )


def _spoken(text: str, case: Case) -> bool:
    """Every word of an expression; a word of a rule may be the beginning of a spoken one ("imprim")."""
    words = words_of(text)
    return bool(words) and all(
        word in case.spoken or (len(word) >= 4 and any(said.startswith(word) for said in case.spoken)) for word in words
    )


def words_of(text: str) -> list[str]:
    """The words of an expression, folded. One without any ("!!!") is said by nobody."""
    return re.findall(r"\w+", fold(text))


def rule_for(case: Case, rules: Iterable[RoutingRule] | None = None) -> RoutingRule | None:
    """The rule that decides. A team that does not work for the organisation is passed over."""
    return next(
        (
            rule
            for rule in (active_rules.get() if rules is None else rules)
            if holds(rule, case) and serves(rule.team_id, case.organisation_id)
        ),
        None,
    )
