from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register

register(
    Kpi(
        slug="calls-within-threshold", order=1, kind="ratio", unit="%", better="higher", target=80, pair="asa",
        collect=calls.share(measures.RECEIVED, measures.IN_TIME), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Calls answered in time"),
        definition=_("Share of the calls received that were answered within the threshold of their queue (30 seconds without one). Calls in opening hours only, without short abandons and without what the menu settled."),
        formula=_("answered within the threshold / (calls received − short abandons) × 100"),
    )
)  # fmt: skip
