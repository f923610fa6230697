"""The life of an incident, as a table."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.records.lifecycle import BACK, Lifecycle, Move


class State(models.TextChoices):
    NEW = "new", _("New")
    ASSIGNED = "assigned", _("Assigned")
    IN_PROGRESS = "in_progress", _("In progress")
    ON_HOLD = "on_hold", _("On hold")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", pgettext_lazy("ticket", "Cancelled")
    MERGED = "merged", _("Merged")


S = State
WORKABLE = frozenset({S.NEW.value, S.ASSIGNED.value, S.IN_PROGRESS.value, S.ON_HOLD.value})
ACTIVE = WORKABLE
ANY = frozenset(s.value for s in State)

LIFECYCLE = Lifecycle(
    states={
        S.NEW.value: (S.NEW.label, "open", "blue:circle-dot"),
        S.ASSIGNED.value: (S.ASSIGNED.label, "open", "blue:user-check"),
        S.IN_PROGRESS.value: (S.IN_PROGRESS.label, "open", "blue:progress"),
        S.ON_HOLD.value: (S.ON_HOLD.label, "waiting", "violet:player-pause"),
        S.RESOLVED.value: (S.RESOLVED.label, "resolved", "green:check"),
        S.CLOSED.value: (S.CLOSED.label, "closed", "grey:lock"),
        S.CANCELLED.value: (S.CANCELLED.label, "closed", "grey:ban"),
        S.MERGED.value: (S.MERGED.label, "closed", "grey:arrow-merge"),
    },
    moves=[
        Move(
            "acknowledge", _("Take charge"), frozenset({S.NEW, S.ASSIGNED}), S.IN_PROGRESS, "acknowledged", "hand-grab"
        ),
        Move("comment", _("Reply or note"), ANY - {S.MERGED, S.CLOSED, S.CANCELLED}, verb="commented", icon="message"),
        Move("escalate", _("Escalate"), WORKABLE, S.ASSIGNED, "escalated", "arrow-up-right"),
        Move("hold", _("Hold"), frozenset({S.NEW, S.ASSIGNED, S.IN_PROGRESS}), S.ON_HOLD, "held", "player-pause"),
        Move("resume", _("Resume"), frozenset({S.ON_HOLD}), BACK, "resumed", "player-play"),
        Move("resolve", _("Resolve"), WORKABLE, S.RESOLVED, "resolved", "check"),
        Move("assign", _("Assign"), WORKABLE, verb="assigned", icon="user-plus"),
        Move("alert", _("Alert a manager"), WORKABLE, verb="alerted", icon="bell-ringing"),
        Move("edit", _("Edit"), WORKABLE | {S.RESOLVED}, verb="edited", icon="pencil"),
        Move("follow_up", _("Follow up"), WORKABLE, verb="follow_up_set", icon="calendar-event"),
        Move("outage", _("Report the state of the service"), WORKABLE, verb="outage", icon="activity-heartbeat"),
        Move("reopen", _("Reopen"), frozenset({S.RESOLVED}), S.IN_PROGRESS, "reopened", "arrow-back-up"),
        Move("close", _("Close the ticket"), frozenset({S.RESOLVED}), S.CLOSED, "closed", "lock"),
        Move("link", _("Link"), ANY - {S.MERGED}, verb="linked", icon="link"),
        Move("split", _("Split off"), ANY - {S.MERGED}, verb="split", icon="arrows-split"),
        Move("merge", _("Merge"), WORKABLE, S.MERGED, "merged", "arrow-merge"),
        Move("unmerge", _("Take the merge back"), frozenset({S.MERGED}), verb="unmerged", icon="arrow-back-up"),
        Move("cancel", _("Cancel the ticket"), WORKABLE, S.CANCELLED, "cancelled", "ban"),
    ],
)
