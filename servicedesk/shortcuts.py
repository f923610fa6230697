"""The keys of the service desk: on a ticket, and on the bar of acts above a list."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.web.shortcuts import register

for _order, (_key, _label) in enumerate(
    (
        ("r", _("Reply to the requester")),
        ("n", _("Write an internal note")),
        ("a", _("Take charge")),
        ("e", _("Escalate")),
        ("h", _("Hold or resume")),
        ("s", _("Resolve")),
        ("l", _("Link to another ticket")),
        ("m", _("Macros; then 1 to 9")),
    )
):
    register(_key, _label, "ticket", _order)
register("[", _("Show or hide the queue"), "ticket", 60, needs="[data-workspace]")
register("]", _("Show or hide the context"), "ticket", 61, needs="[data-workspace]")
register("a", pgettext_lazy("several", "Assign the chosen ones"), "list", 60)
register("h", pgettext_lazy("several", "Hold the chosen ones"), "list", 61)
register("l", pgettext_lazy("several", "Link the chosen ones"), "list", 62)
register("m", pgettext_lazy("several", "A macro on the chosen ones"), "list", 63)
register("u", _("Undo what was just done to several"), "list", 64)
