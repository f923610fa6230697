from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """One fact for each resolved incident: business time without pauses, and clock time from opening to resolution."""
    for record in batch.records.values():
        done = record["resolved_at"]
        if done is None:
            continue
        clock = batch.clocks.get((record["id"], "resolve"))
        wall = (done - record["opened_at"]).total_seconds()
        business = clock.elapsed_seconds if clock and clock.state == "stopped" else wall
        yield batch.fact(record, done, value=business, calendar_value=wall)


register(
    Kpi(
        slug="mttr", order=10, kind="duration", unit="s", better="lower", clock="business", target=8 * 3600, pair="reopen-rate", facts=facts,
        name=_("Time to resolve"),
        definition=_("How long from the opening of an incident to its resolution (not to its closing). In business time, waits are taken out; in clock time, nothing is."),
        formula=_("sum(resolved − opened − waits) / incidents resolved"),
    )
)  # fmt: skip
