from .alerts import Alert, AlertEntry, Severity, State
from .events import Event
from .rules import EventRule
from .silences import Silence

__all__ = ["Alert", "AlertEntry", "Event", "EventRule", "Severity", "Silence", "State"]
