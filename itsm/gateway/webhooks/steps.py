"""The automatic step "webhook" of task plans. Plans stand below the gateway: it brings them this kind, they know none.

The delivery is the step: the task is done once the receiver took it, and has failed once that is given up.
"""

import json

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.notify.outbox import Fact
from itsm.records.models import Task
from itsm.records.plans import kinds
from itsm.records.plans.services import report

from . import bodies, events, queueing
from .models import Delivery, Webhook

NAME = "webhook"
# A person waits for it: given up within three hours, not days; they can try again.
MOST_ATTEMPTS = 5


def register() -> None:
    """Offer the kind to plans."""
    if NAME not in kinds.KINDS:
        kinds.register(kinds.Kind(NAME, gettext_lazy("Call a webhook"), check, start, in_words))


def check(given: dict) -> dict:
    """The code of a webhook that exists."""
    code = str(given.get(NAME) or "")[:40]
    if set(given) != {NAME} or not Webhook.objects.filter(code=code).exists():
        raise DomainError(_("Choose a webhook."))
    return {NAME: code}


def in_words(kept: dict) -> str:
    """A sentence for who reads the plan."""
    return _("Call the webhook %(name)s") % {"name": events.names.get().get(kept[NAME], kept[NAME])}


def start(task: Task, given: dict, fact: Fact) -> None:
    """In the drainer's transaction: queue the message, or say why there is none."""
    wish = next((each for each in events.wishes.get() if each.code == given.get(NAME)), None)
    row = bodies.read_record(task.record_id)
    with override(task.record.language):
        if wish is None or not wish.reaches(task.record.organisation_id):
            report(task.pk, good=False, text=_("The webhook is switched off, or is another organisation’s."))
            return
        if row is None:
            report(task.pk, good=False, text=_("The ticket is confidential: nothing of it leaves."))
            return
    data = bodies.of_task(task, row)
    queueing.queue_one(fact, wish.pk, events.TASK, row["number"], data)


def settled(delivery: Delivery) -> None:
    """The message was taken, or is given up: the plan hears of it. In the caller's transaction."""
    if delivery.event != events.TASK:
        return
    good = delivery.state == Delivery.State.DELIVERED
    task = json.loads(delivery.body)["data"]["task"]["id"]
    language = Task.objects.filter(pk=task).values_list("record__language", flat=True).first() or "fr"
    with override(language):
        text = (
            _("The webhook was called.")
            if good
            else _("The webhook did not take the call: %(why)s") % {"why": _why(delivery)}
        )
    outbox.put("task.settled", payload={"task": task, "good": good, "text": text})


def _why(delivery: Delivery) -> str:
    from .sending import ERRORS

    said = str(ERRORS.get(delivery.error, delivery.error))
    return f"{said} ({delivery.status})" if delivery.status else said
