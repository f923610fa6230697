"""Every refusal under /api/ is a problem document (RFC 9457), in the reader's language, with the fields to put right."""

import logging
import re
from http import HTTPStatus

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from itsm.core import request_id
from itsm.core.errors import DomainError

MEDIA_TYPE = "application/problem+json"
URN = "urn:vigie:problem:"
GENERAL = "non_field_errors"
LOCK_NOT_AVAILABLE, DEADLOCK = "55P03", "40P01"
logger = logging.getLogger(__name__)

TITLES = {
    "invalid": gettext_lazy("Something in what you sent must be put right"),
    "parse_error": gettext_lazy("The body cannot be read"),
    "bad_cursor": gettext_lazy("This page address is not valid"),
    "not_authenticated": gettext_lazy("Say who you are"),
    "authentication_failed": gettext_lazy("You could not be recognised"),
    "permission_denied": gettext_lazy("You may not do that"),
    "not_allowed": gettext_lazy("You may not do that"),
    "not_found": gettext_lazy("There is nothing here, or nothing that you may see"),
    "method_not_allowed": gettext_lazy("This address does not know this method"),
    "not_acceptable": gettext_lazy("The interface speaks JSON only"),
    "illegal_move": gettext_lazy("The state does not allow this"),
    "conflict": gettext_lazy("This contradicts what is already there"),
    "busy": gettext_lazy("Somebody else is at work on this"),
    "stale_version": gettext_lazy("There is a newer version"),
    "too_large": gettext_lazy("This is too large"),
    "unsupported_media_type": gettext_lazy("The interface does not read this kind of content"),
    "key_reused": gettext_lazy("This Idempotency-Key was used for something else"),
    "throttled": gettext_lazy("Too many requests"),
    "error": gettext_lazy("Something went wrong here"),
}


class Problem(exceptions.APIException):
    """A refusal that the interface itself decides, with its own status and code."""

    def __init__(self, status: int, code: str, detail, *, errors: dict | None = None, retry_after: int | None = None):
        super().__init__(str(detail), code)
        self.status_code, self.problem_code, self.errors, self.wait = status, code, errors or {}, retry_after


