"""Where a day begins: the page that the sign-in and *Home* lead to follows what one does."""

from itsm.people.scope import Scope


def place_of(scope: Scope) -> str:
    """The address of the first page; empty for who has no role. Who manages records works on tickets, whatever else they may."""
    if "it_manager" in scope.roles:
        return "/kpis/"
    if scope.is_agent and not scope.may("records.manage"):
        if scope.may("calls.take"):
            return "/calls/"
        # Specialists do what operations ask, managers of changes plan them; who does both runs them.
        if scope.may("operations.work") and scope.may("operations.manage"):
            return "/operations/"
    if scope.is_agent:
        return "/desk/"
    return "/portal/" if scope.may("portal.use") else ""
