"""The switchboard follows the calls."""

from itsm.core import versions

from .. import hooks
from .surroundings import CALL_BACKS


def _followed(_call, verb: str) -> None:
    """Who calls whom back is kept per process: it is read again when it has changed."""
    if verb.startswith("call_back"):
        versions.bump(CALL_BACKS)


hooks.ON_MOVE.append(_followed)
