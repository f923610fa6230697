"""What everything stands on: the clock, paging, request ids, registries. No models."""

from .clock import now

__all__ = ["now"]
