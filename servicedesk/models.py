"""Re-exports only: each process keeps its models in its own folder."""

from .incidents.models import Incident
from .surveys.models import Survey

__all__ = ["Incident", "Survey"]
