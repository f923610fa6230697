"""What a notice says, by template: written when it is read, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LABELS = {
    "assigned": gettext_lazy("A ticket is assigned to me"), "queued": gettext_lazy("A ticket comes to my team"),
    "urgent": gettext_lazy("An urgent ticket waits for my team"), "replied": gettext_lazy("The requester replies"),
    "commented": gettext_lazy("There is a reply on my ticket"), "noted": gettext_lazy("A colleague notes something"),
    "alerted": gettext_lazy("A ticket needs a manager"), "warned": gettext_lazy("A deadline comes near"),
    "waiting": gettext_lazy("My answer is awaited"), "resolved": gettext_lazy("My ticket is solved"),
    "reopened": gettext_lazy("A ticket is reopened"), "closed": gettext_lazy("My ticket is closed"), "merged": gettext_lazy("My ticket is merged"),
}  # fmt: skip
MAILS = {
    "ticket_opened": gettext_lazy("My ticket is open"), "ticket_commented": gettext_lazy("There is a reply on my ticket"),
    "ticket_waiting": gettext_lazy("My answer is awaited"), "ticket_resolved": gettext_lazy("My ticket is solved"),
    "ticket_merged": gettext_lazy("My ticket is merged"), "ticket_assigned": gettext_lazy("A ticket is assigned to me"),
    "ticket_alerted": gettext_lazy("A ticket needs a manager"), "ticket_reopened": gettext_lazy("A ticket is reopened"),
    "survey": gettext_lazy("Satisfaction survey"), "survey_reminder": gettext_lazy("Reminder of the survey"),
}  # fmt: skip
REASONS = {
    "no_address": gettext_lazy("the person has no address"), "inactive": gettext_lazy("the account is closed"),
    "preference": gettext_lazy("the person does not want it"), "too_many": gettext_lazy("too many mails to this address within an hour"),
}  # fmt: skip
AGENT_ONLY = {"queued", "urgent", "replied", "noted", "alerted", "warned", "ticket_assigned", "ticket_alerted", "ticket_reopened", "assigned", "reopened"}


def notice_text(template: str, data: dict) -> str:
    """One line."""
    ticket = {"number": data.get("number", ""), "title": data.get("title", ""), "into": data.get("into", "")}
    texts = {
        "assigned": _("%(number)s is assigned to you: %(title)s"), "queued": _("%(number)s comes to your team: %(title)s"),
        "urgent": _("Urgent: %(number)s waits for your team: %(title)s"), "replied": _("The requester replied on %(number)s: %(title)s"),
        "commented": _("There is a reply on %(number)s: %(title)s"), "noted": _("There is a note on %(number)s: %(title)s"),
        "alerted": _("%(number)s needs you: %(title)s"), "warned": _("The deadline of %(number)s comes near: %(title)s"),
        "waiting": _("We need your answer on %(number)s: %(title)s"), "resolved": _("%(number)s is solved: %(title)s"),
        "reopened": _("%(number)s is reopened: %(title)s"), "closed": _("%(number)s is closed: %(title)s"),
        "merged": _("%(number)s is now followed as %(into)s: %(title)s"),
    }  # fmt: skip
    return texts.get(template, "%(number)s %(title)s") % ticket
