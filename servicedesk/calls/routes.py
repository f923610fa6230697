"""Where a call goes: what the switchboard is asked, and what the exchange is answered."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Asked:
    """What is known when a call rings. `pressed`: the keys that the caller has pressed so far, in order."""

    organisation_id: int
    from_number: str
    to_number: str
    at: datetime
    caller_id: int | None = None
    vip: bool = False
    pressed: tuple[str, ...] = ()
    site_id: int | None = None


@dataclass(frozen=True)
class Decision:
    """`action`: accept, queue, reject, dial, announce, menu (asks for a key), call_back, voicemail or register (the caller is
    put on the list of a major incident). `because`: the steps in words, for the call and for the simulator.
    """

    action: str = "accept"
    queue_id: int | None = None
    because: tuple[str, ...] = ()
    say: str = ""
    number: str = ""
    reason: str = ""
    language: str = ""
    service_id: int | None = None
    category_id: int | None = None
    major_id: int | None = None
    in_hours: bool = True
    through_menu: bool = False
    keys: dict = field(default_factory=dict)
    operator_id: int | None = None
