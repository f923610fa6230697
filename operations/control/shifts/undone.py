"""Sections of hand-overs that say what the rooms of operations leave undone: runbooks, replies, late jobs, queues, outputs."""

from datetime import timedelta

from django.db.models import Count, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from itsm.core import now
from itsm.documents.models import DocumentRun

from ..consoles.models import ConsoleEntry
from ..printing.models import OutputRun, PrintJob, PrintQueue
from ..scheduling.models import JobRun
from ..scheduling.models.runs import State
from .gathering import SEEN, named
from .sections import Line, Section, houses, register, said

BACK = timedelta(days=7)
LATE = (State.LATE, State.TOO_LONG)
OUT, QUEUE = OutputRun.State, PrintQueue.State


def runbooks(organisation_id, _begins, _ends) -> list[Line]:
    """Runbooks that somebody has begun and nobody has ended, the oldest first."""
    rows = DocumentRun.objects.running().filter(organisation_id__in=houses(organisation_id)).order_by("pk")
    return [
        Line(
            said(lambda row=row: f"{named(_about(row), row.document.title) if _about(row) else row.document.title} ({row.started_by.display_name})"),
            row.get_absolute_url(), "blue",
        )
        for row in rows.select_related("document", "started_by", "alert", "item")[:SEEN]
    ]  # fmt: skip


def _about(row: DocumentRun) -> str:
    return row.alert.number if row.alert is not None else row.item.name if row.item is not None else ""


def replies(organisation_id, _begins, _ends) -> list[Line]:
    """Messages of consoles that wait for a reply, the oldest first."""
    rows = ConsoleEntry.objects.filter(
        kind="message", answered_at=None, console__item__organisation_id__in=houses(organisation_id)
    )
    return [
        Line(
            said(lambda row=row: named(row.console.item.name, f"{row.reply_id:02} {row.text}")), f"{row.console.get_absolute_url()}#replies", "amber"
        )
        for row in rows.select_related("console__item").order_by("pk")[:SEEN]
    ]  # fmt: skip


def late_jobs(organisation_id, _begins, _ends) -> list[Line]:
    """Runs that are late or take too long, and those whose deadline is at risk, the oldest first."""
    runs = list(
        JobRun.objects.open().filter(organisation_id__in=houses(organisation_id))
        .filter(Q(state__in=LATE) | Q(deadline_told=True) | Q(job__forecast_alerting=True, state__in=(State.WAITING, State.RUNNING)))
        .select_related("job__item").order_by("at", "pk")[:SEEN]
    )  # fmt: skip
    lines = []
    for run in runs:
        late = run.state in LATE
        words = said(
            lambda run=run, late=late: named(
                run.job.item.name, run.get_state_display() if late else _("Deadline at risk")
            )
        )
        lines.append(Line(words, run.get_absolute_url(), "red" if late else "orange", run.deadline_at))
    return lines


def queues(organisation_id, _begins, _ends) -> list[Line]:
    """Print queues that are held, stuck or stopped, and those that hold documents."""
    rows = PrintQueue.objects.present().filter(item__organisation_id__in=houses(organisation_id)).select_related("item")
    rows = rows.annotate(held=Count("jobs", filter=Q(jobs__state=PrintJob.State.HELD, jobs__over_at=None))).filter(
        Q(state__in=(QUEUE.HELD, QUEUE.STUCK, QUEUE.STOPPED)) | Q(held__gt=0)
    )
    return [
        Line(said(lambda row=row: named(row.item.name, _queue_words(row))), row.get_absolute_url(), "violet" if row.state not in (QUEUE.STUCK, QUEUE.STOPPED) else "red")
        for row in rows.order_by("item__sort_key", "pk")[:SEEN]
    ]  # fmt: skip


def _queue_words(row) -> str:
    words = [str(row.get_state_display())] if row.state in (QUEUE.HELD, QUEUE.STUCK, QUEUE.STOPPED) else []
    # Of a queue that is held all that waits is, whether or not its server has named each document.
    held = max(row.held, row.waiting) if row.state == QUEUE.HELD else row.held
    if held:
        words.append(
            ngettext("%(n)s document held", "%(n)s documents held", held)
            % {"n": number_format(held, force_grouping=True)}
        )
    return ", ".join(words)


def outputs(organisation_id, _begins, _ends) -> list[Line]:
    """Outputs of the last days that nobody has delivered, the oldest first; the instant is the one of the promise."""
    at = now()
    rows = OutputRun.objects.filter(output__organisation_id__in=houses(organisation_id), due_at__gt=at - BACK).exclude(
        state=OUT.DELIVERED
    )
    return [
        Line(
            said(lambda row=row: named(row.output.name, row.get_state_display())), row.output.get_absolute_url(),
            "red" if row.state == OUT.FAILED or row.due_at < at else "amber", row.due_at,
        )
        for row in rows.select_related("output").order_by("due_at", "pk")[:SEEN]
    ]  # fmt: skip


for _key, _order, _title, _gather in (
    ("runbooks", 32, gettext_lazy("Runbooks under way"), runbooks),
    ("replies", 34, gettext_lazy("Replies waited for"), replies),
    ("late_jobs", 36, gettext_lazy("Late jobs"), late_jobs),
    ("queues", 44, gettext_lazy("Print queues held or stuck"), queues),
    ("outputs", 46, gettext_lazy("Outputs not delivered"), outputs),
):
    register(Section(_key, _order, _title, _gather))
