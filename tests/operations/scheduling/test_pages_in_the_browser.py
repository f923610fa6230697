"""The pages of jobs in a browser: nothing for axe, no sideways scroll on a small phone, in both themes; hold by the keyboard."""

from datetime import timedelta

import pytest

from itsm.core import now
from operations.control.scheduling import holding, services
from operations.control.scheduling.running import Told
from tests.browser import faults_in_both_themes, overflows

from .factories import job

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def night(ops):
    """A chain of which the first runs, one has failed, one is held with what it skipped."""
    at = now()
    first = job(ops, "PAIE_CALC_J", schedule="0 3 * * *", expected_seconds=3600, chain="PAIE", restart="Étape 3")
    last = job(
        ops,
        "PAIE_EDITION",
        schedule="0 4 * * *",
        expected_seconds=1800,
        chain="PAIE",
        deadline=(at + timedelta(hours=1)).time(),
        predecessors=[(first, "ok")],
    )
    services.tell(first.pk, Told("start", at - timedelta(minutes=90)))
    failed = job(ops, "STOCK_MES", schedule="0 5 * * *")
    ops.run = services.tell(failed.pk, Told("fail", at, exit_status=12, body=b"ORA-01653"))
    held = job(ops, "SAUV", schedule="0 6 * * *")
    holding.hold(held.pk, actor=ops.operator, reason="Travaux")
    held.runs.filter(state="planned").update(state="held", reason="by_hand")
    ops.jobs = first, last, failed, held
    services.make_key(actor=ops.operator, organisation=ops.lumen, name="Linux")
    return ops


def test_pages_are_accessible_and_fit_a_small_phone(browse, night):
    page = browse(login="ops")
    first, _last, _failed, held = night.jobs
    wrong = {}
    for path in (
        "/operations/jobs/plan/", "/operations/jobs/plan/?as=table", held.get_absolute_url(), f"{held.get_absolute_url()}release/",
        night.run.get_absolute_url(), "/operations/jobs/chains/PAIE/", f"{first.get_absolute_url()}what-if/",
    ):  # fmt: skip
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(path)
        found = [*faults_in_both_themes(page), *([] if page.locator("h1").count() == 1 else ["not one heading"])]
        page.set_viewport_size({"width": 320, "height": 640})
        if (pixels := overflows(page)) > 0:
            found.append(f"{pixels} pixels too wide")
        if found:
            wrong[path] = found
    assert not wrong, wrong


def test_a_job_is_held_in_a_dialog(browse, night):
    page = browse(login="ops", theme="light", language="en")
    page.goto(night.jobs[0].get_absolute_url())
    page.get_by_role("button", name="Hold").click()
    page.fill("#id_reason", "Reorganisation")
    page.locator("dialog[open]").get_by_role("button", name="Hold").click()
    assert page.get_by_text("Reorganisation").is_visible()
    assert page.get_by_role("link", name="Release").is_visible()
