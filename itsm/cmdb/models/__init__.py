"""Configuration items, their classes, relations, services, outages, and the history of every change."""

from .baselines import Baseline
from .classes import CIClass
from .drifts import Drift
from .history import CIHistory, RelationHistory
from .items import ConfigurationItem
from .relations import Relation, RelationType
from .services import Outage, Service

__all__ = [
    "Baseline",
    "CIClass",
    "CIHistory",
    "ConfigurationItem",
    "Drift",
    "Outage",
    "Relation",
    "RelationHistory",
    "RelationType",
    "Service",
]
