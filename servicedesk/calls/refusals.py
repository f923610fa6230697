"""What people are refused; an exchange never is."""

from django.utils.translation import gettext as _

from itsm.core.errors import IllegalMove
from itsm.people.scope import scope_of

from .models import Call, Operator
from .models.calls import State


def illegal(call: Call) -> IllegalMove:
    """The words for an act that the state of the call does not allow."""
    return IllegalMove(
        _("%(number)s is “%(state)s”: this cannot be done now.") % {"number": call.number, "state": call.get_state_display()},
        data={"state": call.state},
    )  # fmt: skip


def check_own(call: Call, actor) -> None:
    """Who speaks, or has just spoken, decides about the call; so do managers. IllegalMove for everybody else."""
    if actor is None or call.operator_id is None or call.state not in (State.IN_PROGRESS, State.ON_HOLD, State.WRAP_UP):
        return
    if scope_of(actor).may("calls.manage") or Operator.objects.filter(pk=call.operator_id, person=actor).exists():
        return
    raise IllegalMove(_("%(number)s is not your call any more.") % {"number": call.number})
