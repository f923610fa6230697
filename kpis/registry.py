"""The catalogue of indicators. One file in `definitions/` is one indicator; registering it is all it takes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from itsm.core.registry import Registry

from .models import Fact

Kind = Literal["duration", "ratio", "mean", "count", "stock", "age"]


@dataclass(frozen=True)
class Kpi:
    """An indicator: what it says, how it is computed, what is good."""

    slug: str
    name: Any
    definition: Any
    formula: Any
    kind: Kind
    unit: str
    better: Literal["lower", "higher"]
    facts: Callable[[Any], Iterable[Fact]] | None = None
    facts_of: str = ""
    # For what is no record: facts of some days, made anew, and what a row is about for whom (source id -> title, address).
    collect: Callable[[date, date], Iterable[Fact]] | None = None
    subjects: Callable[[list[Fact], Any], dict[int, tuple[str, str]]] | None = None
    clock: Literal["business", "calendar", "none"] = "none"
    target: float | None = None
    pair: str = ""
    order: int = 50
    dimensions: tuple[str, ...] = (
        "team",
        "priority",
        "organisation",
        "level",
        "category",
        "service",
        "channel",
        "site",
    )
    extra: dict = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The slug under which its facts are kept."""
        return self.facts_of or self.slug

    @property
    def two_clocks(self) -> bool:
        """Does it tell business time and clock time apart?"""
        return self.kind == "duration" and self.clock == "business"

    @property
    def fine(self) -> bool:
        """Seconds matter: calls are short."""
        return bool(self.extra.get("fine"))

    def judged(self, clock: str) -> bool:
        """Does its target hold? One in business time says nothing about clock time."""
        return not (self.two_clocks and clock == "calendar")

    def good(self, value: float | None) -> str:
        """ "good", "near" (within a tenth of the target), "bad", or "none" without target or value."""
        if value is None or self.target is None:
            return "none"
        fine = value <= self.target if self.better == "lower" else value >= self.target
        if fine:
            return "good"
        return "near" if abs(value - self.target) <= abs(self.target) * 0.1 else "bad"


KPIS: Registry[Kpi] = Registry("indicator", key=lambda kpi: kpi.order)


def register(kpi: Kpi) -> Kpi:
    """Add an indicator; ValueError when its slug is taken."""
    return KPIS.add(kpi.slug, kpi)
