"""The approval rule and the fulfilment plan of an item, as the engines of the spine read them."""

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError


def checked_approval(data: object) -> dict:
    """The rule as it is kept; DomainError says what is wrong with it."""
    if not isinstance(data, dict):
        raise DomainError(_("An approval rule is an object."), field="approval")
    return data


def checked_plan(data: object) -> dict:
    """The plan as it is kept; DomainError says what is wrong with it."""
    if not isinstance(data, dict):
        raise DomainError(_("A plan is an object."), field="plan")
    return data


def action_kinds() -> list[tuple[str, str]]:
    """What a task of a plan may do by itself, for a choice."""
    return []
