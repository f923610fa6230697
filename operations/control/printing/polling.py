"""What a print server tells: its queues and jobs, taken over; by its events where it keeps them, by looking at all of it else.

Events say that something happened, and how far we are; the state is then read whole, so that a lost event costs nothing. While
nothing happens a server is looked at in full every five minutes only.
"""

import logging
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from django.db import DataError, transaction
from django.db.models import Q, QuerySet

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now, sealing, versions
from itsm.core.errors import DomainError

from . import telling
from .ipp import IppError, Printing, many
from .models import PrintJob, PrintQueue, PrintServer

logger = logging.getLogger(__name__)
PURPOSE, TOPIC = "print server", "printing"
LEASE, FULL = 3600, timedelta(minutes=5)
BATCH, MOST_ASKED = 50, 100
EVENTS = [
    "job-created",
    "job-completed",
    "job-state-changed",
    "job-stopped",
    "printer-state-changed",
    "printer-stopped",
    "printer-added",
    "printer-deleted",
]
QUEUE_WANTED = [
    "printer-name",
    "printer-state",
    "printer-state-reasons",
    "printer-state-message",
    "printer-is-accepting-jobs",
    "queued-job-count",
]
JOB_WANTED = [
    "job-id", "job-uuid", "job-printer-uri", "job-name", "job-originating-user-name", "job-state", "job-state-reasons", "job-k-octets", "time-at-creation",
    "time-at-processing", "time-at-completed", "job-media-sheets-completed", "job-impressions-completed", "copies", "job-printer-state-message",
]  # fmt: skip
S = PrintJob.State
JOB_STATES = {3: S.PENDING, 4: S.HELD, 5: S.PROCESSING, 6: S.STOPPED, 7: S.CANCELLED, 8: S.ABORTED, 9: S.COMPLETED}
OVER = {S.CANCELLED, S.ABORTED, S.COMPLETED, S.LOST}
UNREACHABLE_AFTER = 3


def client_of(server: PrintServer, *, seconds: float = 5) -> Printing:
    """How the server is talked to."""
    try:
        password = sealing.unseal(server.password, purpose=PURPOSE) if server.password else ""
    except sealing.Unreadable:
        password = ""
    return Printing(
        server.url, user=server.user, password=password, verify=server.verify, allow_private=server.allow_private, seconds=seconds,
    )  # fmt: skip


def sweep() -> int:
    """Beat: ask the servers that are due. How many were asked."""
    due = Q(next_poll_at__lte=now()) | Q(next_poll_at=None)
    done = 0
    for pk in (
        PrintServer.objects.filter(due, is_active=True)
        .order_by("next_poll_at", "pk")
        .values_list("pk", flat=True)[:BATCH]
    ):
        with transaction.atomic():
            server = (
                PrintServer.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(due, pk=pk, is_active=True)
                .first()
            )
            if server is None:
                continue
            # Claimed before it is asked: a server that is slow holds up nobody else and is not asked twice at once.
            server.next_poll_at = now() + timedelta(seconds=max(server.every_seconds, 15))
            server.save(update_fields=["next_poll_at"])
        try:
            poll(server.pk)
        except Exception as error:  # one odd server is no reason not to ask the others
            logger.exception("What the print server %s says cannot be taken over.", pk)
            _failed(server, type(error).__name__)
        done += 1
    return done


def poll(pk: int, *, full: bool = False) -> bool:
    """Ask one server. False when it does not answer."""
    server = PrintServer.objects.get(pk=pk)
    client = client_of(server)
    try:
        happened = _events(server, client)
        at = now()
        needs_all = (
            full or happened is None or happened or server.full_poll_at is None or server.full_poll_at <= at - FULL
        )
        printers, jobs = (client.printers(QUEUE_WANTED), client.jobs(JOB_WANTED)) if needs_all else (None, None)
        over = _gone(server, client, jobs) if jobs is not None else {}
    except IppError as error:
        _failed(server, str(error))
        return False
    _take(server, printers, jobs, over)
    return True


