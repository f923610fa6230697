"""What is told of an act on a call: the audit when a person did it, and whoever follows calls in any case."""

from itsm.audit import log

from . import hooks
from .models import Call

SUBJECT = "call"


def subject(call: Call) -> tuple[str, int, str]:
    """How the audit names a call: never by a telephone number."""
    return (SUBJECT, call.pk, call.number)


def done(call: Call, verb: str, actor, **data) -> Call:
    """The act is done: `verb` goes into the audit for a person, and to who follows the moves of calls."""
    if actor is not None:
        log.write(f"call.{verb}", subject(call), actor=actor, data={k: v for k, v in data.items() if v is not None})
    hooks.moved(call, verb)
    return call
