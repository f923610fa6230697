from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """One fact for each incident that somebody took in charge."""
    for record in batch.records.values():
        taken = record["acknowledged_at"]
        if taken is None:
            continue
        clock = batch.clocks.get((record["id"], "own"))
        wall = (taken - record["opened_at"]).total_seconds()
        business = clock.elapsed_seconds if clock and clock.state == "stopped" else wall
        yield batch.fact(record, taken, value=business, calendar_value=wall)


register(
    Kpi(
        slug="mtta", order=20, kind="duration", unit="s", better="lower", clock="business", target=4 * 3600, pair="mttr", facts=facts,
        name=_("Time to take charge"),
        definition=_("How long until somebody takes an incident in charge for the first time. Incidents that nobody has taken yet are shown apart."),
        formula=_("sum(first taken in charge − opened) / incidents taken in charge"),
        extra={"unacknowledged": True},
    )
)  # fmt: skip
