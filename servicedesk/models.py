"""Re-exports only: each process keeps its models in its own folder."""

from .bulk.models import BulkRun
from .imports.models import ImportedPromise, ImportReject, ImportRun
from .incidents.models import Incident
from .macros.models import CannedReply, ChecklistTemplate, Macro
from .surveys.models import Survey, SurveyRule

__all__ = [
    "BulkRun",
    "CannedReply",
    "ChecklistTemplate",
    "ImportReject",
    "ImportRun",
    "ImportedPromise",
    "Incident",
    "Macro",
    "Survey",
    "SurveyRule",
]
