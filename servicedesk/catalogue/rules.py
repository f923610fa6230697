"""The approval rule and the fulfilment plan of an item, as the engines of the spine read them."""

from itsm.records.approvals import rules
from itsm.records.plans import definition, kinds


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
