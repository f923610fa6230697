"""The life of an access, as a table. While it is in force nothing is to be done: that counts as resolved."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.records.lifecycle import Lifecycle, Move
from itsm.records.promises import APPROVE


class State(models.TextChoices):
    AWAITING = "awaiting", _("Awaiting approval")
    TO_GRANT = "to_grant", pgettext_lazy("access", "To grant")
    ACTIVE = "active", pgettext_lazy("access", "Active")
    TO_REVOKE = "to_revoke", pgettext_lazy("access", "To revoke")
    REVOKED = "revoked", pgettext_lazy("access", "Revoked")
    REFUSED = "refused", pgettext_lazy("access", "Refused")
    CANCELLED = "cancelled", pgettext_lazy("access", "Cancelled")


S = State
REFUSE = "refuse"
WORKED = frozenset({S.TO_GRANT.value, S.TO_REVOKE.value})
OPEN = WORKED | {S.AWAITING.value}
LIVE = OPEN | {S.ACTIVE.value}
ANY = frozenset(s.value for s in State)

LIFECYCLE = Lifecycle(
    states={
        S.AWAITING.value: (S.AWAITING.label, "open", "amber:user-question"),
        S.TO_GRANT.value: (S.TO_GRANT.label, "open", "blue:key"),
        S.ACTIVE.value: (S.ACTIVE.label, "resolved", "green:lock-open"),
        S.TO_REVOKE.value: (S.TO_REVOKE.label, "open", "red:key-off"),
        S.REVOKED.value: (S.REVOKED.label, "closed", "grey:lock"),
        S.REFUSED.value: (S.REFUSED.label, "closed", "red:x"),
        S.CANCELLED.value: (S.CANCELLED.label, "closed", "grey:ban"),
    },
    moves=[
        Move("grant", pgettext_lazy("access", "Granted"), frozenset({S.TO_GRANT}), S.ACTIVE, "granted", "lock-open"),
        Move(
            "end", pgettext_lazy("access", "Ask for revocation"), frozenset({S.ACTIVE}), S.TO_REVOKE, "ended", "key-off"
        ),
        Move("revoke", pgettext_lazy("access", "Revoked"), frozenset({S.TO_REVOKE}), S.REVOKED, "revoked", "lock"),
        Move(
            "prolong",
            pgettext_lazy("access", "Move the last day"),
            frozenset({S.TO_GRANT, S.ACTIVE}),
            verb="prolonged",
            icon="calendar-event",
        ),
        Move("acknowledge", _("Take charge"), WORKED, verb="acknowledged", icon="hand-grab"),
        Move("comment", _("Reply or note"), LIVE, verb="commented", icon="message"),
        Move("assign", _("Assign"), OPEN, verb="assigned", icon="user-plus"),
        Move("escalate", _("Escalate"), WORKED, verb="escalated", icon="arrow-up-right"),
        Move("alert", _("Alert a manager"), OPEN, verb="alerted", icon="bell-ringing"),
        Move("edit", _("Edit"), LIVE, verb="edited", icon="pencil"),
        Move("follow_up", _("Follow up"), OPEN, verb="follow_up_set", icon="calendar-event"),
        Move("link", _("Link"), ANY, verb="linked", icon="link"),
        Move("cancel", _("Cancel the request"), frozenset({S.AWAITING, S.TO_GRANT}), S.CANCELLED, "cancelled", "ban"),
        # By the approval engine alone.
        Move(APPROVE, _("Approve"), frozenset({S.AWAITING}), S.TO_GRANT, "approved", "circle-check", offered=False),
        Move(REFUSE, _("Refuse"), frozenset({S.AWAITING}), S.REFUSED, "refused", "circle-x", offered=False),
    ],
)
