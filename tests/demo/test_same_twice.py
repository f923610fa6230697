"""The same seed and the same present make the same company."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction

from demo import seed
from itsm.core import now, reference
from itsm.levels.models import Clock
from itsm.people.models import User
from itsm.records.models import Comment, Hop, Record
from servicedesk.surveys.models import Survey

pytestmark = pytest.mark.django_db
PEOPLE = ("username", "first_name", "last_name", "phone", "vip", "site__code", "organisation__code")
LIFE = (
    "title", "requester__username", "assignee__username", "team__code", "channel", "state", "impact", "urgency", "reopen_count",
    "opened_at", "acknowledged_at", "resolved_at", "closed_at", "due_at", "category__code", "resolution_code__code",
)  # fmt: skip


def company(at) -> dict:
    """Everything that the seed draws, without keys and without what was done just now."""
    cache.clear()
    reference.forget_everything()
    with transaction.atomic():
        seed.run(scale=0.03, say=lambda text: None, at=at)
        past = {"record__opened_at__lt": at}
        found = {
            "people": sorted(User.objects.values_list(*PEOPLE), key=str),
            "records": sorted(Record.objects.filter(opened_at__lt=at).values_list(*LIFE), key=str),
            "hops": sorted(Hop.objects.filter(**past).values_list("team__code", "started_at", "ended_at"), key=str),
            "comments": sorted(Comment.objects.filter(**past).values_list("body", "at", "author__username"), key=str),
            "clocks": sorted(Clock.objects.filter(**past).values_list("metric", "due_at", "elapsed_seconds"), key=str),
            "surveys": sorted(
                Survey.objects.filter(**past).values_list("state", "score", "sent_at", "comment"), key=str
            ),
        }
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_company_and_a_later_present_moves_it():
    """Seven days are a whole week: the same incidents, a week later; only lives that are not over are cut."""
    at = (now() - timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)  # what is done now is later
    late, again, early = company(at), company(at), company(at - timedelta(days=7))
    assert len(late["records"]) > 100
    assert late == again
    assert early["people"] == late["people"]
    told = [sorted(row[:2] + row[4:5] + row[6:8] for row in each["records"]) for each in (early, late)]
    assert told[0] == told[1]
