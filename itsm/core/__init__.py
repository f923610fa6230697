"""What everything stands on: the clock, paging, request ids, registries. No models."""

from .clock import midnight, now, weeks_before

__all__ = ["midnight", "now", "weeks_before"]
