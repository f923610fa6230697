"""The rules that every installation starts with; a site changes them in the product. Only adds what is missing."""

from .models import MajorRule

RULES = [
    ("p1", "Priorité 1", "Priority 1", {"priority": 1}),
    ("calls", "Plusieurs appels sur le même incident", "Several calls about one incident", {"calls": 5, "minutes": 15}),
    ("children", "Plusieurs tickets rattachés", "Several tickets under one incident", {"children": 5, "minutes": 30}),
    ("vital", "Service vital, priorité haute", "Vital service, high priority", {"criticality": 1, "priority": 2}),
    ("surge", "Afflux d’appels sur un service", "Surge of calls about a service", {"about": "surge", "calls": 8, "minutes": 15, "times": 3}),
]  # fmt: skip


def ensure_major_rules() -> None:
    """Create the rules that are missing; one that a site changed is left as it is."""
    for position, (code, french, english, conditions) in enumerate(RULES):
        MajorRule.objects.get_or_create(
            code=code,
            defaults={"name_fr": french, "name_en": english, "name": french, "position": position, **conditions},
        )
