"""Re-exports only: each process keeps its models in its own folder."""

from .bulk.models import BulkRun
from .catalogue.models import BasketFile, BasketLine, CatalogueCategory, CatalogueItem, CatalogueItemVersion
from .imports.models import ImportedPromise, ImportReject, ImportRun
from .incidents.models import Incident
from .macros.models import CannedReply, ChecklistTemplate, Macro
from .requests.models import RegularOrder, Request
from .surveys.models import Survey, SurveyRule

__all__ = [
    "BasketFile",
    "BasketLine",
    "BulkRun",
    "CannedReply",
    "CatalogueCategory",
    "CatalogueItem",
    "CatalogueItemVersion",
    "ChecklistTemplate",
    "ImportReject",
    "ImportRun",
    "ImportedPromise",
    "Incident",
    "Macro",
    "RegularOrder",
    "Request",
    "Survey",
    "SurveyRule",
]
