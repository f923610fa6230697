from django.utils.translation import gettext_lazy as _

from ..registry import Kpi, register

SATISFIED = 4


def facts(batch):
    """Each answered survey: is the score 4 or 5?"""
    for survey in batch.surveys:
        if survey.answered_at:
            record = batch.records[survey.record_id]
            yield batch.fact(
                record,
                survey.answered_at,
                source_id=survey.pk,
                value=survey.score,
                numerator=1 if survey.score >= SATISFIED else 0,
            )


def responses(batch):
    """Each survey sent: was it answered?"""
    for survey in batch.surveys:
        record = batch.records[survey.record_id]
        yield batch.fact(record, survey.sent_at, source_id=survey.pk, numerator=1 if survey.answered_at else 0)


register(
    Kpi(
        slug="csat", order=15, kind="ratio", unit="%", better="higher", target=85, facts=facts, pair="survey-response",
        name=_("Satisfaction"),
        definition=_("Share of the answers that give 4 or 5 out of 5. Read it beside the response rate."),
        formula=_("answers of 4 or 5 / answers × 100"),
        extra={"mean": True},
    )
)  # fmt: skip
register(
    Kpi(
        slug="survey-response", order=16, kind="ratio", unit="%", better="higher", facts=responses, pair="csat",
        name=_("Response rate"),
        definition=_("Share of the surveys sent that were answered."),
        formula=_("surveys answered / surveys sent × 100"),
    )
)  # fmt: skip
