"""What an item's page shows of its inventory: the system, parts, how much software, and which agents tell of it."""

from django.db.models import Exists, OuterRef

from itsm.cmdb.models import ConfigurationItem
from itsm.core.panels import Panel, register

from ..networks.panels import is_a_thing
from .models import Agent, Component, Installation


def inventory_of_item(request, item) -> dict | None:
    """None for an item of which no inventory speaks."""
    if not is_a_thing(item.ci_class):
        return None
    about = ConfigurationItem.objects.filter(pk=item.pk).values_list(
        Exists(Component.objects.filter(item=OuterRef("pk"), gone_at=None)), Exists(Agent.objects.filter(item=OuterRef("pk"))),
        Exists(Installation.objects.filter(item=OuterRef("pk"), gone_at=None)),
    )[0]  # fmt: skip
    if not any(about):
        return None
    has_parts, has_agents, has_software = about
    parts = list(Component.objects.filter(item=item, gone_at=None).order_by("kind", "place")) if has_parts else []
    software = Installation.objects.filter(item=item, gone_at=None).count() if has_software else 0
    agents = list(Agent.objects.filter(item=item).order_by("-contact_at")[:5]) if has_agents else []
    kinds = [(kind, label, [p for p in parts if p.kind == kind]) for kind, label in Component.Kind.choices]
    return {"item": item, "kinds": [row for row in kinds if row[2]], "software": software, "agents": agents}


register(Panel("inventory-of-item", "ci", "technical/inventory/_item_panel.html", inventory_of_item, order=45))
