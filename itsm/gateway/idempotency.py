"""A POST sent twice with the same `Idempotency-Key` does its work once and gets the same answer twice.

The key is inserted first, in the transaction that does the work: a concurrent twin waits on the unique index and then
reads the stored answer; a crash leaves no key. What fails is not kept, so that it can be sent again.
"""

import functools
import hashlib
import json
import re

from django.db import connection, transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from itsm.core import now

from .models import IdempotencyKey
from .problems import Problem, invalid

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
ACCEPTABLE = re.compile(r"[!-~]{1,255}")
WAIT = "10s"
KEPT_HEADERS = ("ETag", "Location")
CLAIM = """SET LOCAL lock_timeout = %s;
INSERT INTO gateway_idempotencykey (user_id, key, target, body_hash, headers, created_at) VALUES (%s, %s, %s, %s, '{}', %s)
ON CONFLICT (user_id, key) DO NOTHING RETURNING id"""


def idempotent(handler):
    """Decorator for a viewset's POST handler: honours the header when it is sent."""

    @functools.wraps(handler)
    def answer(self, request, *args, **kwargs):
        key = request.headers.get(HEADER)
        if key is None:
            return handler(self, request, *args, **kwargs)
        if not ACCEPTABLE.fullmatch(key):
            raise invalid(HEADER, _("An Idempotency-Key has 1 to 255 visible ASCII characters."))
        target, body = f"{request.method} {request.path}"[:300], fingerprint(request)
        with transaction.atomic():
            row = claim(request.user.pk, key, target, body)
            if row is None:
                return _replay(request.user.pk, key, target, body)
            response = handler(self, request, *args, **kwargs)
            _keep(row, response)
        return response

    answer.idempotent = True
    return answer


def claim(user_id: int, key: str, target: str, body: str) -> int | None:
    """The id of a fresh row, or None when the key is taken. Waits for a twin that is still at work, 10 s at most."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [WAIT, user_id, key, target, body, now()])
        row = cursor.fetchone()
    return row and row[0]


def fingerprint(request) -> str:
    """A digest of what was sent, whatever the order of its fields; files count by their bytes."""
    data = request.data
    files = {name: _file_digest(each) for name, each in getattr(request, "FILES", {}).items()}
    plain = {name: data.getlist(name) for name in data if name not in files} if hasattr(data, "getlist") else data
    text = json.dumps([plain, files], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _file_digest(upload) -> str:
    digest = hashlib.sha256(upload.name.encode("utf-8", "surrogatepass"))
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _keep(row: int, response: Response) -> None:
    plain = json.loads(json.dumps(response.data, cls=JSONEncoder))
    # A secret is given once: the first answer has it, what is kept has not.
    for name in getattr(response, "given_once", ()):
        plain[name] = None
    headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
    IdempotencyKey.objects.filter(pk=row).update(status=response.status_code, response=plain, headers=headers)


def _replay(user_id: int, key: str, target: str, body: str) -> Response:
    kept = IdempotencyKey.objects.filter(user_id=user_id, key=key).first()
    if kept is None or kept.status is None:
        raise Problem(
            409,
            "busy",
            _("The first request with this key is still at work. Send it again in a moment."),
            retry_after=2,
        )
    if (kept.target, kept.body_hash) != (target, body):
        raise Problem(
            422, "key_reused", _("This Idempotency-Key was used with another address or body. Use a new one.")
        )
    return Response(kept.response, status=kept.status, headers={**kept.headers, REPLAYED: "true"})
