from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """The cohort is what was resolved (or closed without resolution) in the period, never what was reopened in it."""
    for record in batch.records.values():
        ended = record["resolved_at"] or record["closed_at"]
        if ended:
            yield batch.fact(record, ended, value=record["reopen_count"], numerator=1 if record["reopen_count"] else 0)


register(
    Kpi(
        slug="reopen-rate", order=50, kind="ratio", unit="%", better="lower", target=5, facts=facts, pair="mttr",
        name=_("Reopened incidents"),
        definition=_("Share of the incidents ended in the period that were reopened at least once."),
        formula=_("incidents reopened at least once / incidents ended × 100"),
        extra={"total": True},
    )
)  # fmt: skip
