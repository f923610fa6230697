"""Satisfaction in the demo: about a third of those who were asked answered."""

import random
from datetime import datetime, timedelta

from django.conf import settings

from itsm.people.models import Team
from itsm.records.models import Record, Task
from servicedesk.models import Survey
from servicedesk.surveys.services import LOW, excluded_because

SHARE_ANSWERED = 0.31
SCORES = [(5, 46), (4, 38), (3, 9), (2, 4), (1, 3)]
COMMENTS = {
    5: ["Rapide et aimable.", "Parfait, merci !", ""],
    4: ["Bien, un peu long.", "", ""],
    3: ["Correct.", ""],
    2: ["J’ai dû rappeler deux fois."],
    1: ["Toujours pas réglé à mon avis."],
}


def build(seed: int, at: datetime) -> None:
    """Surveys of everything resolved, as the sweep would have sent them until an instant."""
    rows: list[Survey] = []
    asked: dict[int, datetime] = {}
    quiet, delay = timedelta(days=settings.SURVEY_QUIET_DAYS), timedelta(minutes=settings.SURVEY_DELAY_MINUTES)
    solved = Record.objects.filter(resolved_at__isnull=False, resolved_at__lt=at, source="")
    for record in solved.select_related("resolution_code").order_by("resolved_at", "pk").iterator(chunk_size=1000):
        rng = random.Random(f"{seed}-survey-{len(rows)}")  # noqa: S311 - the same on every machine on purpose
        due = record.resolved_at + delay
        last = asked.get(record.requester_id or 0)
        reason = excluded_because(record) or ("asked_recently" if last and due < last + quiet else "")
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
            asked[record.requester_id] = due
            _sent(survey, due, rng, at)
        rows.append(survey)
    Survey.objects.bulk_create(rows, batch_size=1000)
    _call_backs([survey for survey in rows if survey.score and survey.score <= LOW], at)


def _sent(survey: Survey, due, rng, at) -> None:
    survey.state, survey.sent_at, survey.expires_at = (
        Survey.State.SENT,
        due,
        due + timedelta(days=settings.SURVEY_EXPIRY_DAYS),
    )
    half = due + timedelta(days=settings.SURVEY_EXPIRY_DAYS / 2)
    answered = due + timedelta(minutes=int(rng.lognormvariate(5.5, 1.2)))
    if rng.random() < SHARE_ANSWERED and answered < min(at, survey.expires_at):
        survey.state, survey.answered_at = Survey.State.ANSWERED, answered
        survey.score = rng.choices([s for s, _w in SCORES], [w for _s, w in SCORES])[0]
        survey.comment = rng.choice(COMMENTS[survey.score])
    elif survey.expires_at < at:
        survey.state = Survey.State.EXPIRED
    if half < at and not (survey.answered_at and survey.answered_at < half):
        survey.reminded_at = half


def _call_backs(unhappy: list[Survey], at: datetime) -> None:
    """The leader's task for each; those of long ago are done."""
    teams = {team.pk: team for team in Team.objects.all()}
    for survey in unhappy:
        record, asked_at = survey.record, survey.answered_at
        leader = teams[record.team_id].leader_id if record.team_id else None
        done_at = asked_at + timedelta(hours=20)
        Task.objects.create(
            record=record, key=f"survey-{survey.pk}", team_id=record.team_id, assignee_id=leader, created_at=asked_at,
            title=f"Rappeler après une mauvaise note : {record.number}", body=f"Note {survey.score} sur 5. {survey.comment}".strip(),
            due_at=asked_at + timedelta(days=1), done_at=done_at if done_at < at else None, done_by_id=leader if done_at < at else None,
        )  # fmt: skip
