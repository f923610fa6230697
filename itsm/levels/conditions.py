"""What an agreement may say about the clock of a metric: start, pause, resume, stop, cancel and reset it when conditions hold.

The language is that of approvals and plans (`itsm.core.conditions`); what it asks about are the fields of the record. Nothing
said for an occasion: the clock does there what every clock does (`engine`). A clock keeps the conditions that it began with.

    {"start": [...], "pause": [...], "resume": [...], "stop": [...], "cancel": [...], "reset": [...]}, all of a list must hold.
"""

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.core import conditions
from itsm.core.errors import DomainError

from .models.agreements import Metric

# The promises that never rest: an answer is owed whatever the record waits for (a constraint of the database, too).
NEVER_PAUSE = frozenset({Metric.OWN, Metric.RESPONSE})
FIELD = "conditions"
MOST = 10
Terms = dict[str, list[dict]]


class Occasion(models.TextChoices):
    START = "start", pgettext_lazy("clock", "starts when")
    PAUSE = "pause", pgettext_lazy("clock", "pauses while")
    RESUME = "resume", pgettext_lazy("clock", "runs again when")
    STOP = "stop", pgettext_lazy("clock", "stops when")
    CANCEL = "cancel", pgettext_lazy("clock", "is cancelled while")
    RESET = "reset", pgettext_lazy("clock", "starts again from zero when")


RESTING = (Occasion.PAUSE, Occasion.RESUME)
CODES, NUMBERS, FLAGS = ("equals", "not_equals", "in"), ("equals", "not_equals", "in", "above", "below"), ("equals",)
MAYBE = (*CODES, "filled")
# What may be asked of a record: its name, and how it is compared.
ASKED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "state": (gettext_lazy("State"), CODES), "phase": (gettext_lazy("Phase"), CODES), "hold_reason": (gettext_lazy("Hold reason"), MAYBE),
    "priority": (gettext_lazy("Priority"), NUMBERS), "impact": (gettext_lazy("Impact"), NUMBERS), "urgency": (gettext_lazy("Urgency"), NUMBERS),
    "category": (gettext_lazy("Category"), MAYBE), "team": (gettext_lazy("Team"), MAYBE), "level": (gettext_lazy("Support level"), (*NUMBERS, "filled")),
    "organisation": (gettext_lazy("Organisation"), CODES), "channel": (gettext_lazy("Channel"), CODES), "vip": (gettext_lazy("VIP requester"), FLAGS),
    "major": (gettext_lazy("Major incident"), FLAGS), "assigned": (gettext_lazy("Assigned to a person"), FLAGS),
    "reopenings": (gettext_lazy("Number of reopenings"), NUMBERS), "handovers": (gettext_lazy("Number of changes of team"), NUMBERS),
}  # fmt: skip


def hold(terms: Mapping[str, list[dict]], occasion: str, facts: Mapping[str, Any]) -> bool:
    """Is something said for the occasion, and does all of it hold?"""
    said = terms.get(occasion)
    return bool(said) and conditions.hold(conditions.parse(said, where="", field=FIELD), facts)


def checked(metric: str, given: Any) -> Terms:
    """The conditions of a metric as they are kept, occasions without any left out. DomainError with what is wrong."""
    if not isinstance(given, dict) or set(given) - set(Occasion.values):
        raise DomainError(
            _("Conditions are given by occasion: %(names)s.") % {"names": ", ".join(Occasion.values)}, field=FIELD
        )
    if metric in NEVER_PAUSE and any(given.get(each) for each in RESTING):
        raise DomainError(
            _("“%(metric)s” never pauses: it has no condition for it.") % {"metric": Metric(metric).label}, field=FIELD
        )
    found: Terms = {}
    for occasion in Occasion:
        said = given.get(occasion.value) or []
        where = f"{Metric(metric).label}, {occasion.label}"
        if not isinstance(said, list) or len(said) > MOST:
            raise DomainError(_("%(where)s: give up to %(n)s conditions.") % {"where": where, "n": MOST}, field=FIELD)
        for each in conditions.parse(said, where=where, field=FIELD):
            _check(each, where)
        if said:
            found[occasion.value] = said
    return found


def _check(each: conditions.Condition, where: str) -> None:
    asked = ASKED.get(each.field)
    if asked is None:
        words = {"where": where, "field": each.field[:40], "known": ", ".join(ASKED)}
        raise DomainError(_("%(where)s: there is no field “%(field)s”. There are: %(known)s.") % words, field=FIELD)
    name, how = asked
    values = each.value if each.how == "in" else [each.value]
    kind = bool if how is FLAGS or each.how == "filled" else (int, float) if "above" in how else str
    fits = all(isinstance(one, kind) and (kind is bool or not isinstance(one, bool)) for one in values)
    if each.how not in how or not values or len(values) > 50 or not fits:
        words = {"where": where, "field": name}
        raise DomainError(_("%(where)s: “%(field)s” cannot be compared like this.") % words, field=FIELD)
