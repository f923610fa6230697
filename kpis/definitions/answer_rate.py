from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register

register(
    Kpi(
        slug="answer-rate", order=5, kind="ratio", unit="%", better="higher", target=90, pair="calls-within-threshold",
        collect=calls.share(measures.RECEIVED, measures.ANSWERED), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Answer rate"),
        definition=_("Share of the calls received that an operator answered, however late. Calls in opening hours only, without short abandons and without what the menu settled."),
        formula=_("answered / (calls received − short abandons) × 100"),
    )
)  # fmt: skip
