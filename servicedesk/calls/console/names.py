"""What a call is named on the screen: its person, its place, or its number."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from itsm.people.directory import directory

from .. import numbers
from ..models import Call


@dataclass(frozen=True)
class Shown:
    """`name` is never empty; `number` may be."""

    name: str
    number: str
    initials: str


def of(call: Call) -> Shown:
    """Who is on the other side, for those who take calls: they see numbers whole."""
    number = number_of(call)
    if call.caller_id:
        return Shown(call.caller.display_name, number, call.caller.initials)
    site = directory.get().sites.get(call.site_id)
    name = call.caller_name or (site.name if site else "") or (_("Unknown") if number else _("Hidden number"))
    return Shown(name, number, "".join(part[:1] for part in name.split()[:2]).upper())


def number_of(call: Call) -> str:
    """The other side's number, as one reads it aloud."""
    return numbers.spoken(call.from_number if call.direction == "in" else call.to_number)
