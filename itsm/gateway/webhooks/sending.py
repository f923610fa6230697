"""Messages leave from a table: claimed, marked as being sent, sent outside of any transaction, marked with what came of it.

A sender that dies in between leaves the row to the next one, two minutes later, under the same message id. Several
messages are on their way at once, so that a receiver that does not answer holds nobody else up; one that fails rests, and is
then tried with one message until it answers.
"""

import http.client
import logging
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime

from django.db import connection, transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from itsm.core import now, sealing
from itsm.notify.texts import storable

from . import queueing, reaching, services, signing, steps
from .events import PING, TASK
from .models import Delivery, Webhook

logger = logging.getLogger(__name__)
BACKOFF_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_ATTEMPTS = len(BACKOFF_SECONDS) + 1
ABANDONED = timedelta(minutes=2)
REST_SECONDS = (5, 60, 300)
DAYS_TO_FAIL = timedelta(days=5)
LONGEST_WAIT = timedelta(days=1)
AT_ONCE, SWEEP_SECONDS, KEPT_TRIES = 8, 20.0, 30
GONE = 410
State = Delivery.State

ERRORS: dict[str, Promise] = {
    "bad_url": _("The address cannot be called."),
    "not_encrypted": _("Without https only addresses inside the private network are called."),
    "private_address": _("The name stands for an address inside the private network, or for one that is never called."),
    "unreadable_secret": _("The secret was sealed with another SECRET_KEY: give the webhook a new one."),
    "redirect": _("The receiver redirects. Redirects are not followed: write the final address."),
    "status": _("The receiver answered with an error."),
    "timeout": _("The receiver did not answer in time."),
    "unknown_host": _("The name is not known."),
    "refused": _("The connection was refused or cut."),
    "certificate": _("The certificate of the receiver is not trusted."),
    "no_http": _("What answers is no HTTP server."),
    "off": _("The webhook was switched off."),
    "died": _("The sender stopped in the middle."),
}


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt."""

    status: int | None = None
    error: str = ""
    response: str = ""
    retry_after: str = ""
    milliseconds: int = 0

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send_due(seconds: float = SWEEP_SECONDS) -> int:
    """Send what is due, a few at once, for so long; how many attempts were made."""
    made, end = 0, time.monotonic() + seconds
    while claimed := _claim():
        _send(claimed)
        made += len(claimed)
        if time.monotonic() >= end:
            queueing.wake()
            break
    return made


def send_one(pk: int) -> Delivery:
    """Send this delivery now, if it is due. What came of it is in the row."""
    with transaction.atomic():
        rows = Delivery.objects.select_related("webhook").select_for_update(skip_locked=True, no_key=True, of=("self",))
        claimed = list(rows.filter(pk=pk, next_at__lte=now()))
        _mark(claimed)
    _send(claimed)
    return Delivery.objects.select_related("webhook").get(pk=pk)


# A receiver has so many of the places, whatever waits for it; one that failed last is tried with one message.
CLAIM = """SELECT d.id FROM gateway_webhook w CROSS JOIN LATERAL (
  SELECT id, next_at FROM gateway_delivery WHERE webhook_id = w.id AND next_at <= %(at)s
  ORDER BY next_at, id LIMIT CASE WHEN w.failures > 0 THEN 1 ELSE %(places)s END
) d WHERE w.off = '' AND (w.rests_until IS NULL OR w.rests_until <= %(at)s) ORDER BY d.next_at, d.id LIMIT 64"""


def _claim() -> list[Delivery]:
    """Take the oldest messages that are due and that nobody else holds."""
    at = now()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"at": at, "places": AT_ONCE // 2})
        due = [pk for (pk,) in cursor.fetchall()]
    if not due:
        return []
    with transaction.atomic():
        rows = Delivery.objects.select_related("webhook").select_for_update(skip_locked=True, no_key=True, of=("self",))
        taken = list(rows.filter(pk__in=due, next_at__lte=at).order_by("next_at", "pk")[:AT_ONCE])
        _mark(taken)
    return taken


def _mark(rows: list[Delivery]) -> None:
    for row in rows:
        if row.state == State.SENDING:
            row.tries = [*row.tries, {"at": now().isoformat(), "status": None, "error": "died", "ms": None}][
                -KEPT_TRIES:
            ]
        row.state, row.attempts, row.next_at = State.SENDING, row.attempts + 1, now() + ABANDONED
    if rows:
        Delivery.objects.bulk_update(rows, ["state", "attempts", "next_at", "tries"])


def _send(rows: list[Delivery]) -> None:
    """The threads only speak to the receivers; the database is this thread's."""
    if not rows:
        return
    calls = [_prepared(row) for row in rows]
    with ThreadPoolExecutor(max_workers=len(rows)) as pool:
        outcomes = list(pool.map(_attempt, calls))
    for row, outcome in zip(rows, outcomes, strict=True):
        _note(row, outcome)


