"""What is planned on what a caller uses, in words that say what it is and when."""

from datetime import timedelta

import pytest
from django.utils import translation

from itsm.cmdb import services as cmdb
from itsm.cmdb.models import Outage
from itsm.core import now
from itsm.core.durations import short_day, time_text
from servicedesk.calls.console import callercard

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("language", "words"), [("fr", "maintenance prévue le {} à {}"), ("en", "maintenance planned on {} at {}")]
)
def test_an_outage_to_come_is_a_maintenance_with_its_day_and_time(world, language, words):
    item = cmdb.create_ci(actor=world.admin, ci_class="print_queue", name="Impression", organisation=world.lumen)
    at = now()
    begins = at + timedelta(days=3)
    with translation.override(language):
        said = callercard._outage(Outage(item=item, starts_at=begins, ends_at=begins + timedelta(hours=1)), at)["when"]
        assert said == words.format(short_day(begins.date()), time_text(begins))
