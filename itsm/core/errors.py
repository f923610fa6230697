"""Errors that people may read. Services raise them; the edges (pages, REST) translate them once."""

import re

from django.db import DataError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

# What the driver says of the character in a text, and the database of it in a value of JSON.
NUL = re.compile(r"NUL \(0x00\)|\\u0000 cannot be converted")


class DomainError(Exception):
    """Something that the rules of the product refuse; its message is fit for the reader."""

    status = 422
    code = "invalid"

    def __init__(self, message, *, field: str | None = None, data: dict | None = None):
        super().__init__(str(message))
        self.message, self.field, self.data = message, field, data or {}


class IllegalMove(DomainError):
    """The state of the thing does not allow what was asked."""

    status = 409
    code = "illegal_move"


class StaleVersion(DomainError):
    """Somebody saved a newer version in the meantime."""

    status = 412
    code = "stale_version"

    def __init__(
        self, message=_("Somebody changed this in the meantime. Look at the newer version and send again."), **more
    ):
        super().__init__(message, **more)


class NotAllowed(DomainError):
    """The person may see the thing but not do this to it."""

    status = 403
    code = "not_allowed"


class DomainErrorMiddleware:
    """A DomainError that no page caught becomes an error page with its own words, never a 500."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception) -> HttpResponse | None:
        if isinstance(exception, ValueError | DataError) and NUL.search(str(exception)):
            exception = DomainError(_("There is a character in it that no text can hold. Write it again without."))
        if not isinstance(exception, DomainError):
            return None
        status = 409 if isinstance(exception, StaleVersion) else exception.status
        return render(request, "refused.html", {"error": exception}, status=status)
