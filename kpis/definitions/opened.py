from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """One fact for each incident, on the day it was opened."""
    for record in batch.records.values():
        yield batch.fact(record, record["opened_at"], value=1, numerator=1)


register(
    Kpi(
        slug="opened", order=35, kind="count", unit="", better="lower", facts=facts, pair="backlog",
        name=_("Opened incidents"),
        definition=_("Incidents opened in the period."),
        formula=_("number of incidents opened"),
    )
)  # fmt: skip
