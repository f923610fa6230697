"""The questions of the console: which form asks them, what is done with the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.core.chips import phase_chip, priority_chip
from itsm.records.models import Phase, Record

from ..models import Call
from . import acts
from .forms import AttachForm, HandForm, NoteForm, TransferForm, WhoForm

NEAR = 6


@dataclass(frozen=True)
class Question:
    """`mine`: only about a call that the reader is busy with."""

    title: Any
    verb: Any
    form: type[forms.Form]
    act: Callable[..., str]
    needs_call: bool = True
    mine: bool = True


QUESTIONS = {
    "by-hand": Question(_("Someone is on the line"), _("Begin the call"), HandForm, acts.by_hand, False, False),
    "who": Question(_("Who is on the line?"), _("It is them"), WhoForm, acts.say_who, mine=False),
    "transfer": Question(_("Transfer the call"), _("Transfer"), TransferForm, acts.transfer),
    "attach": Question(_("Which ticket is it about?"), _("Attach"), AttachForm, acts.attach_to),
    "note": Question(_("Note on the person"), _("Keep the note"), NoteForm, acts.note, mine=False),
}


def near(user, call: Call) -> list[dict]:
    """The caller's own records that are at work: to be attached with one press."""
    if call.caller_id is None:
        return []
    taken = call.links.values("record_id")
    rows = Record.objects.in_desk_of(user).active().filter(requester_id=call.caller_id).exclude(pk__in=taken)
    return [
        row | {"chip": priority_chip(row["priority"]), "state": phase_chip(row["phase"], Phase(row["phase"]).label)}
        for row in rows.order_by("-pk").values("number", "title", "priority", "phase")[:NEAR]
    ]
