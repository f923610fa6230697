"""Windows as a calendar file (RFC 5545): each occurrence an event. Lines end in CRLF and fold at 75 octets."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from .models import Window

OCTETS = 75


def feed(name: str, found: Iterable[tuple[Window, datetime, datetime]], at: datetime) -> str:
    """The whole file."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Vigie//Planning//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ]  # fmt: skip
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    for window, begins, ends in found:
        what = _("Freeze: %(name)s") if window.is_freeze else _("Maintenance: %(name)s")
        lines += [
            "BEGIN:VEVENT", f"UID:window-{window.pk}-{begins:%Y%m%dT%H%M%SZ}@{host}", f"DTSTAMP:{_instant(at)}",
            f"SEQUENCE:{window.version}", f"DTSTART:{_instant(begins)}", f"DTEND:{_instant(ends)}",
            f"SUMMARY:{_text(what % {'name': window.name})}", f"DESCRIPTION:{_text(window.reason)}",
            f"CATEGORIES:{window.kind.upper()}", f"URL:{settings.PUBLIC_URL}{window.get_absolute_url()}", "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]  # fmt: skip
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


# What readers may take for the end of a line.
BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = "\\n".join(escaped.split("\r\n"))
    escaped = BREAKS.sub("\\\\n", escaped)
    return "".join(letter for letter in escaped if letter == "\t" or (ord(letter) >= 32 and ord(letter) != 127))


def _folded(line: str) -> str:
    pieces, piece, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    return "\r\n".join([*pieces, piece])
