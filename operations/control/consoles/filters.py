"""Which alerts an address of the list asks for: the filters of REST, several sources at once, and the tabs."""

import django_filters
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.events import filters
from itsm.events.models import State

WAITING = (State.OPEN, State.FLAPPING)
ACTIVE = (*WAITING, State.ACKNOWLEDGED, State.MAINTENANCE)
# The tabs of the list: the states that each shows.
TABS = {
    "waiting": (_("To take"), WAITING),
    "active": (_("All under way"), ACTIVE),
    "silenced": (pgettext_lazy("alerts", "Silenced"), (State.SILENCED,)),
    "closed": (pgettext_lazy("alerts", "Closed"), (State.CLOSED,)),
}


class AlertFilter(filters.AlertFilter):
    """As over REST, but for the sources: their facet chooses several."""

    source = django_filters.CharFilter(method="by_source")

    def by_source(self, rows, _name, _value):
        names = [name[:60] for name in self.data.getlist("source") if name.strip()][:20]
        return rows.filter(source__in=names) if names else rows
