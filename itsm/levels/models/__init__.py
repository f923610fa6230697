"""Agreements, their targets, the clocks that count against them, and the calendars as they stood."""

from .agreements import METRICS, Agreement, Kind, Metric, OnChange, OnReopen, Target
from .clocks import Clock, FrozenCalendar

__all__ = [
    "METRICS",
    "Agreement",
    "Clock",
    "FrozenCalendar",
    "Kind",
    "Metric",
    "OnChange",
    "OnReopen",
    "Target",
]