@dataclass(frozen=True)
class Call:
    url: str
    body: bytes
    headers: dict[str, str]
    allow_private: bool
    error: str = ""


def _prepared(row: Delivery) -> Call:
    body, at = row.body.encode(), now()
    try:
        headers = signing.headers(row.message_id, body, signing.secrets_of(row.webhook, at), at)
    except sealing.Unreadable:
        return Call(row.webhook.url, body, {}, False, "unreadable_secret")
    return Call(row.webhook.url, body, headers, row.webhook.allow_private)


def _attempt(call: Call) -> Outcome:
    began = time.monotonic()
    if call.error:
        return Outcome(error=call.error)
    try:
        answer = reaching.post(call.url, call.body, call.headers, allow_private=call.allow_private)
    except Exception as error:
        if not isinstance(error, (reaching.Refused, OSError, http.client.HTTPException)):
            logger.exception("An attempt to send a webhook failed for a reason of our own.")
        return Outcome(error=_code(error), milliseconds=_since(began))
    error = "" if 200 <= answer.status < 300 else "redirect" if 300 <= answer.status < 400 else "status"
    return Outcome(answer.status, error, storable(answer.text), answer.retry_after, _since(began))


def _since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _code(error: Exception) -> str:
    if isinstance(error, reaching.Refused):
        return error.code
    if isinstance(error, ssl.SSLCertVerificationError):
        return "certificate"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, reaching.socket.gaierror):
        return "unknown_host"
    if isinstance(error, http.client.HTTPException) and not isinstance(error, ConnectionError):
        return "no_http"
    return "refused"


@transaction.atomic
def _note(row: Delivery, outcome: Outcome) -> None:
    """Write down what came of it, unless somebody else took the row over in the meantime.

    The webhook is locked before its messages, as in `services` (replay, switching off): the other way round, a sender that notes
    a failure and a person who replays the same message would wait for each other.
    """
    at, webhook = now(), Webhook.objects.select_for_update(no_key=True).filter(pk=row.webhook_id).first()
    if webhook is None:  # deleted meanwhile, with its messages
        return
    row.tries = [
        *row.tries,
        {"at": at.isoformat(), "status": outcome.status, "error": outcome.error, "ms": outcome.milliseconds},
    ][-KEPT_TRIES:]
    row.status, row.error, row.response = outcome.status, outcome.error, outcome.response
    row.milliseconds = outcome.milliseconds
    if outcome.good:
        row.state, row.next_at, row.settled_at = State.DELIVERED, None, at
    elif row.attempts >= _most(row) or outcome.status == GONE or row.event == PING:
        row.state, row.next_at, row.settled_at = State.FAILED, None, at
    else:
        wait = timedelta(seconds=BACKOFF_SECONDS[row.attempts - 1])
        row.state, row.next_at = State.QUEUED, at + max(wait, _asked_to_wait(outcome))
    names = ("tries", "status", "error", "response", "milliseconds", "state", "next_at", "settled_at")
    mine = Delivery.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts)
    if not mine.update(**{name: getattr(row, name) for name in names}):
        return
    if row.settled_at:
        steps.settled(row)
    if outcome.good or row.event != PING:
        _note_on_webhook(webhook, outcome)


def _most(row: Delivery) -> int:
    return steps.MOST_ATTEMPTS if row.event == TASK else MOST_ATTEMPTS


def _asked_to_wait(outcome: Outcome) -> timedelta:
    """`Retry-After` of a receiver that is busy, a day at most."""
    text = outcome.retry_after.strip()
    if outcome.status not in (429, 503) or not text:
        return timedelta()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_WAIT)
    try:
        return max(timedelta(), min(parsedate_to_datetime(text) - now(), LONGEST_WAIT))
    except (ValueError, TypeError, OverflowError):
        return timedelta()


def _note_on_webhook(webhook: Webhook, outcome: Outcome) -> None:
    at = now()
    if outcome.good:
        if webhook.failures or webhook.failing_since:
            Webhook.objects.filter(pk=webhook.pk).update(failures=0, failing_since=None, rests_until=None)
        return
    rest = timedelta(seconds=REST_SECONDS[min(webhook.failures, len(REST_SECONDS) - 1)])
    webhook.failing_since = webhook.failing_since or at
    Webhook.objects.filter(pk=webhook.pk).update(
        failures=F("failures") + 1, failing_since=webhook.failing_since, rests_until=at + rest
    )
    if webhook.off:
        return
    if outcome.status == GONE:
        services.switch_off_by_itself(webhook, Webhook.Off.GONE)
    elif at - webhook.failing_since >= DAYS_TO_FAIL:
        services.switch_off_by_itself(webhook, Webhook.Off.FAILING)
