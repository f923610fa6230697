"""Satisfaction in the demo: about a third of those who were asked answered."""

import random
from datetime import datetime, timedelta

from django.conf import settings

from itsm.records.models import Record
from servicedesk.models import Survey
from servicedesk.surveys.services import excluded_because

SHARE_ASKED, SHARE_ANSWERED = 0.62, 0.31
SCORES = [(5, 46), (4, 38), (3, 9), (2, 4), (1, 3)]
COMMENTS = {
    5: ["Rapide et aimable.", "Parfait, merci !", ""],
    4: ["Bien, un peu long.", "", ""],
    3: ["Correct.", ""],
    2: ["J’ai dû rappeler deux fois."],
    1: ["Toujours pas réglé à mon avis."],
}


def build(seed: int, at: datetime) -> None:
    """Surveys of the resolved incidents, as the sweep would have sent them until an instant."""
    rows: list[Survey] = []
    found = Record.objects.filter(resolved_at__isnull=False, source="").select_related("resolution_code").order_by("pk")
    for record in found.iterator(chunk_size=1000):
        rng = random.Random(f"{seed}-survey-{len(rows)}")  # noqa: S311 - the same on every machine on purpose
        reason = excluded_because(record) or ("" if rng.random() < SHARE_ASKED else "asked_recently")
        due = record.resolved_at + timedelta(minutes=settings.SURVEY_DELAY_MINUTES)
        survey = Survey(
            record=record,
            person_id=record.requester_id,
            resolved_at=record.resolved_at,
            due_at=due,
            created_at=record.resolved_at,
        )
        if reason:
            survey.state, survey.reason = Survey.State.SKIPPED, reason
        elif due < at:
            _sent(survey, due, rng, at)
        rows.append(survey)
    Survey.objects.bulk_create(rows, batch_size=1000)


def _sent(survey: Survey, due, rng, at) -> None:
    survey.state, survey.sent_at, survey.expires_at = (
        Survey.State.SENT,
        due,
        due + timedelta(days=settings.SURVEY_EXPIRY_DAYS),
    )
    answered = due + timedelta(minutes=int(rng.lognormvariate(5.5, 1.2)))
    if rng.random() < SHARE_ANSWERED and answered < min(at, survey.expires_at):
        survey.state, survey.answered_at = Survey.State.ANSWERED, answered
        survey.score = rng.choices([s for s, _w in SCORES], [w for _s, w in SCORES])[0]
        survey.comment = rng.choice(COMMENTS[survey.score])
    elif survey.expires_at < at:
        survey.state = Survey.State.EXPIRED
