from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """How often an incident changed teams before it ended."""
    for record in batch.records.values():
        ended = record["resolved_at"] or record["closed_at"]
        if ended:
            count = record["reassignment_count"]
            yield batch.fact(record, ended, value=count, numerator=1 if count else 0)


register(
    Kpi(
        slug="reassignments", order=60, kind="mean", unit="", better="lower", target=1, facts=facts, pair="flr",
        name=_("Transfers per incident"),
        definition=_("How often an incident changes teams before it ends. Beside the mean: how many never moved, and the most that one moved."),
        formula=_("sum(changes of team) / incidents ended"),
    )
)  # fmt: skip
