from django.db.models import F, FloatField, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register

# Who still talks or wraps up is not through, and a call that the sweeper ended lasted nobody knows how long.
THROUGH = (
    measures.COMING_IN & measures.ANSWERED & measures.OVER & Q(talk_seconds__isnull=False) & ~Q(state="wrap_up") & ~Q(handled_by="sweeper")
)  # fmt: skip
HANDLED = Cast(F("talk_seconds") + F("hold_seconds") + Coalesce(F("wrap_up_seconds"), Value(0)), FloatField())

register(
    Kpi(
        slug="aht", order=6, kind="duration", unit="s", better="lower", clock="calendar", pair="fcr",
        collect=calls.span(THROUGH, HANDLED), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Average handling time"),
        definition=_("How long an answered call keeps an operator busy, on the clock: talking, on hold, wrapping up. Calls whose end was never told are left out. No target: what is right depends on what people call about."),
        formula=_("sum(talk + hold + wrap-up) / answered calls"),
        extra={"fine": True},
    )
)  # fmt: skip
