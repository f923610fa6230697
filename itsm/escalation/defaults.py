"""The policies that every installation starts with: a warning, an alert, and for the resolution the next team."""

from django.db import transaction

from itsm.core import versions

from .models import Policy, PolicyStep

WARN = {"do": "warn", "who": ["assignee", "team"]}
ALERT = {"do": "alert", "who": ["leader"]}
POLICIES = {
    "RESOLUTION": ("Résolution", "Resolution", "resolve", {75: [WARN], 100: [ALERT], 150: [{"do": "escalate"}]}),
    "OWNERSHIP": ("Prise en charge", "Ownership", "own", {75: [WARN], 100: [ALERT]}),
}


@transaction.atomic
def ensure_default_policies() -> None:
    """Create the policies that are missing; one that a site changed is left as it is."""
    for code, (french, english, metric, steps) in POLICIES.items():
        policy, created = Policy.objects.get_or_create(
            code=code, defaults={"name_fr": french, "name_en": english, "clock": "sla", "metric": metric}
        )
        if created:
            PolicyStep.objects.bulk_create(
                PolicyStep(policy=policy, percent=percent, actions=actions) for percent, actions in steps.items()
            )
    versions.bump("escalation")
