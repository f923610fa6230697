from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """Resolution clocks that ended met or missed, and those still open beyond their target."""
    for record in batch.records.values():
        clock = batch.clocks.get((record["id"], "resolve"))
        if clock is None:
            continue
        if clock.state == "stopped" and clock.met is not None:
            yield batch.fact(record, clock.stopped_at, numerator=1 if clock.met else 0)
        elif clock.state in ("running", "paused") and clock.step >= 100 and clock.due_at:
            yield batch.fact(record, clock.due_at, numerator=0)


register(
    Kpi(
        slug="sla-compliance", order=5, kind="ratio", unit="%", better="higher", target=90, clock="business", facts=facts, pair="csat",
        name=_("Targets kept"),
        definition=_("Share of the resolution targets that were kept. What is still open beyond its target counts as missed; what waits is neither."),
        formula=_("clocks ended in time / (clocks ended + clocks open beyond their target) × 100"),
    )
)  # fmt: skip
