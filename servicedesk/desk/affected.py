"""Which services a record touches, by the impact of its items."""

from collections.abc import Sequence

from itsm.cmdb import impact
from itsm.cmdb.models import ConfigurationItem, Service


def hurt(items: Sequence[ConfigurationItem], user) -> list[dict]:
    """The services that suffer when these items fail, the worst first (`itsm.cmdb.impact.services_hurt`)."""
    return impact.services_hurt([item.pk for item in items], user=user) if items and user else []


def service_of(items: Sequence[ConfigurationItem], user) -> Service | None:
    """The service that suffers most; None when none does, or the person may see none."""
    found = hurt(items, user)
    return Service.objects.filter(pk=found[0]["pk"]).first() if found else None
