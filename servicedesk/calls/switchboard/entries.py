"""The switchboard's tab among those of the calls."""

from django.utils.translation import gettext_lazy as _

from itsm.web import destinations

from .. import tabs

tabs.add("switchboard", _("Numbers and menus"), "switchboard:overview", "calls.manage", 70)

MANAGE, SET_UP = "calls.manage", "/calls/switchboard/"
destinations.add(
    "switchboard",
    _("Numbers and menus"),
    SET_UP,
    "sitemap",
    MANAGE,
    _("switchboard IVR voice server DDI opening hours"),
)
destinations.add(
    "switchboard-try",
    _("Try where a call goes"),
    f"{SET_UP}try/",
    "player-play",
    MANAGE,
    _("simulator of the switchboard"),
)
destinations.add(
    "switchboard-queues",
    _("Queues of the switchboard"),
    f"{SET_UP}queues/",
    "users",
    MANAGE,
    _("overflow longest wait strategy"),
)
destinations.add(
    "switchboard-operators",
    _("Operators of the switchboard"),
    f"{SET_UP}operators/",
    "headset",
    MANAGE,
    _("extension skills"),
)