def _events(server: PrintServer, client: Printing) -> bool | None:
    """Did something happen since we asked last? None where the server keeps no events for us."""
    at = now()
    try:
        if server.subscription is None or server.subscribed_until is None or server.subscribed_until <= at:
            server.subscription, server.next_event = client.subscribe(EVENTS, LEASE), 1
            server.subscribed_until = at + timedelta(seconds=LEASE - 60)
            return True
        if server.subscribed_until <= at + timedelta(seconds=LEASE // 2):
            client.renew(server.subscription, LEASE)
            server.subscribed_until = at + timedelta(seconds=LEASE - 60)
        told = list(client.events(server.subscription, server.next_event))
    except IppError as error:
        if not error.status:
            raise
        # It restarted and forgot us, or it knows no subscriptions: next time we ask again, this time we look.
        server.subscription, server.subscribed_until = None, None
        return None
    numbers = [each["notify-sequence-number"] for each in told if isinstance(each.get("notify-sequence-number"), int)]
    if numbers:
        server.next_event = max(numbers) + 1
    return bool(told)


def _gone(server: PrintServer, client: Printing, jobs: list[dict]) -> dict[int, dict]:
    """What became of jobs that the server no longer counts as active."""
    left = PrintJob.objects.filter(server=server, over_at=None).exclude(number__in=_ids(jobs))
    found = {}
    for number in left.order_by("number").values_list("number", flat=True)[:MOST_ASKED]:
        try:
            found[number] = client.job(number, JOB_WANTED)
        except IppError as error:
            if not error.status:
                raise
            found[number] = {}
    return found


def _ids(jobs: list[dict]) -> set[int]:
    return {number for job in jobs if (number := _number(job.get("job-id")))}


def _failed(server: PrintServer, words: str) -> None:
    with transaction.atomic():
        row = PrintServer.objects.select_for_update(no_key=True).get(pk=server.pk)
        row.failures += 1
        row.fault = words[:300]
        row.save(update_fields=["failures", "fault"])
        if row.failures == UNREACHABLE_AFTER:
            PrintQueue.objects.filter(server=row).exclude(state="unknown").update(state="unknown", state_since=now())
            telling.unreachable(row)
            versions.bump(TOPIC)


@transaction.atomic
def _take(server: PrintServer, printers: list[dict] | None, jobs: list[dict] | None, over: dict[int, dict]) -> None:
    at = now()
    row = PrintServer.objects.select_for_update(no_key=True).get(pk=server.pk)
    if row.failures >= UNREACHABLE_AFTER:
        telling.reachable(row)
    row.answered_at, row.failures, row.fault = at, 0, ""
    row.subscription, row.subscribed_until, row.next_event = (
        server.subscription,
        server.subscribed_until,
        server.next_event,
    )
    if printers is not None:
        row.full_poll_at = at
        known = _queues(row, printers, at)
        _jobs(row, known, jobs or [], over, at)
    row.save()
    settle(PrintQueue.objects.filter(server=row, is_gone=False), at)


def _queues(server: PrintServer, printers: list[dict], at: datetime) -> dict[str, PrintQueue]:
    known = {queue.name: queue for queue in PrintQueue.objects.filter(server=server).select_related("item")}
    for told in printers:
        name = told.get("printer-name")
        if not isinstance(name, str) or not name.strip():
            continue
        queue = known.get(name) or _taken_over(server, name[:128])
        if queue is None:
            continue
        known[name] = queue
        queue.device_state = told.get("printer-state") if told.get("printer-state") in (3, 4, 5) else None
        queue.reasons = [
            str(reason)[:100] for reason in many(told.get("printer-state-reasons")) if reason and reason != "none"
        ][:20]
        queue.message = str(told.get("printer-state-message") or "")[:300]
        queue.is_accepting = bool(told.get("printer-is-accepting-jobs", True))
        queue.seen_at, queue.is_gone = at, False
        queue.save(update_fields=["device_state", "reasons", "message", "is_accepting", "seen_at", "is_gone"])
    names = {name for told in printers if isinstance(name := told.get("printer-name"), str)}
    for name, queue in known.items():
        if name not in names and not queue.is_gone:
            queue.is_gone = True
            queue.save(update_fields=["is_gone"])
            telling.queue_fine(queue)
    return known


def _taken_over(server: PrintServer, name: str) -> PrintQueue | None:
    """A queue that is new; None for one whose name no item can have, which keeps none of the others away."""
    try:
        with transaction.atomic():
            return _new_queue(server, name)
    except (DomainError, DataError):
        logger.warning("The queue %r of the print server %s is not taken over.", name, server.pk, exc_info=True)
        return None


def _new_queue(server: PrintServer, name: str) -> PrintQueue:
    """The item of that name is taken; else one is made."""
    items = ConfigurationItem.objects.filter(
        ci_class="print_queue", organisation=server.organisation, name=name, print_queue=None
    )
    item = items.exclude(status="retired").first() or _new_item(server, name)
    return PrintQueue.objects.create(item=item, server=server, name=name)


def _new_item(server: PrintServer, name: str) -> ConfigurationItem:
    taken = (
        ConfigurationItem.objects.filter(ci_class="print_queue", organisation=server.organisation, name=name)
        .exclude(status="retired")
        .exists()
    )
    return cmdb.create_ci(
        actor=None, ci_class="print_queue", name=f"{name} ({server.name})" if taken else name, organisation=server.organisation,
        attributes={"server": server.name}, reason="CUPS",
    )  # fmt: skip


def _jobs(
    server: PrintServer, known: dict[str, PrintQueue], jobs: list[dict], over: dict[int, dict], at: datetime
) -> None:
    rows = {row.uid: row for row in PrintJob.objects.filter(server=server, over_at=None)}
    seen = set()
    for told in jobs:
        row = _one_job(server, known, rows, told, at)
        if row is not None:
            seen.add(row.uid)
    again = _ids(jobs)
    for row in rows.values():
        # A number that another job has now: the server began to count again and knows this one no longer.
        if row.uid in seen or not (row.number in over or row.number in again):
            continue
        told = over.get(row.number)
        if told and uid_of(told) == row.uid:
            fill(row, told, at)
        else:
            row.state, row.over_at = S.LOST, at
        row.save()


def _one_job(server, known, rows, told: dict, at: datetime) -> PrintJob | None:
    name = str(told.get("job-printer-uri") or "").rstrip("/").rsplit("/", 1)[-1]
    queue, number = known.get(unquote(name)), _number(told.get("job-id"))
    if queue is None or not number:
        return None
    row = rows.get(uid_of(told)) or PrintJob.objects.filter(server=server, uid=uid_of(told)).first()
    row = row or PrintJob(server=server, uid=uid_of(told), created_at=at)
    row.queue, row.number = queue, number
    fill(row, told, at)
    row.save()
    return row


def uid_of(told: dict) -> str:
    """What tells a job from all others of its server, those before a restart too."""
    return str(told.get("job-uuid") or f"{told.get('job-id')}@{told.get('time-at-creation')}")[:100]


def fill(row: PrintJob, told: dict, at: datetime) -> None:
    """The job as the server tells it."""
    row.state = JOB_STATES.get(_number(told.get("job-state")) or 0, S.PENDING)
    row.title = str(told.get("job-name") or row.title)[:255]
    row.owner = str(told.get("job-originating-user-name") or row.owner)[:100]
    row.reasons = [str(reason)[:100] for reason in many(told.get("job-state-reasons")) if reason and reason != "none"][
        :20
    ]
    row.message = str(told.get("job-printer-state-message") or "")[:300]
    row.kilobytes = max(0, _number(told.get("job-k-octets")) or 0)
    row.pages = _number(told.get("job-impressions-completed")) or _number(told.get("job-media-sheets-completed"))
    row.copies = _number(told.get("copies"))
    row.created_at = _instant(told.get("time-at-creation")) or row.created_at
    row.printing_at = _instant(told.get("time-at-processing"))
    row.over_at = (_instant(told.get("time-at-completed")) or at) if row.state in OVER else None
    row.seen_at = at


def _number(value) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _instant(value) -> datetime | None:
    """CUPS counts from 1970; what counts from its own start tells us nothing that our own clock does not."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int) and 10**9 < value < 5 * 10**9 else None


def settle(queues: QuerySet[PrintQueue], at: datetime) -> None:
    """The state that people see, from what the device says and how long jobs wait; the console hears of a change."""
    found = list(queues.select_related("item__organisation").order_by("pk"))
    waiting: dict[int, dict[str, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    jobs = PrintJob.objects.filter(queue__in=[queue.pk for queue in found], over_at=None)
    for queue_id, state, created, begun in jobs.values_list("queue_id", "state", "created_at", "printing_at"):
        waiting[queue_id][state].append(begun if state == S.PROCESSING and begun else created)
    for queue in found:
        _settle(queue, waiting[queue.pk], at)


def _settle(queue: PrintQueue, states: dict[str, list[datetime]], at: datetime) -> None:
    moving = [*states[S.PENDING], *states[S.PROCESSING], *states[S.STOPPED]]
    before = (queue.state, queue.waiting, queue.oldest_at)
    queue.waiting = sum(len(each) for each in states.values())
    queue.oldest_at = min(moving, default=min(states[S.HELD], default=None))
    was, state = queue.state, PrintQueue.State
    if queue.device_state == 5:
        queue.state = state.STOPPED
    elif moving and min(moving) <= at - timedelta(minutes=queue.stuck_minutes):
        queue.state = state.STUCK
    elif states[S.PROCESSING] or queue.device_state == 4:
        queue.state = state.PRINTING
    elif states[S.HELD] and not moving:
        queue.state = state.HELD
    else:
        queue.state = state.IDLE if queue.device_state == 3 else state.UNKNOWN
    if (queue.state, queue.waiting, queue.oldest_at) == before:
        return
    if queue.state != was:
        queue.state_since = at
    queue.save(update_fields=["state", "state_since", "waiting", "oldest_at"])
    telling.queue_state(queue, was)
    versions.bump(TOPIC)
