from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register

FIRST_LEVELS = (0, 1)


def facts(batch):
    """Incidents that the first level received: resolved there without any escalation?"""
    for record in batch.records.values():
        hops = batch.hops.get(record["id"], [])
        if record["resolved_at"] is None or not hops or hops[0].level not in FIRST_LEVELS:
            continue
        alone = record["escalation_count"] == 0 and record["level"] in FIRST_LEVELS
        yield batch.fact(
            record, record["resolved_at"], numerator=1 if alone else 0, team_id=hops[0].team_id, level=hops[0].level
        )


register(
    Kpi(
        slug="flr", order=40, kind="ratio", unit="%", better="higher", target=65, facts=facts, pair="csat",
        name=_("First-level resolution"),
        definition=_("Share of the incidents received by level 1 that it resolved without any escalation."),
        formula=_("resolved at level 1 without escalation / resolved incidents that level 1 received × 100"),
    )
)  # fmt: skip
