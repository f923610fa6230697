"""Jobs that are started from here by an HTTP call. A worker claims the run, calls outside of any transaction, and notes the answer.

The run's lease says until when the worker may take; a worker that dies leaves it to the sweep, which tries again while tries
are left. A receiver that answers 202 tells of the end itself, at the address in `X-Ping-Url`.
"""

import http.client
import logging
import ssl
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from itsm.core import now, sealing
from itsm.gateway.webhooks import reaching

from . import predecessors, running
from .models import Job, JobPing, JobRun, Resource, State

logger = logging.getLogger(__name__)
TAKE_UP = timedelta(minutes=5)
SPARE = timedelta(seconds=60)
BACKOFF_SECONDS = (30, 120, 300, 900)
KEPT, ACCEPTED = 100_000, 202
PURPOSE = "job headers"
# What says where a call goes and where its body ends is not for whoever keeps the job.
OURS = {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"}


def ask(run: JobRun) -> None:
    """Have a worker take the run up, once the transaction commits; the sweep asks again where none does."""
    from operations.tasks import dispatch_job_run

    pk = run.pk

    def send():
        try:
            dispatch_job_run.apply_async([pk], expires=TAKE_UP.total_seconds())
        except Exception:
            logger.warning("The broker does not answer: the run is asked for again by the sweep.", exc_info=True)

    transaction.on_commit(send)


def dispatch(pk: int) -> str:
    """Do one run: the state that came of it, or an empty string when it was not to be done (any more)."""
    claimed = _claim(pk)
    if claimed is None:
        return ""
    job, run = claimed
    began = time.monotonic()
    try:
        answer = reaching.call(
            job.http_method, job.http_url, job.http_body.encode(), _headers(job, run), allow_private=job.http_private,
            total_seconds=job.http_timeout, kept=KEPT,
        )  # fmt: skip
    except sealing.Unreadable:
        return _note(run, None, _("The headers were sealed with another SECRET_KEY: write them again."))
    except (reaching.Refused, OSError, http.client.HTTPException) as error:
        return _note(run, None, _words(error))
    if time.monotonic() - began >= job.http_timeout:
        return _note(run, None, _("No answer came in time."))  # it was cut off in the middle of its answer
    return _note(run, answer, "")


@transaction.atomic
def _claim(pk: int) -> tuple[Job, JobRun] | None:
    """The run, begun, for the one worker that gets it."""
    run = JobRun.objects.filter(pk=pk, state=State.WAITING).first()
    job = running.locked(pk=run.job_id) if run else None
    if job is None or not job.is_active or job.is_held or job.method != Job.Method.HTTP:
        return None
    run = JobRun.objects.select_for_update(no_key=True).filter(pk=pk, state=State.WAITING, reason="dispatch").first()
    if run is None:
        return None
    # Two that need the last unit wait for each other here, not both for the sweep.
    list(Resource.objects.select_for_update(no_key=True).filter(users__job=job).order_by("pk").values_list("pk"))
    if predecessors.taken(job):
        run.reason, run.lease_until = "resource", None
        run.save(update_fields=["reason", "lease_until"])
        return None
    at = now()
    run.lease_until = at + timedelta(seconds=job.http_timeout) + SPARE
    running.begin(job, run, at=at, rid=run.rid or uuid.uuid4(), attempt=run.attempt + 1)
    running.check(job, run.lease_until)
    running.keep(job)
    return job, run


def _headers(job: Job, run: JobRun) -> dict[str, str]:
    given = sealing.unseal(job.http_headers, purpose=PURPOSE) if job.http_headers else ""
    return {
        "User-Agent": "Vigie-Jobs/1", "X-Run-Id": str(run.rid), "X-Ping-Url": f"{settings.PUBLIC_URL}{job.ping_path}?rid={run.rid}",
        **headers_of(given),
    }  # fmt: skip


def headers_of(text: str) -> dict[str, str]:
    """`Name: value`, one a line."""
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _colon, value in pairs}


@transaction.atomic
def _note(taken: JobRun, answer: reaching.Answer | None, fault: str) -> str:
    """What came of the call, unless the run was taken from us meanwhile, or told of its end by itself."""
    job = running.locked(pk=taken.job_id)
    run = JobRun.objects.filter(pk=taken.pk, state__in=(State.RUNNING, State.TOO_LONG), attempt=taken.attempt).first()
    if job is None or run is None:
        return ""
    at, body = now(), (answer.body if answer else fault.encode())
    JobPing.objects.create(
        job=job, run=run, at=at, kind="answer", exit_status=answer.status if answer else None, body=body[:KEPT] or None,
        size=len(body), agent="Vigie-Jobs/1",
    )  # fmt: skip
    if answer is not None and answer.status == ACCEPTED:
        run.lease_until = None
        run.save(update_fields=["lease_until"])
        return run.state
    if answer is not None and 200 <= answer.status < 300:
        running.end(job, run, State.OK, at=at)
        return run.state
    words = fault or _("The answer was %(status)s.") % {"status": answer.status}
    _failed(job, run, at, "http", words)
    return run.state


def died(job: Job, run: JobRun, at: datetime) -> None:
    """The sweep found a lease that is over: the worker is gone."""
    _failed(job, run, at, "died", _("The worker that had started it is gone."))


def _failed(job: Job, run: JobRun, at: datetime, reason: str, words: str) -> None:
    if run.attempt > job.http_retries:
        running.end(job, run, State.FAILED, at=at, reason=reason, note=words)
        return
    wait = timedelta(seconds=BACKOFF_SECONDS[min(run.attempt - 1, len(BACKOFF_SECONDS) - 1)])
    run.state, run.reason, run.note, run.lease_until, run.started_at = (
        State.WAITING,
        "retry",
        words[:300],
        at + wait,
        None,
    )
    run.save()
    job.last_state = run.state
    running.check(job, run.lease_until)
    running.keep(job)


def _words(error: Exception) -> str:
    if isinstance(error, reaching.Refused):
        return {
            "bad_url": _("The address cannot be called."),
            "not_encrypted": _("Without https only addresses inside the private network are called."),
        }.get(
            error.code, _("The name stands for an address inside the private network, or for one that is never called.")
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("The certificate is not trusted.")
    if isinstance(error, TimeoutError):
        return _("No answer came in time.")
    if isinstance(error, reaching.socket.gaierror):
        return _("The name is not known.")
    return _("The connection was refused or cut.")
