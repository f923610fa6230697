"""The keys of the list of alerts."""

from django.utils.translation import pgettext_lazy

from itsm.web.shortcuts import register

for _order, (_key, _label) in enumerate(
    (
        ("a", pgettext_lazy("alert", "Acknowledge the alert in focus, or the chosen ones")),
        ("i", pgettext_lazy("alert", "Open an incident for it")),
        ("z", pgettext_lazy("alert", "Silence it until an end")),
    )
):
    register(_key, _label, "console", _order, needs="[data-acts-on-rows]")
