from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """One fact for each incident: open from its opening until it was resolved, or closed without that."""
    for record in batch.records.values():
        yield batch.fact(record, record["opened_at"], ended_at=record["resolved_at"] or record["closed_at"])


register(
    Kpi(
        slug="backlog", order=30, kind="stock", unit="", better="lower", facts=facts, pair="backlog-age",
        name=_("Open incidents"),
        definition=_("Incidents that are neither resolved nor closed at the end of the day."),
        formula=_("opened by that day − ended by that day"),
    )
)  # fmt: skip
register(
    Kpi(
        slug="backlog-age", order=31, kind="age", unit="s", better="lower", clock="calendar", facts_of="backlog", pair="backlog", target=5 * 86400,
        name=_("Age of open incidents"),
        definition=_("How old the open incidents are at the end of the day, in clock time."),
        formula=_("sum(end of the day − opened) / open incidents"),
    )
)  # fmt: skip
