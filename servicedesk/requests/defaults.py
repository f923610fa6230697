"""The agreement that requests start with: their deadlines begin at the last approval. One that a site changed is left as it is."""

from django.db import transaction

from itsm.core import versions
from itsm.levels.models import Agreement, Metric, Target

from .models import KIND

HOUR, DAY = 3600, 8 * 3600
CODE = "REQUESTS"
# (taken in charge, fulfilled) in business seconds; None = planned, no promise.
TARGETS = {
    1: (HOUR, DAY),
    2: (2 * HOUR, 2 * DAY),
    3: (DAY, 5 * DAY),
    4: (DAY, 10 * DAY),
    5: (2 * DAY, None),
}


def ensure_request_agreement() -> None:
    """Create it where it is missing."""
    ensure_agreement(CODE, KIND, "Demandes", "Requests")


@transaction.atomic
def ensure_agreement(code: str, kind: str, name_fr: str, name_en: str) -> None:
    """Create the agreement that records of a kind that wait for approval start with, where it is missing."""
    named = {"name_fr": name_fr, "name_en": name_en, "record_kind": kind, "starts": "approval"}
    agreement, created = Agreement.objects.get_or_create(code=code, defaults=named)
    if created:
        Target.objects.bulk_create(
            Target(agreement=agreement, priority=priority, metric=metric, seconds=seconds)
            for priority, (own, resolve) in TARGETS.items()
            for metric, seconds in ((Metric.OWN, own), (Metric.RESOLVE, resolve))
        )
        versions.bump("levels")
