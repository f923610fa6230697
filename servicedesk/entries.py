"""The service desk's lines of the navigation and of the "Create" menu."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.people.scope import Scope
from itsm.records.models import Record
from itsm.records.queryset import desk
from itsm.web.navigation import Entry, creatable, register

from .desk import aside
from .desk.desks import kinds
from .desk.tabs import CAP


def waiting_for_my_teams(scope: Scope) -> int | None:
    """Active records of the reader's teams, up to the cap; nothing for who is in no team."""
    if not scope.teams:
        return None
    awake = aside.awake("team", scope, aside.moment(scope))
    active = Record.objects.filter(desk(scope), awake, kind__in=kinds(), team_id__in=scope.teams).active()
    return len(active.order_by().values_list("pk")[: CAP + 1])


def open_ones(kind: str):
    """A counter of every active record of a kind that the reader may see, as the list opens, up to the cap."""

    def count(scope: Scope) -> int:
        awake = aside.awake("open", scope, aside.moment(scope))
        active = Record.objects.filter(desk(scope), awake, kind=kind).active()
        return len(active.order_by().values_list("pk")[: CAP + 1])

    return count


register(
    Entry(
        "work", _("My work"), "/desk/", "layout-columns", "home", "records.read", 10,
        waiting_for_my_teams, keys="w",
    )
)  # fmt: skip
register(
    Entry(
        "incidents", _("Incidents"), "/desk/incidents/", "headset", "desk", "records.read", 10,
        open_ones("incident"), keys="i",
    )
)  # fmt: skip
register(
    Entry(
        "requests", _("Requests"), "/desk/requests/", "shopping-bag", "desk", "records.read", 12,
        open_ones("request"), keys="r",
    )
)  # fmt: skip
register(
    Entry(
        "access", _("Accesses"), "/desk/access/", "key", "desk", "records.read", 14, open_ones("access"), keys="x",
    )
)  # fmt: skip
register(
    Entry(
        "access-reviews", _("Access reviews"), "/desk/access/reviews/", "clipboard-check", "desk", "records.manage", 15
    )
)
register(Entry("macros", _("Macros and texts"), "/desk/macros/", "wand", "desk", "records.work", 40))
register(Entry("telephony", _("Telephony"), "/settings/telephony/", "phone", "settings", "settings.manage", 66))
register(Entry("catalogue", _("Catalogue"), "/settings/catalogue/", "package", "settings", "catalogue.manage", 6))
creatable(Entry("incident", _("Incident"), "/desk/incidents/new/", "headset", "desk", "records.read", 10, keys="i"))
creatable(Entry("access", _("Access"), "/desk/access/new/", "key", "desk", "records.read", 14, keys="x"))
creatable(
    Entry(
        "request",
        pgettext_lazy("process", "Request"),
        "/desk/requests/new/",
        "shopping-bag",
        "desk",
        "records.read",
        12,
        keys="r",
    )
)
