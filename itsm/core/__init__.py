"""What everything stands on: the clock, paging, request ids, registries. No models."""

from .clock import midnight, now

__all__ = ["midnight", "now"]
