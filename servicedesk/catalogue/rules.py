"""The approval rule and the fulfilment plan of an item, as the engines of the spine read them; and both in short words."""

from itsm.records.approvals import rules
from itsm.records.plans import definition, kinds

from .form.shape import said


def checked_approval(data: object) -> dict:
    """The rule as it is kept; DomainError says what is wrong with it."""
    rules.parse(data)
    return data if isinstance(data, dict) else {}


def checked_plan(data: object) -> dict:
    """The plan as it is kept; DomainError says what is wrong with it."""
    definition.parse(data)
    return data if isinstance(data, dict) else {}


def action_kinds() -> list[tuple[str, str]]:
    """What a task of a plan may do by itself, for a choice."""
    return [(kind.name, str(kind.label)) for kind in kinds.KINDS]


def approvers(data: dict) -> list[str]:
    """Who will be asked, stage by stage, for who orders."""
    return [stage.name for stage in rules.parse(data, check_names=False).stages]


def steps(data: dict) -> list[str]:
    """What will be done, for who orders."""
    return [said(dict(step.titles)) for step in definition.parse(data, check_names=False).steps]
