"""Re-exports only: each process keeps its models in its own folder."""

from .incidents.models import Incident

__all__ = ["Incident"]
