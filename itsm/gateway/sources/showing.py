"""A body as people may read it: unpacked and laid out where it is text, as numbers where it is not. Nothing in it is interpreted."""

import json
import zlib
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

MOST_SHOWN, MOST_UNPACKED = 64 * 1024, 1024 * 1024
GZIP_OR_ZLIB = 47


def shown(body: bytes, content_type: str) -> str:
    """The body as text, cut where it is long; unpacked from gzip or zlib, never to more than a megabyte."""
    text = _text(_unpacked(body))
    if text is None:
        return _dump(body)
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        text = "\n".join(
            f"{name} = {value}" for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=None)
        )
    else:
        text = _laid_out(text)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "\n" + _("… cut here")


def _unpacked(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, MOST_UNPACKED) or body
    except zlib.error:
        return body


def _text(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        # a megabyte may have been cut inside a character
        text = body[:-3].decode("utf-8", "ignore") if len(body) >= MOST_UNPACKED else ""
        if not text:
            return None
    return None if "\0" in text else text


def _laid_out(text: str) -> str:
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _dump(body: bytes) -> str:
    lines = [
        f"{start:06x}  {body[start : start + 16].hex(' '):<47}  "
        + "".join(chr(c) if 32 <= c < 127 else "." for c in body[start : start + 16])
        for start in range(0, min(len(body), 1024), 16)
    ]
    return "\n".join([*lines, _("… cut here")] if len(body) > 1024 else lines)
