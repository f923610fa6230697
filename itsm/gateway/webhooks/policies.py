"""The action "webhook" of escalation policies. Policies stand below the gateway: it brings them this action, they know none.

The step writes a fact in its own transaction; the gateway's consumer makes a delivery of it.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.escalation import actions, rules
from itsm.escalation.actions import Action, Setting
from itsm.escalation.rules import Step
from itsm.notify import outbox
from itsm.people.directory import directory
from itsm.people.models import User
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


def choices(user: User) -> list[tuple[str, str]]:
    """The webhooks that a person may have a policy call: those that they administer."""
    return list(Webhook.objects.visible_to(user).filter(off="").order_by("name", "pk").values_list("code", "name"))


def check(given: dict, setting: Setting) -> dict:
    """The code of a webhook that the editor administers, and that is told of every ticket that the policy is about.

    One that stood in the policy may stay there, whoever edits it now, and though it was switched off.
    """
    code = str(given.get(NAME) or "")[:40]
    stood = any(each.get("do") == NAME and each.get(NAME) == code for each in setting.before)
    known = Webhook.objects.all() if stood or setting.actor is None else Webhook.objects.visible_to(setting.actor)
    webhook = known.filter(code=code).first()
    if set(given) != {NAME} or webhook is None:
        raise DomainError(_("Choose a webhook."), field="actions")
    if not covers(webhook.organisation_id, setting.organisation_id):
        raise DomainError(
            _("The webhook %(code)s is not told of every organisation of this policy: choose its organisation, or one below.")
            % {"code": code},
            field="organisation_id",
        )  # fmt: skip
    return {NAME: code}


def covers(organisation_id: int, place: int | None) -> bool:
    """Is an organisation, or every one whose users open tickets (`place` None), at or below this one?"""
    book = directory.get().organisations
    places = [book[place]] if place in book else [row for row in book.values() if row.kind != "supplier"]
    return all(organisation_id in row.lineage for row in places)


def in_words(kept: dict) -> str:
    """A sentence for the list of policies."""
    return _("Call the webhook %(name)s") % {"name": events.names.get().get(kept[NAME], kept[NAME])}


def take_step(step: Step, given: dict) -> None:
    """Inside the transaction that takes the step, with the record locked: an entry on the ticket, and the fact."""
    data = {**step.told, NAME: given[NAME], "at": step.at.isoformat()}
    moves.write_entry(step.record, "webhook_called", actor=None, data=step.told | {NAME: given[NAME]}, at=step.at)
    outbox.put(events.ESCALATION, record=step.record, payload=data)
