"""The action "webhook" of escalation policies. Policies stand below the gateway: it brings them this action, they know none.

The step writes a fact in its own transaction; the gateway's consumer makes a delivery of it.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.escalation import actions, rules
from itsm.escalation.actions import Action
from itsm.escalation.rules import Step
from itsm.notify import outbox
from itsm.records import moves

from . import events
from .models import Webhook

NAME = "webhook"


def register() -> None:
    """Offer the action and do it when it is due."""
    if NAME in actions.ACTIONS:
        return
    actions.ACTIONS.add(
        NAME,
        Action(NAME, gettext_lazy("Call a webhook"), check, in_words, choices=choices, none=gettext_lazy("None")),
    )
    rules.SHARED.add(NAME, take_step)


def choices() -> list[tuple[str, str]]:
    """The webhooks that a policy may call."""
    return list(Webhook.objects.filter(off="").order_by("name", "pk").values_list("code", "name"))


def check(given: dict) -> dict:
    """The code of a webhook that is on. One that was switched off by itself may stay in a step."""
    code = str(given.get(NAME) or "")[:40]
    if set(given) != {NAME} or not Webhook.objects.filter(code=code).exists():
        raise DomainError(_("Choose a webhook."), field="actions")
    return {NAME: code}


def in_words(kept: dict) -> str:
    """A sentence for the list of policies."""
    return _("Call the webhook %(name)s") % {"name": events.names.get().get(kept[NAME], kept[NAME])}


def take_step(step: Step, given: dict) -> None:
    """Inside the transaction that takes the step, with the record locked: an entry on the ticket, and the fact."""
    data = {**step.told, NAME: given[NAME], "at": step.at.isoformat()}
    moves.write_entry(step.record, "webhook_called", actor=None, data=step.told | {NAME: given[NAME]}, at=step.at)
    outbox.put(events.ESCALATION, record=step.record, payload=data)
