"""An exchange that has said nothing for long: operators are told, for callers may then wait where nobody sees them."""

from datetime import timedelta

from .seeing import Seat

QUIET = timedelta(minutes=30)


def silent(seat: Seat) -> str:
    """A sentence for the page; empty while every exchange speaks, or there is none."""
    return ""
