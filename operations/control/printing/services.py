"""What people do to print servers, queues and jobs. The server is asked first: only what it did is written down."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import now, sealing, versions
from itsm.core.errors import DomainError, IllegalMove, NotAllowed, StaleVersion
from itsm.gateway.webhooks import reaching
from itsm.gateway.webhooks.services import may_open_private

from . import polling
from .ipp import IppError, Op, Unreachable
from .models import PrintJob, PrintQueue, PrintServer

S = PrintJob.State
ACTS = {"hold": Op.HOLD_JOB, "release": Op.RELEASE_JOB, "cancel": Op.CANCEL_JOB, "reprint": Op.RESTART_JOB}
# From which states each act makes sense.
FROM = {
    "hold": {S.PENDING, S.PROCESSING, S.STOPPED}, "release": {S.HELD}, "cancel": {S.PENDING, S.HELD, S.PROCESSING, S.STOPPED},
    "move": {S.PENDING, S.HELD, S.PROCESSING, S.STOPPED}, "reprint": {S.COMPLETED, S.CANCELLED, S.ABORTED},
}  # fmt: skip
# What one post does to several jobs: so many, and so long.
MOST_AT_ONCE, MOST_SECONDS = 200, 20
TOGETHER = ("hold", "release", "cancel")
WRITTEN = (
    "name", "organisation", "url", "user", "password", "verify", "allow_private", "every_seconds", "is_active", "version", "subscription",
    "subscribed_until", "next_poll_at", "full_poll_at",
)  # fmt: skip
SAID = ("name", "organisation_id", "url", "user", "verify", "allow_private", "every_seconds", "is_active")
SCHEMES = ("http", "https", "ipp", "ipps")


class ServerRefused(DomainError):
    """The print server did not do it."""

    status = 409
    code = "server_refused"


class ServerSilent(ServerRefused):
    """The print server could not be reached: nobody refused anything."""

    code = "server_unreachable"


def _not_done(error: IppError) -> ServerRefused:
    why = {"why": str(error)[:200]}
    if isinstance(error, Unreachable):
        return ServerSilent(_("The print server cannot be reached. %(why)s") % why)
    if not error.status:
        return ServerRefused(_("The print server's answer is of no use: %(why)s") % why)
    return ServerRefused(_("The print server refused: %(why)s") % why)


@transaction.atomic
def save_server(server: PrintServer, *, actor, password: str = "", version: int | None = None) -> PrintServer:
    """Add a server or change it; an empty password leaves the one that is kept. StaleVersion when somebody was faster."""
    parts = urlsplit(server.url)
    try:
        fine = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port is None or 0 < parts.port < 65536)
    except ValueError:
        fine = False
    if not fine or parts.username or parts.password:
        raise DomainError(_("Write an address such as http://cups.example.org:631."), field="url")
    before = PrintServer.objects.select_for_update(no_key=True).get(pk=server.pk) if server.pk else None
    if before is not None and version is not None and version != before.version:
        raise StaleVersion(data={"version": before.version})
    _check_reach(server, before, actor)
    if password:
        server.password = sealing.seal(password, purpose=polling.PURPOSE)
    server.version = before.version + 1 if before else 1
    server.next_poll_at = now()
    server.subscription, server.subscribed_until, server.full_poll_at = None, None, None
    try:
        with transaction.atomic():
            # What polling has noted meanwhile stays.
            server.save(update_fields=WRITTEN if before else None)
    except IntegrityError as error:
        raise DomainError(_("Another print server has this name."), field="name") from error
    log.write(
        "print_server.changed" if before else "print_server.created",
        ("print_server", server.pk, server.name),
        actor=actor,
        changes={
            name: [getattr(before, name), getattr(server, name)]
            for name in SAID
            if before and getattr(before, name) != getattr(server, name)
        },
    )
    versions.bump(polling.TOPIC)
    return server


def _check_reach(server: PrintServer, before: PrintServer | None, actor) -> None:
    """Operations add servers; that something inside the private network is called is decided by who administers everything."""
    opened = before is not None and before.allow_private
    moved = before is None or before.url != server.url
    if (server.allow_private != opened or (server.allow_private and moved)) and not may_open_private(actor):
        raise NotAllowed(
            _("Only who administers everything chooses an address inside the private network."),
            field="allow_private" if server.allow_private != opened else "url",
        )
    reaching.check_host(urlsplit(server.url).hostname or "", allow_private=server.allow_private)


def act_on_job(job: PrintJob, act: str, *, actor, target: PrintQueue | None = None) -> PrintJob:
    """Hold, release, cancel, move or print again; the job is then read from the server as it is."""
    if job.state not in FROM[act]:
        raise IllegalMove(_("The state of this job does not allow that."))
    client = polling.client_of(job.server)
    try:
        if act == "move":
            if target is None or target.server_id != job.server_id or target.pk == job.queue_id:
                raise DomainError(_("Choose another queue of the same server."), field="target")
            client.move(job.number, target.name)
        else:
            client.act(ACTS[act], job.number, **({"job-hold-until": "indefinite"} if act == "hold" else {}))
        told = client.job(job.number, polling.JOB_WANTED)
    except IppError as error:
        raise _not_done(error) from error
    return _acted(job, act, told, actor, target)


@dataclass(frozen=True)
class Done:
    """What became of one of several jobs: `fault` is empty where the server did it."""

    job: PrintJob
    fault: str = ""


def act_on_jobs(jobs: Iterable[PrintJob], act: str, *, actor) -> list[Done]:
    """One act on several jobs, each for itself: what one does not allow keeps no other.

    A server that cannot be reached is not asked again for each, nor may one request last for ever: the rest is told as not tried.
    """
    done: list[Done] = []
    until, stop = time.monotonic() + MOST_SECONDS, ""
    for job in jobs:
        if not stop and time.monotonic() > until:
            stop = _("Not tried: the print server is slow, send the rest again.")
        if stop:
            done.append(Done(job, stop))
            continue
        try:
            done.append(Done(act_on_job(job, act, actor=actor)))
        except ServerSilent as error:
            done.append(Done(job, str(error.message)))
            stop = _("Not tried: the print server cannot be reached.")
        except DomainError as error:
            done.append(Done(job, str(error.message)))
    return done


@transaction.atomic
def _acted(job: PrintJob, act: str, told: dict, actor, target: PrintQueue | None) -> PrintJob:
    at = now()
    row = (
        PrintJob.objects.select_for_update(of=("self",), no_key=True)
        .select_related("queue__item__organisation")
        .get(pk=job.pk)
    )
    queues = [row.queue]
    if polling.uid_of(told) == row.uid:
        polling.fill(row, told, at)
    if target is not None:
        row.queue = target
        queues.append(PrintQueue.objects.select_related("item__organisation").get(pk=target.pk))
    row.save()
    polling.settle(PrintQueue.objects.filter(pk__in=[queue.pk for queue in queues]), at)
    data = {"job": row.number, "title": row.title, "owner": row.owner} | ({"to": target.name} if target else {})
    log.write(f"print_job.{act}", ("ci", queues[0].item_id, queues[0].item.name), actor=actor, data=data)
    return row


def act_on_queue(queue: PrintQueue, act: str, *, actor, reason: str = "") -> PrintQueue:
    """Stop a queue with a reason, or let it go on."""
    if queue.server is None:
        raise IllegalMove(_("This queue has no server that could be told."))
    if act == "pause" and not reason.strip():
        raise DomainError(_("Say why the queue is stopped."), field="reason")
    try:
        polling.client_of(queue.server).queue(
            Op.PAUSE if act == "pause" else Op.RESUME, queue.name, reason.strip()[:120]
        )
    except IppError as error:
        raise _not_done(error) from error
    with transaction.atomic():
        log.write(
            f"print_queue.{act}",
            ("ci", queue.item_id, queue.item.name),
            actor=actor,
            data={"reason": reason.strip()[:200]},
        )
    polling.poll(queue.server_id, full=True)
    queue.refresh_from_db()
    return queue


@transaction.atomic
def set_patience(queue: PrintQueue, minutes: int, *, actor) -> None:
    """After how many minutes without progress the queue counts as stuck."""
    before = queue.stuck_minutes
    PrintQueue.objects.filter(pk=queue.pk).update(stuck_minutes=minutes)
    log.write(
        "print_queue.changed",
        ("ci", queue.item_id, queue.item.name),
        actor=actor,
        changes={"stuck_minutes": [before, minutes]},
    )
