"""Configuration items, their classes, relations, services, outages, and the history of every change."""

from .baselines import Baseline
from .classes import CIClass
from .drifts import Drift
from .history import CIHistory, RelationHistory
from .intake import Claim, DataSource, Identifier, IntakeRow, IntakeRun, PrecedenceRule
from .items import ConfigurationItem
from .relations import Relation, RelationType
from .runs import ItemColumns, ItemRun, ItemRunRow
from .services import Outage, Service

__all__ = [
    "Baseline",
    "CIClass",
    "CIHistory",
    "Claim",
    "ConfigurationItem",
    "DataSource",
    "Drift",
    "Identifier",
    "IntakeRow",
    "IntakeRun",
    "ItemColumns",
    "ItemRun",
    "ItemRunRow",
    "Outage",
    "PrecedenceRule",
    "Relation",
    "RelationHistory",
    "RelationType",
    "Service",
]
