"""Bodies of one source that arrive while another of its bodies is dealt with are dealt with together, by the next of them.

A storm of single posts then costs a transaction a handful instead of one each. Nobody is answered before their own body is
committed and dealt with. The threads of one process share the work; processes do not wait for each other.
"""

import logging
import threading
from dataclasses import dataclass, field

from django.db import OperationalError

from itsm.gateway.doors import Call, Door, Outcome

from . import receiving
from .models import Inbound, Source

logger = logging.getLogger(__name__)
# Large bodies are worth a transaction of their own.
MOST, LARGEST = 50, 64 * 1024
_lock = threading.Lock()
# Sources with a body at work here: who waits for it to be done, in order of arrival.
_lines: "dict[int, list[Turn]]" = {}


@dataclass
class Turn:
    """One body, and the thread that waits for its answer. `share`: the bodies that it deals with besides its own; None: nobody's lead."""

    door: Door
    source: Source
    call: Call
    began: float
    told: threading.Event = field(default_factory=threading.Event)
    share: "list[Turn] | None" = None
    row: Inbound | None = None
    outcome: Outcome | None = None

    def alone(self) -> tuple[Outcome, int]:
        """Have it dealt with by itself, unless that is done."""
        if self.row is None:
            self.row = receiving.keep(self.door, self.source, self.call)
        if self.outcome is None:
            self.outcome = receiving.hand_over(self.door, self.source, self.row, self.call, began=self.began)
        return self.outcome, self.row.pk


def deliver(door: Door, source: Source, call: Call, *, began: float) -> tuple[Outcome, int]:
    """Keep a body, have its door deal with it, alone or with others: what became of it, and its place in the log."""
    turn = Turn(door, source, call, began)
    if door.handle_many is None or len(call.body) > LARGEST:
        return turn.alone()
    with _lock:
        if source.pk in _lines:
            _lines[source.pk].append(turn)
        else:
            _lines[source.pk], turn.share = [], []
    if turn.share is None and not turn.told.wait(2 * door.seconds):
        _give_up(turn)
    if turn.share is None:
        return turn.alone()
    try:
        if turn.share:
            several([turn, *turn.share])
        for each in turn.share:
            each.told.set()
        return turn.alone()
    finally:
        for each in turn.share:
            each.told.set()
        _pass_on(source.pk)


def _give_up(turn: Turn) -> None:
    """It waited too long: out of the line, unless it is called at this very moment."""
    with _lock:
        line = _lines.get(turn.source.pk, [])
        if turn in line:
            line.remove(turn)
        elif not turn.told.is_set():
            raise OperationalError("another body of this source is not done in time")


def _pass_on(pk: int) -> None:
    """The first who waits leads, with all the others as its share."""
    with _lock:
        line = _lines[pk]
        if not line:
            del _lines[pk]
            return
        first, _lines[pk] = line[0], line[MOST:]
        first.share = line[1:MOST]
        first.told.set()


def several(turns: list[Turn]) -> None:
    """Keep and deal with all of them in two transactions. What has no outcome afterwards is for its own thread."""
    door, source, calls = turns[0].door, turns[0].source, [turn.call for turn in turns]
    try:
        rows = receiving.keep_many(door, source, calls)
    except Exception:
        logger.warning("Bodies for the door %s could not be kept together.", door.kind, exc_info=True)
        return
    for turn, row in zip(turns, rows, strict=True):
        turn.row = row
    outcomes = receiving.hand_over_many(door, source, rows, calls, began=turns[0].began)
    for turn, outcome in zip(turns, outcomes, strict=True):
        turn.outcome = outcome
