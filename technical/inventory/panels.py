"""What an item's page shows of its inventory: the system, parts, how much software, and which agents tell of it."""

from itsm.core.panels import Panel, register

from .models import Agent, Component, Installation


def inventory_of_item(request, item) -> dict | None:
    """None for an item of which no inventory speaks."""
    parts = list(Component.objects.filter(item=item, gone_at=None).order_by("kind", "place"))
    software = Installation.objects.filter(item=item, gone_at=None).count()
    agents = list(Agent.objects.filter(item=item).order_by("-contact_at")[:5])
    if not (parts or software or agents):
        return None
    kinds = [(kind, label, [p for p in parts if p.kind == kind]) for kind, label in Component.Kind.choices]
    return {"item": item, "kinds": [row for row in kinds if row[2]], "software": software, "agents": agents}


register(Panel("inventory-of-item", "ci", "technical/inventory/_item_panel.html", inventory_of_item, order=45))
