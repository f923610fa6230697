"""From a body to messages: decoded, its mapping chosen, read. The doors and the page that tries a payload do the same."""

import json
from typing import Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext as _

from itsm.core.reference import cached

from . import mapping
from .defaults import MAPPINGS
from .mapping import Reading, Unread
from .models import EventMapping

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 500


def decode(body: bytes, content_type: str) -> Any:
    """What a body holds: JSON, or the fields of a form. `Unread` for anything else."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("latin-1")
    plain = text.strip()
    if plain[:1] in ("{", "["):
        try:
            return json.loads(plain, parse_constant=lambda _name: None)
        except (ValueError, RecursionError) as error:
            raise Unread(_("It is no valid JSON: %(why)s") % {"why": str(error)[:200]}) from None
    if content_type.partition(";")[0].strip().lower() == FORM or ("=" in plain and "\n" not in plain):
        try:
            return dict(parse_qsl(plain, keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError:
            raise Unread(_("The form has too many fields.")) from None
    raise Unread(_("It is neither JSON nor a form."))


@cached("event-mappings")
def kept() -> list[EventMapping]:
    """All mappings in their order; those of the house where there are none."""
    rows = list(EventMapping.objects.all())
    return rows or [EventMapping(code=c, name=name, position=at, spec=spec) for c, name, at, spec in MAPPINGS]


def choose(body: Any, *, only: str = "") -> EventMapping:
    """The mapping that reads a body: `only`, or the first active one that fits."""
    mappings = kept.get()
    if only:
        found = next((each for each in mappings if each.code == only), None)
    else:
        found = next((each for each in mappings if each.active and mapping.fits(each.spec, body)), None)
    if found is None:
        raise Unread(_("No mapping fits this body."))
    return found


def read(body: bytes, content_type: str, *, source: str, only: str = "") -> tuple[EventMapping, Reading]:
    """The mapping that was chosen and what it makes of the body. `Unread` when nobody can read it."""
    said = decode(body, content_type)
    if not isinstance(said, (dict, list)) or not said:
        raise Unread(_("There is nothing in it."))
    chosen = choose(said, only=only)
    return chosen, mapping.read(chosen.spec, said, source=source)
