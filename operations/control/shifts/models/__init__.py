from .checks import Check, CheckList, CheckResult, Colour
from .log import LogCursor, LogEntry
from .shifts import Handover, Shift, ShiftPattern, ShiftPerson, ShiftTurn

__all__ = [
    "Check", "CheckList", "CheckResult", "Colour", "Handover", "LogCursor", "LogEntry", "Shift", "ShiftPattern", "ShiftPerson", "ShiftTurn",
]  # fmt: skip
