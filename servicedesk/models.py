"""Re-exports only: each process keeps its models in its own folder."""

from .imports.models import ImportReject, ImportRun
from .incidents.models import Incident
from .surveys.models import Survey, SurveyRule

__all__ = ["ImportReject", "ImportRun", "Incident", "Survey", "SurveyRule"]
