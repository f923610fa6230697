"""A person's shifts as a calendar file (RFC 5545), for the calendar program of their phone. Lines end in CRLF and fold at 75 octets."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from .models import Rota
from .rotas import Shift

OCTETS = 75


def feed(name: str, found: Iterable[tuple[Rota, Shift]], at: datetime) -> str:
    """The whole file."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Vigie//On-call//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
        f"X-WR-CALNAME:{text(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
    ]  # fmt: skip
    for rota, shift in found:
        lines += _event(rota, shift, at)
    return "".join(folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(rota: Rota, shift: Shift, at: datetime) -> list[str]:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    what = _("On call: %(rota)s") % {"rota": rota.name}
    if shift.rank > 1:
        what = _("On call, second line: %(rota)s") % {"rota": rota.name}
    return [
        "BEGIN:VEVENT", f"UID:{rota.pk}-{shift.rank}-{shift.begins:%Y%m%dT%H%M%SZ}@{host}", f"DTSTAMP:{instant(at)}",
        f"DTSTART:{instant(shift.begins)}", f"DTEND:{instant(shift.ends)}", f"SUMMARY:{text(what)}",
        f"URL:{settings.PUBLIC_URL}/oncall/rotas/{rota.code}/", "TRANSP:TRANSPARENT", "END:VEVENT",
    ]  # fmt: skip


def instant(at: datetime) -> str:
    """An instant in UTC."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def text(value: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line breaks are escaped, other control characters dropped."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    escaped = escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")
    return "".join(letter for letter in escaped if letter == "\t" or (ord(letter) >= 32 and ord(letter) != 127))


def folded(line: str) -> str:
    """A line in pieces of at most 75 octets, never in the middle of a character; each piece after the first begins with a blank."""
    pieces, piece, size = [], "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > OCTETS:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    return "\r\n".join([*pieces, piece])
