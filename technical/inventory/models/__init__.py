"""What stands on and in the machines: software with its versions, components, and the agents that tell of them."""

from .agents import Agent
from .components import Component
from .discovery import Discovery
from .software import Installation, Software

__all__ = ["Agent", "Component", "Discovery", "Installation", "Software"]
