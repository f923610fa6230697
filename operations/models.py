from .control.consoles.models import Console, ConsoleEntry

__all__ = ["Console", "ConsoleEntry"]
