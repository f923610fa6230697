from django.db.models import F
from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register

register(
    Kpi(
        slug="asa", order=2, kind="duration", unit="s", better="lower", clock="calendar", target=30, pair="abandon-rate",
        collect=calls.span(measures.OFFERED & measures.ANSWERED, F("waited")), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Average speed of answer"),
        definition=_("How long callers wait until an operator answers, on the clock, from the queue (or the first ring) on. Calls in opening hours only; a call that is transferred counts once, with its first answer."),
        formula=_("sum of the seconds waited by answered calls / answered calls"),
        extra={"fine": True},
    )
)  # fmt: skip
