"""A lifecycle is a table of moves. Buttons, API actions, tests and docs derive from it. It knows no person, no database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from itsm.core.errors import IllegalMove

STAY = ""
BACK = "<"


@dataclass(frozen=True)
class Move:
    """A verb: from which states, to which one (`STAY`: none; `BACK`: the state before the hold)."""

    name: str
    label: Any
    sources: frozenset[str]
    target: str = STAY
    verb: str = ""
    icon: str = "arrow-right"
    offered: bool = field(default=True)


class Lifecycle:
    """The states of a process, the phase each stands for, and the moves between them."""

    def __init__(self, *, states: Mapping[str, tuple[Any, str, str]], moves: Iterable[Move]):
        """`states` maps a state to (label, phase, tone and icon name "tone:icon"); the first is the initial one."""
        self.states = dict(states)
        self.moves = {move.name: move for move in moves}
        self.initial = next(iter(self.states))

    def label(self, state: str):
        """The state's name for people."""
        return self.states[state][0] if state in self.states else state

    def phase(self, state: str) -> str:
        """The public phase of a state."""
        return self.states[state][1]

    def look(self, state: str) -> tuple[str, str]:
        """(tone, icon) of the state's chip."""
        tone, _sep, icon = self.states.get(state, ("", "", "grey:circle"))[2].partition(":")
        return tone, icon

    def moves_from(self, state: str) -> list[Move]:
        """The moves that are legal in a state, in the order of the table."""
        return [move for move in self.moves.values() if state in move.sources]

    def check(self, record, name: str) -> Move:
        """The move of that name; IllegalMove when the record's state does not allow it."""
        move = self.moves[name]
        if record.state not in move.sources:
            raise IllegalMove(
                _("%(number)s is “%(state)s”: “%(move)s” is not possible now.")
                % {"number": record.number, "state": self.label(record.state), "move": move.label},
                data={"state": record.state, "move": name},
            )
        return move
