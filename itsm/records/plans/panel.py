"""The planned tasks on the page of a record: what is over, what is open, what waits for what."""

from django.utils.translation import pgettext

from itsm.core import now
from itsm.core.chips import chip
from itsm.core.panels import Panel, register
from itsm.people.directory import directory

from ..models import Task
from . import access, definition


def state_of(task: Task) -> str:
    """One word for where a task stands: waiting, open, done, skipped or failed."""
    if task.outcome:
        return task.outcome
    return "done" if task.done_at else "open" if task.opened_at else "waiting"


def state_chip(task: Task) -> str:
    """The same as a coloured word."""
    labels = {
        "done": ("green", "check", pgettext("task", "Done")), "open": ("blue", "circle-dot", pgettext("task", "To do")),
        "waiting": ("grey", "hourglass", pgettext("task", "Waiting")), "failed": ("red", "alert-triangle", pgettext("task", "Failed")),
        "skipped": ("grey", "player-skip-forward", pgettext("task", "Skipped")),
    }  # fmt: skip
    return chip(*labels[state_of(task)])


def of_record(request, record) -> dict | None:
    """The tasks of the plans of a record, in their order; None where there is no plan."""
    rows = Task.objects.filter(record_id=record.pk, plan__isnull=False).select_related("assignee", "done_by", "plan")
    found = list(rows.order_by("plan", "pk"))
    if not found:
        return None
    titles = {(task.plan_id, task.step): task.title for task in found}
    waits: dict[int, dict[str, set[str]]] = {}
    for task in found:
        if task.plan_id not in waits:
            present = {each.step for each in found if each.plan_id == task.plan_id}
            waits[task.plan_id] = definition.parse(task.plan.plan, check_names=False).predecessors(present)
    over = {(task.plan_id, task.step) for task in found if task.done_at}
    teams = directory.get().teams
    mine = set(access.readable(request.user).filter(pk__in=[task.pk for task in found]).values_list("pk", flat=True))
    lines = [
        {
            "task": task, "state": state_chip(task), "team": teams[task.team_id].name if task.team_id in teams else "",
            "readable": task.pk in mine,
            "after": sorted(titles[task.plan_id, key] for key in waits[task.plan_id][task.step] if (task.plan_id, key) not in over),
        }
        for task in found
    ]  # fmt: skip
    ready = [task for task in found if task.opened_at and not task.done_at] if record.phase != "closed" else []
    tick = access.first_to_do(request.user, ready)
    return {"lines": lines, "done": len(over), "at": now(), "tick": tick}


register(Panel("plan", "record", "records/plans/_panel.html", of_record, order=12))
