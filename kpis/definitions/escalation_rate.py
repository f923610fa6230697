from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register


def facts(batch):
    """Each stay in a team of level 1 to 3 that ended: did it end by an escalation?"""
    for record in batch.records.values():
        hops = batch.hops.get(record["id"], [])
        for index, hop in enumerate(hops):
            ended = hop.ended_at or (record["resolved_at"] if index == len(hops) - 1 else None)
            if ended is None or hop.level is None:
                continue
            onward = index + 1 < len(hops) and hops[index + 1].kind == "escalation"
            yield batch.fact(
                record, ended, source_id=hop.pk, numerator=1 if onward else 0, team_id=hop.team_id, level=hop.level
            )


register(
    Kpi(
        slug="escalation-rate", order=45, kind="ratio", unit="%", better="lower", target=35, facts=facts, pair="flr",
        name=_("Escalation rate"),
        definition=_("Share of the stays in a team that ended by an escalation to the next one. Split by level: from level 1, from level 2."),
        formula=_("stays ended by an escalation / stays ended × 100"),
    )
)  # fmt: skip
