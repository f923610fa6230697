from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register


def collect(first, last):
    """One fact for each call that came in, at any hour, whatever became of it."""
    for fact, _row in calls.of_days(first, last, measures.COMING_IN):
        fact.value = fact.numerator = 1
        yield fact


register(
    Kpi(
        slug="calls", order=7, kind="count", unit="", better="lower", collect=collect, subjects=calls.subjects,
        dimensions=calls.DIMENSIONS, pair="calls-to-records",
        name=_("Calls"),
        definition=_("Calls that came in during the period, at any hour and whatever became of them; by hour and by queue they say how many operators are needed when."),
        formula=_("number of calls"),
    )
)  # fmt: skip
