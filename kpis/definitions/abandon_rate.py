from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures

from .. import calls
from ..registry import Kpi, register

register(
    Kpi(
        slug="abandon-rate", order=3, kind="ratio", unit="%", better="lower", target=7, pair="asa",
        collect=calls.share(measures.RECEIVED, measures.ABANDONED), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Abandon rate"),
        definition=_("Share of the calls whose caller hung up before an operator answered. Only calls in opening hours that were for an operator: neither what the menu settled nor calls whose end was never told. Short abandons are left out and stand beside it; who left a message or took the call-back offered did not give up."),
        formula=_("hung up before an answer / (calls received − short abandons) × 100"),
        extra={"beside": "short-abandons"},
    )
)  # fmt: skip
