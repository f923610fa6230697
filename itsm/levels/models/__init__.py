"""Agreements, their targets, the clocks that count against them, and the calendars as they stood."""

from .agreements import METRICS, Agreement, Kind, Metric, OnChange, OnReopen, Starts, Target, Terms
from .clocks import ALIVE, Clock, FrozenCalendar

__all__ = [
    "ALIVE",
    "METRICS",
    "Agreement",
    "Clock",
    "FrozenCalendar",
    "Kind",
    "Metric",
    "OnChange",
    "OnReopen",
    "Starts",
    "Target",
    "Terms",
]
