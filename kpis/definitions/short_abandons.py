from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register

register(
    Kpi(
        slug="short-abandons", order=4, kind="ratio", unit="%", better="lower", pair="abandon-rate",
        collect=calls.share(measures.OFFERED, measures.SHORT_ABANDON), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Short abandons"),
        definition=_("Share of the calls that were hung up within the first seconds (10, or what the queue says): mistakes and second thoughts, not callers whom nobody served. Calls in opening hours only."),
        formula=_("hung up within the first seconds / calls received × 100"),
    )
)  # fmt: skip
