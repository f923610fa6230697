"""The doors themselves: `POST /hooks/<kind>/<token>/` and the like. No session, no cookie: the token in the address is all."""

import json
import logging
import re
import time
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from rest_framework.utils.encoders import JSONEncoder

from itsm.core import now
from itsm.core.numbers import whole
from itsm.gateway import doors, problems
from itsm.gateway.doors import DOORS, Call, Outcome
from itsm.gateway.throttling import address_of
from itsm.notify.texts import storable

from . import limits, receiving, services, together, waiting
from .models import Source

logger = logging.getLogger(__name__)
SECRET = re.compile(r"auth|cookie|token|secret|signature|password|api-?key|session", re.IGNORECASE)
BLANKED, MOST_HEADERS, LONGEST_HEADER = "***", 60, 500
# When this process last wrote down that a source was seen.
_seen: dict[tuple[int, str], datetime] = {}
CODES = {400: "invalid", 409: "conflict", 413: "too_large", 422: "invalid", 429: "throttled", 503: "busy"}


@csrf_exempt
@never_cache
def door(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """One body for one source. An unknown, a revoked and a misplaced token are all the same 404."""
    try:
        response = _answer(request, kind, token)
    except (OperationalError, InterfaceError):
        # Without the database nothing can be kept: the sender keeps it, and comes again.
        logger.exception("The door %s cannot keep what came in.", kind)
        response = _problem(503, "busy", _("It cannot be kept at this moment. Send it again later."))
        response["Retry-After"] = "30"
    # Django would log the path of an error, and with it the token.
    response._has_been_logged = True
    return response


def _answer(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    opened = DOORS.find(kind)
    source = services.find(kind, token) if opened and _fits(request, opened) else None
    if opened is None or source is None:
        return _problem(404, "not_found", _("There is nothing at this address."))
    if request.method != "POST":
        refused = _problem(405, "method_not_allowed", _("This address does not know this method."))
        refused["Allow"] = "POST"
        return refused
    arrival = limits.arrived(source)
    if arrival.wait:
        return _throttled(request, opened, source, arrival.wait)
    _note_seen(source)
    call = _call(request)
    declared, most = _declared(request), opened.most_bytes
    body = b"" if declared > most else _read(request, most)
    if body is None:
        words = _("The body did not arrive whole.")
        receiving.keep_refused(source, call, words, 400, declared)
        return _problem(400, "invalid", words)
    if max(declared, len(body)) > most:
        words = _("A body may have up to %(limit)s kB here.") % {"limit": most // 1024}
        receiving.keep_refused(source, call, words, 413, max(declared, len(body)))
        return _problem(413, "too_large", words)
    call = replace(call, body=body)
    began = time.monotonic()
    if arrival.is_storm and waiting.may(opened, source, call):
        return _said(*waiting.put(opened, source, call))
    return _said(*together.deliver(opened, source, call, began=began))


def _throttled(request: HttpRequest, opened, source: Source, wait: int) -> HttpResponse:
    """Too many: the first ones of an hour are kept all the same, and the sender is told when to come again."""
    more = {}
    if limits.has_room(source):
        body = _read(request, limits.MOST_KEPT) or b""
        row = limits.keep(opened, source, replace(_call(request), body=body), size=max(_declared(request), len(body)))
        more = {"inbound": row.pk}
    words = _("Too many requests. Send it again in %(seconds)s s.") % {"seconds": wait}
    refused = _problem(opened.busy, CODES[opened.busy], words, **more)
    refused["Retry-After"] = str(wait)
    return refused


def _call(request: HttpRequest) -> Call:
    """What came in, its body not yet read."""
    return Call(
        body=b"", content_type=storable(request.META.get("CONTENT_TYPE", "")), headers=headers_of(request), method=request.method,
        received_at=now(), address=address_of(request), url=settings.PUBLIC_URL + request.path,
    )  # fmt: skip


def _declared(request: HttpRequest) -> int:
    return whole(request.META.get("CONTENT_LENGTH") or "0") or 0


def _fits(request: HttpRequest, opened) -> bool:
    return request.path.startswith(f"/{opened.address}/")


def _read(request: HttpRequest, most: int) -> bytes | None:
    """At most one byte more than allowed, whatever the sender declares; None when it stopped in the middle."""
    environ = request.META
    try:
        if not environ.get("CONTENT_LENGTH") and environ.get("wsgi.input_terminated"):
            return environ["wsgi.input"].read(most + 1)  # in chunks: Django itself reads only what was announced
        return request.read(most + 1)
    except (UnreadablePostError, OSError):
        return None


def headers_of(request: HttpRequest) -> dict[str, str]:
    """The headers as they may be kept: what looks like a secret is blanked."""
    found = {}
    for name, value in list(request.headers.items())[:MOST_HEADERS]:
        value = BLANKED if SECRET.search(name) else storable(value)[:LONGEST_HEADER]
        found[name.lower()[:100]] = value
    return found


def _said(outcome: Outcome, pk: int) -> HttpResponse:
    if outcome.state == doors.FAILED or (outcome.answer is None and outcome.state == doors.REJECTED):
        words = outcome.reason
        if outcome.state == doors.FAILED and outcome.status == 500:  # the words of a bug are for the administrator
            words = _("Something went wrong here. The body is kept.")
        response: HttpResponse = _problem(outcome.status, CODES.get(outcome.status, "error"), words, inbound=pk)
    elif isinstance(outcome.answer, bytes):
        response = HttpResponse(outcome.answer, status=outcome.status, content_type=outcome.content_type)
    else:
        answer = {"outcome": outcome.state, "id": pk} if outcome.answer is None else outcome.answer
        body = json.dumps(answer, cls=JSONEncoder, ensure_ascii=False)
        response = HttpResponse(body, status=outcome.status, content_type=outcome.content_type)
    for name, value in outcome.headers.items():
        response[name] = value
    return response


def _problem(status: int, code: str, words: str, **more) -> JsonResponse:
    # The address holds the secret: it is not repeated.
    body = problems.document(status, code, words, path="", **more)
    body.pop("instance")
    return JsonResponse(body, status=status, content_type=problems.MEDIA_TYPE)


def _note_seen(source: Source) -> None:
    """At most one write a minute."""
    minute, key = now() - timedelta(minutes=1), (source.pk, source.digest)
    if max(filter(None, (source.last_seen_at, _seen.get(key))), default=minute) > minute:
        return
    _seen[key] = now()
    Source.objects.filter(Q(last_seen_at=None) | Q(last_seen_at__lt=minute), pk=source.pk).update(last_seen_at=now())
