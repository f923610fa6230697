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
from .trust import Campaign, CampaignItem, CampaignShare, Correction, CorrectionVoice, HealthDay

__all__ = [
    "Baseline",
    "CIClass",
    "CIHistory",
    "Campaign",
    "CampaignItem",
    "CampaignShare",
    "Claim",
    "ConfigurationItem",
    "Correction",
    "CorrectionVoice",
    "DataSource",
    "Drift",
    "HealthDay",
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
