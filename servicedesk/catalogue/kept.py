"""What a published version says, read once by process: it never changes (a trigger holds it). Drafts are read each time."""

from datetime import datetime
from functools import lru_cache

from itsm.records.approvals import rules as approvals
from itsm.records.plans import definition

from .form.reading import parse
from .form.shape import Form, said
from .models import CatalogueItemVersion

MOST = 256


class _Version:
    """A version as a key: by what it is, not by what it holds."""

    __slots__ = ("given", "key")

    def __init__(self, given: CatalogueItemVersion):
        self.given = given
        self.key: tuple[int, datetime | None] = (given.pk, given.published_at)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Version) and other.key == self.key


def form_of(version: CatalogueItemVersion) -> Form:
    """Its questions."""
    return _form(_Version(version)) if version.published_at else parse(version.form)


def approvers_of(version: CatalogueItemVersion) -> list[str]:
    """Who will be asked, stage by stage, for who orders."""
    rule = _rule(_Version(version)) if version.published_at else _read_rule(version)
    return [stage.name for stage in rule.stages]


def steps_of(version: CatalogueItemVersion) -> list[str]:
    """What will be done, for who orders."""
    plan = _plan(_Version(version)) if version.published_at else _read_plan(version)
    return [said(dict(step.titles)) for step in plan.steps]


def _read_rule(version: CatalogueItemVersion) -> approvals.Rule:
    return approvals.parse(version.approval, check_names=False)


def _read_plan(version: CatalogueItemVersion) -> definition.Plan:
    return definition.parse(version.plan, check_names=False)


@lru_cache(maxsize=MOST)
def _form(version: _Version) -> Form:
    return parse(version.given.form)


@lru_cache(maxsize=MOST)
def _rule(version: _Version) -> approvals.Rule:
    return _read_rule(version.given)


@lru_cache(maxsize=MOST)
def _plan(version: _Version) -> definition.Plan:
    return _read_plan(version.given)
