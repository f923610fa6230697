"""The life of a request, as a table."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.records.lifecycle import BACK, Lifecycle, Move
from itsm.records.promises import APPROVE


class State(models.TextChoices):
    AWAITING = "awaiting", _("Awaiting approval")
    APPROVED = "approved", _("To be fulfilled")
    IN_PROGRESS = "in_progress", _("In progress")
    ON_HOLD = "on_hold", _("On hold")
    RESOLVED = "resolved", _("Fulfilled")
    CLOSED = "closed", _("Closed")
    REFUSED = "refused", pgettext_lazy("request", "Refused")
    CANCELLED = "cancelled", pgettext_lazy("ticket", "Cancelled")


S = State
REFUSE = "refuse"
WORKED = frozenset({S.APPROVED.value, S.IN_PROGRESS.value, S.ON_HOLD.value})
ACTIVE = WORKED | {S.AWAITING.value}
OVER = frozenset({S.CLOSED.value, S.REFUSED.value, S.CANCELLED.value})
ANY = frozenset(s.value for s in State)

LIFECYCLE = Lifecycle(
    states={
        S.AWAITING.value: (S.AWAITING.label, "open", "amber:user-question"),
        S.APPROVED.value: (S.APPROVED.label, "open", "blue:circle-dot"),
        S.IN_PROGRESS.value: (S.IN_PROGRESS.label, "open", "blue:progress"),
        S.ON_HOLD.value: (S.ON_HOLD.label, "waiting", "violet:player-pause"),
        S.RESOLVED.value: (S.RESOLVED.label, "resolved", "green:check"),
        S.CLOSED.value: (S.CLOSED.label, "closed", "grey:lock"),
        S.REFUSED.value: (S.REFUSED.label, "closed", "red:x"),
        S.CANCELLED.value: (S.CANCELLED.label, "closed", "grey:ban"),
    },
    moves=[
        Move("acknowledge", _("Take charge"), frozenset({S.APPROVED}), S.IN_PROGRESS, "acknowledged", "hand-grab"),
        Move("comment", _("Reply or note"), ANY - OVER, verb="commented", icon="message"),
        Move("escalate", _("Escalate"), WORKED, S.APPROVED, "escalated", "arrow-up-right"),
        Move("hold", _("Hold"), frozenset({S.APPROVED, S.IN_PROGRESS}), S.ON_HOLD, "held", "player-pause"),
        Move("resume", _("Resume"), frozenset({S.ON_HOLD}), BACK, "resumed", "player-play"),
        Move("resolve", _("Fulfil"), WORKED, S.RESOLVED, "resolved", "check"),
        Move("assign", _("Assign"), ACTIVE, verb="assigned", icon="user-plus"),
        Move("alert", _("Alert a manager"), ACTIVE, verb="alerted", icon="bell-ringing"),
        Move("edit", _("Edit"), ACTIVE | {S.RESOLVED}, verb="edited", icon="pencil"),
        Move("follow_up", _("Follow up"), ACTIVE, verb="follow_up_set", icon="calendar-event"),
        Move("reopen", _("Reopen"), frozenset({S.RESOLVED}), S.IN_PROGRESS, "reopened", "arrow-back-up"),
        Move("close", _("Close the request"), frozenset({S.RESOLVED}), S.CLOSED, "closed", "lock"),
        Move("link", _("Link"), ANY, verb="linked", icon="link"),
        Move("cancel", _("Cancel the request"), ACTIVE, S.CANCELLED, "cancelled", "ban"),
        # By the approval engine alone.
        Move(APPROVE, _("Approve"), frozenset({S.AWAITING}), S.APPROVED, "approved", "circle-check", offered=False),
        Move(REFUSE, _("Refuse"), frozenset({S.AWAITING}), S.REFUSED, "refused", "circle-x", offered=False),
    ],
)
