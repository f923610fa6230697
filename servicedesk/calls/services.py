"""The life of a call. One function is one transaction; what a person does is audited, what an exchange says is its story.

The call is locked before any operator. Each function may be called twice, late, or out of order by an exchange: what is known
already changes nothing, and what comes late completes the row without moving it backwards. Only people get IllegalMove.
"""

from .attaching import attach, attach_major
from .audited import subject
from .beginning import press, put_in_queue, ring, ring_decided
from .byhand import say_who, start_by_hand
from .callbacks import call_back_done, owe_call_back, take_call_back
from .locking import locked, locked_call_of
from .orders import call_back, originate
from .over import hang_up, hold_wrap_up, leave_message, wrap_up, write_note
from .talking import answer, hold, moved_to, resume, transfer

__all__ = [
    "answer", "attach", "attach_major", "call_back", "call_back_done", "hang_up", "hold", "hold_wrap_up", "leave_message", "locked", "locked_call_of", "moved_to", "originate", "owe_call_back",
    "press", "put_in_queue", "resume", "ring", "ring_decided", "say_who", "start_by_hand", "subject", "take_call_back", "transfer", "wrap_up", "write_note",
]  # fmt: skip
