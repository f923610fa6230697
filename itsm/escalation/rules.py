"""What happens at each step of a clock: 75 % warns, 100 % alerts, 150 % escalates. Each once, told in the timeline.

Higher layers bind the acts of their process with `on_step`; the sweep knows none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from itsm.core.registry import Registry


@dataclass(frozen=True)
class Step:
    """A clock of a record has used `percent` of its target."""

    record_id: int
    kind: str
    metric: str
    percent: int
    at: datetime


ACTS: Registry[Callable[[Step], None]] = Registry("escalation act")


def on_step(kind: str, act: Callable[[Step], None]) -> None:
    """Bind the act of a process: called inside the transaction that takes the step, with the record locked."""
    ACTS.add(kind, act)
