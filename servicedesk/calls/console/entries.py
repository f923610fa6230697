"""The console's tab, its line of the navigation, and how many callers wait."""

from django.utils.translation import gettext_lazy as _

from itsm.people.scope import Scope
from itsm.web import destinations
from itsm.web.navigation import Entry, register

from .. import tabs
from ..models import Call

CAP = 100


def waiting(scope: Scope) -> int:
    """Callers whom nobody has answered, of the switchboards that the reader works at."""
    rows = Call.objects.all() if scope.everything else Call.objects.filter(organisation__in=scope.organisations)
    return len(rows.waiting().order_by().values_list("pk")[:CAP])


tabs.add("console", _("Console"), "call_console:console", "calls.take", 10)
register(
    Entry(
        "calls", _("Switchboard"), "/calls/", "phone", "desk", "calls.take", 5, waiting, keys="p", lamp=True,
        words=_("calls telephone console queue operators presence"),
    )
)  # fmt: skip
destinations.add("call-backs", _("Call-backs that are due"), "/calls/list/?state=call_back_due", "phone-outgoing", "calls.take", _("call back callback ring back"))  # fmt: skip
destinations.add(
    "call-list", _("All calls"), "/calls/list/", "phone", "calls.take", _("list of calls history missed abandoned")
)
