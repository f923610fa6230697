"""Configuration items, their classes, relations, services, outages, and the history of every change."""

from .classes import CIClass
from .history import CIHistory, RelationHistory
from .intake import Claim, DataSource, Identifier, IntakeRow, IntakeRun, PrecedenceRule
from .items import ConfigurationItem
from .relations import Relation, RelationType
from .services import Outage, Service
from .trust import Campaign, CampaignItem, CampaignShare, Correction, CorrectionVoice, HealthDay

__all__ = [
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
    "HealthDay",
    "Identifier",
    "IntakeRow",
    "IntakeRun",
    "Outage",
    "PrecedenceRule",
    "Relation",
    "RelationHistory",
    "RelationType",
    "Service",
]
