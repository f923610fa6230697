"""The life of an item: which status may follow which, and the days that go with them."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from itsm.core.errors import IllegalMove

from .models import ConfigurationItem

Status = ConfigurationItem.Status
MOVES: dict[str, tuple[str, ...]] = {
    Status.PLANNED: (Status.IN_STOCK, Status.LIVE, Status.RETIRED),
    Status.IN_STOCK: (Status.LIVE, Status.RETIRED),
    Status.LIVE: (Status.IN_STOCK, Status.RETIRED),
    Status.RETIRED: (Status.LIVE, Status.IN_STOCK),
}


def allowed(status: str) -> tuple[str, ...]:
    """The present status and those that may follow it."""
    return (status, *MOVES[status])


def follow(item: ConfigurationItem, was: str, at: datetime) -> None:
    """Check the move and set its days. IllegalMove names the ways that are open."""
    if item.status == was:
        return
    if item.status not in MOVES[was]:
        words = ", ".join(f"“{Status(each).label}”" for each in MOVES[was])
        text = _("From “%(old)s” an item cannot become “%(new)s”, only: %(ways)s.")
        raise IllegalMove(
            text % {"old": Status(was).label, "new": Status(item.status).label, "ways": words}, field="status"
        )
    began(item, at)
    if was == Status.RETIRED:
        item.retired_on = None


def began(item: ConfigurationItem, at: datetime) -> None:
    """The days of the status that an item has from now on; a day that was given stays."""
    day = timezone.localtime(at).date()
    item.status_since = at
    if item.status == Status.LIVE and item.live_on is None:
        item.live_on = day
    if item.status == Status.RETIRED:
        item.retired_on = day
