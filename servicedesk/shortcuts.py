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
        ("d", _("Come back to it on a date")),
        ("z", _("Set aside for oneself, or bring back")),
        ("t", _("Tick the next task")),
        ("u", _("Take back what was just done")),
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
register("d", pgettext_lazy("several", "Follow up the chosen ones"), "list", 65)
register("z", pgettext_lazy("several", "Set the chosen ones aside"), "list", 66)
