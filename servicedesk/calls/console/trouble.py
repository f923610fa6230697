"""An exchange that has said nothing for long: operators are told, for callers may then wait where nobody sees them."""

from datetime import timedelta

from django.utils.translation import gettext as _

from itsm.core import durations, now
from itsm.people.scope import scope_of

from ..models import Exchange
from . import tiles
from .seeing import Seat

QUIET = timedelta(minutes=30)


def silent(seat: Seat) -> str:
    """A sentence for the page; empty while every exchange speaks, or there is none, or the switchboard is closed."""
    scope, at = scope_of(seat.user), now()
    rows = Exchange.objects.filter(source__revoked_at=None).select_related("source")
    rows = rows if scope.everything else rows.filter(source__organisation__in=scope.organisations)
    for exchange in rows.order_by("pk")[:20]:
        if exchange.trouble:
            words = {"name": exchange.source.name, "why": exchange.trouble}
            return _("The exchange “%(name)s” does not answer: %(why)s Calls may wait that you do not see.") % words
        heard = max(filter(None, [exchange.heard_at, exchange.source.last_seen_at]), default=None)
        if heard and at - heard > QUIET and _open(seat, at):
            words = {"name": exchange.source.name, "time": durations.short((at - heard).total_seconds())}
            return (
                _("The exchange “%(name)s” has said nothing for %(time)s. Calls may wait that you do not see.") % words
            )
    return ""


def _open(seat: Seat, at) -> bool:
    """Is one of the queues open? Where none has hours, always."""
    found = tiles.of(seat)
    return not found["opens_at"] or found["opens_at"] <= at < found["closes_at"]
