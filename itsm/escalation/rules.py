"""The steps of a clock, and who acts on them: what each step does is data (policies), how a process does it is bound here.

Higher layers bind the acts of their process with `on_step`; the sweep knows none of them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itsm.core.registry import Registry


@dataclass(frozen=True)
class Step:
    """A clock of a record has used `percent` of its target, or was asked about again (`repeat`) after the last share.
    `missed`: the repeats before it that fell due while nobody swept, for which this one stands too.

    `record` is the row of the process, locked in this transaction; `actions` what the policy wants done.
    """

    record_id: int
    kind: str
    metric: str
    percent: int
    at: datetime
    clock: str = "sla"
    repeat: int = 0
    policy: str = ""
    actions: tuple[dict, ...] = ()
    record: Any = field(default=None, compare=False)
    missed: int = 0

    @property
    def told(self) -> dict:
        """What the audit entry keeps, so that the timeline can say why in each language."""
        told = {
            "step": self.percent,
            "metric": self.metric,
            "clock": self.clock,
            "repeat": self.repeat,
            "policy": self.policy,
        }
        return told | {"missed": self.missed} if self.missed else told


ACTS: Registry[Callable[[Step], None]] = Registry("escalation act")
# Actions that concern no process: done by this layer itself.
SHARED: Registry[Callable[[Step, dict], None]] = Registry("shared escalation action")


def on_step(kind: str, act: Callable[[Step], None]) -> None:
    """Bind the act of a process: called inside the transaction that takes the step, with the record locked."""
    ACTS.add(kind, act)


def perform(step: Step) -> None:
    """Do what the step says. Without conditions that hold there is nothing to do, and nothing is said."""
    if not step.actions:
        return
    act = ACTS.find(step.kind)
    if act:
        act(step)
    for each in step.actions:
        shared = SHARED.find(each["do"])
        if shared:
            shared(step, each)
