"""What happens when time runs out: policies with their steps, and people on call."""

from ..routing.models import Distribution, RoutingRule, Skill
from .oncall import Chain, ChainStep, Feed, Layer, LayerPerson, Override, Page, PageCall, Rank, Rota, Swap
from .policies import Phases, Policy, PolicyStep, Replanning

__all__ = [
    "Chain", "ChainStep", "Distribution", "Feed", "Layer", "LayerPerson", "Override", "Page", "PageCall", "Phases", "Policy",
    "PolicyStep", "Rank", "Replanning", "Rota", "RoutingRule", "Skill", "Swap",
]  # fmt: skip
