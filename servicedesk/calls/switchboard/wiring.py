"""The switchboard takes its places: it decides where calls go, who is rung, what becomes of who has waited too long."""

from itsm.core import versions

from .. import hooks, routes
from . import deciding, opened, overflowing, ringing
from .surroundings import CALL_BACKS, majors_from


def _followed(_call, verb: str) -> None:
    """Who calls whom back is kept per process: it is read again when it has changed."""
    if verb.startswith("call_back"):
        versions.bump(CALL_BACKS)


majors_from(opened.majors)
routes.use(deciding.decide)
routes.use_ringing(ringing.next_operators)
routes.use_overflow(overflowing.overflow)
hooks.ON_MOVE.append(_followed)
