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
for _order, (_key, _label) in enumerate(
    (
        ("d", pgettext_lazy("call", "Answer the one who rings here, or has waited longest")),
        ("m", _("Attach to the major incident")),
        ("t", pgettext_lazy("call", "New incident from the call")),
        ("r", pgettext_lazy("call", "New request from the call")),
        ("a", pgettext_lazy("call", "Attach to a ticket")),
        ("i", _("Say who is on the line")),
        ("h", pgettext_lazy("call", "Hold or resume the call")),
        ("e", pgettext_lazy("call", "Transfer the call")),
        ("q", pgettext_lazy("call", "End the call")),
        ("w", pgettext_lazy("call", "Wrap up with the proposed code")),
        ("l", _("I have someone on the line")),
    )
):
    register(_key, _label, "calls", _order)
register("p", _("Answer the call that rings"), "everywhere", 60, needs="[data-rings]")
