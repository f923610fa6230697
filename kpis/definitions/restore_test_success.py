from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from itsm.core import now
from operations.models import BackupPlan, RestoreTest

from ..models import Fact
from ..registry import Kpi, register

TESTS, OVERDUE = 2, 1  # what tells a test's row from that of a plan whose test is overdue


def collect(first, last):
    """A fact for each test that is over; today, one for each plan whose test is overdue: it was not passed either."""
    begins = datetime.combine(first, datetime.min.time(), UTC)
    ends = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)
    done = RestoreTest.objects.filter(state="done", verified_at__gte=begins, verified_at__lt=ends)
    for pk, at, verdict, organisation, team in done.values_list(
        "pk", "verified_at", "verdict", "plan__item__organisation_id", "plan__item__support_team_id"
    ):
        yield Fact(
            source_id=pk * 10 + TESTS,
            day=at.date(),
            at=at,
            numerator=1 if verdict == "passed" else 0,
            organisation_id=organisation or 0,
            team_id=team,
        )
    at = now()
    today = at.astimezone(UTC).date()
    if first <= today <= last:
        late = BackupPlan.objects.in_use().filter(restore_due_on__lt=today)
        for pk, organisation, team in late.values_list("pk", "item__organisation_id", "item__support_team_id"):
            yield Fact(
                source_id=pk * 10 + OVERDUE,
                day=today,
                at=at,
                numerator=0,
                organisation_id=organisation or 0,
                team_id=team,
            )


def subjects(facts, _reader):
    """The tests, and the plans whose test is overdue."""
    tests = {fact.source_id // 10: fact.source_id for fact in facts if fact.source_id % 10 == TESTS}
    plans = {fact.source_id // 10: fact.source_id for fact in facts if fact.source_id % 10 == OVERDUE}
    found = {tests[test.pk]: (test.what, test.get_absolute_url()) for test in RestoreTest.objects.filter(pk__in=tests)}
    rows = BackupPlan.objects.filter(pk__in=plans).select_related("item")
    return found | {plans[plan.pk]: (plan.item.name, plan.get_absolute_url()) for plan in rows}


register(
    Kpi(
        slug="restore-test-success", order=62, kind="ratio", unit="%", better="higher", target=100, collect=collect, subjects=subjects, pair="backup-success",
        name=_("Restore tests passed"),
        definition=_("Share of the restore tests that gave the service back within its RTO and RPO. A plan whose test is overdue counts as one that did not."),
        formula=_("tests passed / (tests over + tests overdue) × 100"),
        dimensions=("organisation", "team"),
    )
)  # fmt: skip
