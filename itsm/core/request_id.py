"""One id for everything that a request or a task does: audit entries, logs and error pages share it."""

import logging
import re
import uuid
from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def current() -> str:
    """The id of the request or task at work, or an empty string outside both."""
    return _current.get()


def set_current(value: str) -> None:
    """Name the request or task that the present context works for."""
    _current.set(value)


class RequestIdMiddleware:
    """Give each request an id (a sane `X-Request-ID` of a proxy is kept) and answer with it."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        given = request.headers.get("X-Request-ID", "")
        request.id = given if ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
        set_current(request.id)
        response = self.get_response(request)
        response["X-Request-ID"] = request.id
        return response


class RequestIdFilter(logging.Filter):
    """Put the id on every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current() or "-"
        return True
