"""What automatic steps need of the outbox: a consumer that starts them, and one that hears how they went."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from itsm.notify.outbox import Fact, consumer

from ..models import Task
from . import definition, services
from .kinds import KINDS


@consumer("plan-actions", "task.action")
def act(fact: Fact) -> None:
    """Start the step of a task that is open; what nobody knows how to do any more has failed."""
    task = Task.objects.select_related("record", "plan").filter(pk=fact.payload.get("task"), done_at=None).first()
    if task is None or task.outcome or task.plan is None:
        return
    kind = KINDS.find(task.action)
    steps = definition.parse(task.plan.plan, check_names=False).steps
    step = next((each for each in steps if each.key == task.step), None)
    if kind is None or step is None:
        with override(task.record.language):
            services.report(task.pk, good=False, text=_("This automatic step is not known any more."))
        return
    kind.start(task, dict(step.parameters), fact)


@consumer("plan-results", "task.settled")
def settle(fact: Fact) -> None:
    """How an automatic step went."""
    services.report(fact.payload["task"], good=fact.payload["good"], text=fact.payload.get("text", ""))
