from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from servicedesk.calls import measures
from servicedesk.models import CallLink

from .. import calls
from ..registry import Kpi, register

OPENED_ONE = Exists(CallLink.objects.filter(call=OuterRef("pk"), how=CallLink.How.CREATED))

register(
    Kpi(
        slug="calls-to-records", order=9, kind="ratio", unit="%", better="higher", pair="fcr",
        collect=calls.share(measures.COMING_IN & measures.ANSWERED, OPENED_ONE), subjects=calls.subjects, dimensions=calls.DIMENSIONS,
        name=_("Calls that became records"),
        definition=_("Share of the answered calls that opened a record. Calls about a record that was open already, or about a major incident, count as calls that did not."),
        formula=_("answered calls that opened a record / answered calls × 100"),
    )
)  # fmt: skip
