"""Models of this app: routing."""

from .routing.models import Distribution, RoutingRule, Skill

__all__ = ["Distribution", "RoutingRule", "Skill"]
