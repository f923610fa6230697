"""The ping door: `/ping/<uuid>` and `/ping/<key>/<slug>`, with `/start`, `/fail`, `/log` or an exit status behind.

GET, POST and HEAD all tell. The body is read as bytes, whatever its type says: curl sends a log as if it were a form.
No session, no cookie: the address is all, and it can only tell, never read.
"""

import logging
import math
import time
import uuid

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from itsm.core import live, now
from itsm.core.numbers import whole
from itsm.gateway.throttling import address_of
from itsm.notify.texts import storable

from . import running, services
from .models import Job, PingKey
from .running import Told

logger = logging.getLogger(__name__)
BODY_LIMIT = 100_000
MINUTE = 60
MOST_SAID = 2**31 - 1  # what a sender announces is only a number
METHODS = ("GET", "HEAD", "POST")
KINDS = {"": "success", "start": "start", "fail": "fail", "log": "log"}


@csrf_exempt
@never_cache
def by_code(request: HttpRequest, code: str, action: str = "") -> HttpResponse:
    """A job by its own address."""
    return _answer(request, action, lambda: Job.objects.in_use().filter(ping_code=code))


@csrf_exempt
@never_cache
def by_slug(request: HttpRequest, key: str, slug: str, action: str = "") -> HttpResponse:
    """A job by the key of its organisation and its short name; with `create=1` one that is not there is made."""
    opened = PingKey.objects.filter(key=key, revoked_at=None).first()
    if opened is None:
        return _said("not found", 404)
    if request.method in METHODS:
        count, wait = counted(f"ping-key:{opened.pk}")
        if count > settings.PING_KEY_A_MINUTE:
            return _too_many(
                count, settings.PING_KEY_A_MINUTE, wait, lambda: services.note_refused(opened.pk, "rate", slug)
            )
    rows = Job.objects.filter(slug=slug, item__organisation_id=opened.organisation_id, is_active=True)
    made = False
    if request.GET.get("create") == "1" and request.method in METHODS and not rows.exists():
        try:
            made = _make(opened, slug)
        except services.TooManyJobs:
            services.note_refused(opened.pk, "jobs", slug)
            return _said(f"this key has made {settings.PING_MOST_JOBS} jobs and may make no more", 403)
    answer = _answer(request, action, lambda: rows)
    if made and answer.status_code == 200:
        answer.status_code, answer.content = 201, b"Created"
    return answer


def _make(opened: PingKey, slug: str) -> bool:
    try:
        with transaction.atomic():
            services.register_by_key(opened.pk, slug)
    except services.TooManyJobs:
        raise
    except (IntegrityError, services.DomainError):  # made by a twin meanwhile, or the name is another thing's
        return False
    return True


def counted(name: str) -> tuple[int, int]:
    """How many pings came under this name in this minute, this one among them, and the seconds to its end. 0 without a cache."""
    at = time.time()
    key = cache.make_key(f"{name}:{int(at // MINUTE)}")
    try:
        pipe = live.client().pipeline(transaction=False)
        pipe.incr(key)
        pipe.expire(key, MINUTE + 1)
        return pipe.execute()[0], max(1, math.ceil(MINUTE - at % MINUTE))
    except Exception:
        logger.warning("the pings cannot be counted: the cache does not answer", exc_info=True)
        return 0, 0


def _too_many(count: int, most: int, wait: int, note) -> HttpResponse:
    """Refused, and noted once a minute: what is too much must not fill the log either."""
    if count == most + 1:
        note()
    refused = _said(f"rate limited: {most} a minute", 429)
    refused["Retry-After"] = str(wait)
    return refused


def _answer(request: HttpRequest, action: str, find) -> HttpResponse:
    if request.method not in METHODS:
        refused = _said("method not allowed", 405)
        refused["Allow"] = ", ".join(METHODS)
        return refused
    given = request.GET.get("rid")
    rid = _uuid(given)
    if given is not None and rid is None:
        return _said("invalid uuid format", 400)
    status = whole(action)
    if status is not None and status > 255:
        return _said("invalid url format", 400)
    kind = KINDS.get(action) or ("fail" if status else "success")
    body, size = _read(request)
    told = Told(
        kind,
        now(),
        rid,
        status,
        body,
        size,
        address_of(request)[:45],
        storable(request.headers.get("User-Agent", ""))[:200],
    )
    with override(None), transaction.atomic():
        rows = find().select_related("item", "item__organisation").select_for_update(of=("self",), no_key=True)
        jobs = list(rows[:2])
        if not jobs:
            return _said("not found", 404)
        if len(jobs) > 1:
            return _said("ambiguous slug", 409)
        count, wait = counted(f"ping-job:{jobs[0].pk}")
        if count > settings.PING_JOB_A_MINUTE:
            return _too_many(count, settings.PING_JOB_A_MINUTE, wait, lambda: running.limited(jobs[0], told))
        running.told(jobs[0], told)
    return _said("OK", 200)


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


def _read(request: HttpRequest) -> tuple[bytes, int]:
    """The first 100 kB and the size of the whole, as far as the sender says it."""
    if request.method != "POST":
        return b"", 0
    environ = request.META
    try:
        if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            body = environ["wsgi.input"].read(BODY_LIMIT + 1)
        else:
            body = request.read(BODY_LIMIT + 1)
    except (UnreadablePostError, OSError):
        return b"", 0
    declared = environ.get("CONTENT_LENGTH") or ""
    size = min(max(len(body), whole(declared) or 0), MOST_SAID)
    return body[:BODY_LIMIT], size


def _said(words: str, status: int) -> HttpResponse:
    answer = HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
    answer["Ping-Body-Limit"] = str(BODY_LIMIT)
    answer["Access-Control-Allow-Origin"] = "*"
    answer._has_been_logged = True  # the address is a secret: it stays out of the log
    return answer