def too_large(limit: int) -> Problem:
    """413 for a body above `limit` bytes."""
    return Problem(413, "too_large", _("A body may have up to %(limit)s kB here.") % {"limit": limit // 1024})


def invalid(field: str, message) -> Problem:
    """400 about one field."""
    return Problem(400, "invalid", message, errors={field: [str(message)]})


def document(status: int, code: str, detail: str, *, path: str, errors: dict | None = None, **more) -> dict:
    """The problem document itself."""
    title = TITLES.get(code) or HTTPStatus(status).phrase
    body = {
        "type": f"{URN}{code}",
        "title": str(title),
        "status": status,
        "detail": str(detail),
        "instance": path,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    if request_id.current():
        body["request_id"] = request_id.current()
    return body | more


def exception_handler(exc: Exception, context: dict) -> Response:
    """Turn what a view raised into a problem document; what nobody foresaw is logged and becomes a 500."""
    path = context["request"].path if context.get("request") else ""
    found = _as_problem(exc)
    if found is None:
        logger.error("Unforeseen in %s", path, exc_info=exc)
        got_request_exception.send(sender=None, request=context["request"]._request)
        found = 500, "error", _("Something went wrong here. It has been noted under this request id."), {}, {}, {}
    status, code, detail, errors, headers, more = found
    body = document(status, code, detail, path=path, errors=errors, **more)
    return Response(body, status=status, headers=headers, content_type=MEDIA_TYPE)


def _as_problem(exc: Exception):
    if isinstance(exc, DomainError):
        status = 400 if exc.status == 422 else exc.status
        errors = {exc.field: [str(exc.message)]} if exc.field else {}
        more = {"data": exc.data} if exc.data else {}
        return status, exc.code, str(exc.message), errors, {}, more
    if isinstance(exc, Http404):
        return 404, "not_found", _("There is nothing at this address, or nothing that you may see."), {}, {}, {}
    if isinstance(exc, PermissionDenied):
        return 403, "permission_denied", str(exc) or _("You may not do that."), {}, {}, {}
    if isinstance(exc, exceptions.APIException):
        return _from_rest_framework(exc)
    if isinstance(exc, DjangoValidationError):
        errors = exc.message_dict if hasattr(exc, "error_dict") else {GENERAL: exc.messages}
        errors = {(GENERAL if field == "__all__" else field): messages for field, messages in errors.items()}
        return 400, "invalid", _first(errors), errors, {}, {}
    if isinstance(exc, RequestDataTooBig):
        return 413, "too_large", _("This body is too large."), {}, {}, {}
    if isinstance(exc, DataError):
        logger.warning("Refused by the database: %s", exc)
    if isinstance(exc, DataError | UnicodeError) or (isinstance(exc, ValueError) and "NUL (0x00)" in str(exc)):
        return 400, "invalid", _("A value is too long, too large, or holds characters that cannot be kept."), {}, {}, {}
    if isinstance(exc, SuspiciousOperation):
        return 400, "invalid", _("This request is malformed."), {}, {}, {}
    return _from_database(exc)


def _from_database(exc: Exception):
    if isinstance(exc, ProtectedError):
        return 409, "conflict", _("Something else still refers to this."), {}, {}, {}
    if isinstance(exc, IntegrityError):
        logger.warning("Refused by a constraint: %s", constraint_of(exc) or exc)
        return (
            409,
            "conflict",
            _("This contradicts what is already there: it exists twice, or refers to what is gone."),
            {},
            {},
            {},
        )
    if isinstance(exc, OperationalError) and getattr(exc.__cause__, "pgcode", "") in (LOCK_NOT_AVAILABLE, DEADLOCK):
        return (
            409,
            "busy",
            _("Somebody else is at work on this. Send it again in a moment."),
            {},
            {"Retry-After": "2"},
            {},
        )
    return None


def constraint_of(exc: IntegrityError) -> str:
    """The name of the constraint that refused, or an empty string."""
    return getattr(getattr(exc.__cause__, "diag", None), "constraint_name", "") or ""


def _from_rest_framework(exc: exceptions.APIException):
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(exc.wait))
    if isinstance(exc, Problem):
        return exc.status_code, exc.problem_code, str(exc.detail), exc.errors, headers, {}
    if isinstance(exc, exceptions.ValidationError):
        errors = flat(exc.detail)
        return 400, "invalid", _first(errors), errors, headers, {}
    detail = exc.detail if isinstance(exc.detail, str) else _first(flat(exc.detail))
    if isinstance(exc, exceptions.NotFound):
        detail = _("There is nothing at this address, or nothing that you may see.")
    if isinstance(exc, exceptions.Throttled):
        detail = _("Too many requests. Send it again in %(seconds)s s.") % {"seconds": headers.get("Retry-After", "60")}
    return exc.status_code, _code(exc), str(detail), {}, headers, {}


def _code(exc: exceptions.APIException) -> str:
    """The kind of the refusal, not of its message."""
    return str(exc.default_code)


def flat(detail, prefix: str = "") -> dict[str, list[str]]:
    """{"field": [messages]}; nested places are written "items.0"."""
    if isinstance(detail, dict):
        found: dict[str, list[str]] = {}
        for key, value in detail.items():
            found |= flat(value, f"{prefix}.{key}" if prefix else str(key))
        return found
    if isinstance(detail, list):
        if all(isinstance(each, str) for each in detail):
            return {prefix or GENERAL: [str(each) for each in detail]} if detail else {}
        found = {}
        for index, value in enumerate(detail):
            found |= flat(value, f"{prefix}.{index}" if prefix else str(index))
        return found
    return {prefix or GENERAL: [str(detail)]}


def _first(errors: dict[str, list[str]]) -> str:
    field, messages = next(iter(errors.items()), ("", [""]))
    message = messages[0] if messages else ""
    return message if field == GENERAL or not re.match(r"\w", field) else f"{field}: {message}"


@csrf_exempt
def not_found(request: HttpRequest, *args, **kwargs) -> JsonResponse:
    """The answer of every unknown address under /api/."""
    body = document(404, "not_found", _("There is nothing at this address."), path=request.path)
    return JsonResponse(body, status=404, content_type=MEDIA_TYPE)


def method_not_allowed(request: HttpRequest) -> JsonResponse:
    """The answer of a page under /api/ that is only read."""
    body = document(405, "method_not_allowed", _("This address does not know this method."), path=request.path)
    return JsonResponse(body, status=405, content_type=MEDIA_TYPE, headers={"Allow": "GET, HEAD"})
