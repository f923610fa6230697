"""Configuration items, their classes, relations, services, outages, and the history of every change."""

from .classes import CIClass
from .history import CIHistory, RelationHistory
from .items import ConfigurationItem
from .relations import Relation, RelationType
from .runs import ItemColumns, ItemRun, ItemRunRow
from .services import Outage, Service

__all__ = [
    "CIClass",
    "CIHistory",
    "ConfigurationItem",
    "ItemColumns",
    "ItemRun",
    "ItemRunRow",
    "Outage",
    "Relation",
    "RelationHistory",
    "RelationType",
    "Service",
]
