"""What printing tells the console: one alert for a queue or a server that does not work, cleared when it does again."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.events import services as events
from itsm.people.directory import directory

from ..homes import home_id_of, home_of
from .models import OutputRun, PrintQueue, PrintServer

SOURCE = "printing"
BAD = ("stopped", "stuck")


def _language(organisation_id: int | None):
    row = directory.get().organisations.get(organisation_id)
    return translation.override(row.language if row else "fr")


def queue_state(queue: PrintQueue, was: str) -> None:
    """A queue that stopped or got stuck is told once; one that runs again is told when it was not fine before."""
    if queue.state in BAD and queue.state != was:
        _queue_bad(queue)
    elif was in BAD and queue.state not in (*BAD, "unknown"):
        queue_fine(queue)


def _queue_bad(queue: PrintQueue) -> None:
    with _language(home_id_of(queue.item)):
        words = queue.message or ", ".join(queue.reasons)
        if queue.state == "stopped":
            title = _("%(name)s: the print queue is stopped") % {"name": queue.name}
        else:
            title = ngettext(
                "%(name)s: stuck, %(n)d document is waiting",
                "%(name)s: stuck, %(n)d documents are waiting",
                queue.waiting,
            ) % {"name": queue.name, "n": queue.waiting}
        events.raise_event(
            organisation=home_of(queue.item), source=SOURCE, key=queue.item.key, severity="major" if queue.item.criticality <= 2 else "minor",
            title=f"{title} ({words})"[:200] if words else title, body=words, item=queue.item, facts={"waiting": queue.waiting}, url=queue.get_absolute_url(),
        )  # fmt: skip


def queue_fine(queue: PrintQueue) -> None:
    """It works, or is not there any more."""
    events.raise_event(
        organisation=home_of(queue.item), source=SOURCE, key=queue.item.key, severity="info", title=queue.name, item=queue.item, status="resolved",
        url=queue.get_absolute_url(),
    )  # fmt: skip


def unreachable(server: PrintServer) -> None:
    """A server does not answer."""
    with _language(server.organisation_id):
        title = _("Print server %(name)s does not answer") % {"name": server.name}
        events.raise_event(
            organisation=server.organisation, source=SOURCE, key=f"server-{server.pk}", severity="major", title=title, body=server.fault, url="/operations/printing/"
        )  # fmt: skip


def reachable(server: PrintServer) -> None:
    """It answers again."""
    events.raise_event(
        organisation=server.organisation, source=SOURCE, key=f"server-{server.pk}", severity="info", title=server.name, status="resolved", url="/operations/printing/"
    )  # fmt: skip


def output_late(run: OutputRun) -> None:
    """An output was not delivered in time."""
    output = run.output
    with _language(output.organisation_id):
        title = _("%(name)s: not delivered in time") % {"name": output.name}
        events.raise_event(
            organisation=output.organisation, source=SOURCE, key=f"output-{output.pk}", severity="minor", title=title, item=output.job_item, url=output.get_absolute_url()
        )  # fmt: skip


def output_delivered(run: OutputRun) -> None:
    """Everybody has got it."""
    output = run.output
    events.raise_event(
        organisation=output.organisation, source=SOURCE, key=f"output-{output.pk}", severity="info", title=output.name, item=output.job_item, status="resolved",
        url=output.get_absolute_url(),
    )  # fmt: skip
