"""Pages of backups and printing in a browser: nothing for axe, no sideways scroll on a small phone, in both themes."""

from datetime import time, timedelta

import pytest

from itsm.core import now
from operations.control.backups import restoring, services
from operations.control.printing import outputs
from operations.models import Output, PrintJob, PrintQueue, PrintServer
from tests.browser import faults_in_both_themes, overflows
from tests.world import person

from .factories import make_plan, report, server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ground(world):
    """A plan with a run that is not green, a test under way, a queue with jobs, an output."""
    person(world, "ops", "Sara", "Diallo", [("ops", world.lumen)], [])
    plan = make_plan(
        world,
        least_files=500,
        paths=["/srv/data"],
        copies=[{"place": "NAS"}, {"place": "Lyon", "medium": "tape", "is_offsite": True}],
    )
    services.cover(plan, server(world), actor=world.admin)
    server(world, "SRV-2")
    report(plan, now() - timedelta(hours=30), files=600)
    report(plan, now() - timedelta(hours=6), messages=["one line"])
    test = restoring.start(restoring.ask(plan, actor=world.admin, what="All").pk, actor=world.admin)
    from itsm.cmdb import services as cmdb

    cups = PrintServer.objects.create(
        name="CUPS", organisation=world.lumen, url="http://cups:631", failures=3, fault="refused"
    )
    for name in ("FILEQ", "OTHERQ"):
        thing = cmdb.create_ci(
            actor=None, ci_class="print_queue", name=name, key=name.lower(), organisation=world.lumen
        )
        queue = PrintQueue.objects.create(
            item=thing, server=cups, name=name, state="stuck", message="bourrage papier", waiting=2, oldest_at=now()
        )
        for n, state in enumerate(("processing", "held", "completed")):
            over = now() if state == "completed" else None
            PrintJob.objects.create(
                queue=queue,
                server=cups,
                number=n,
                uid=f"{name}{n}",
                title="letter",
                owner="claire",
                state=state,
                created_at=now(),
                over_at=over,
            )
    output = Output(
        name="Payslips", organisation=world.lumen, queue=queue, due_at=time(23, 59), weekdays=[1, 2, 3, 4, 5, 6, 7]
    )
    outputs.save_output(output, [{"name": "HR"}], actor=world.admin)
    outputs.tick(output.runs.get().pk, "printed", actor=world.admin)
    return [
        "/operations/backups/", plan.get_absolute_url(), test.get_absolute_url(), queue.get_absolute_url(),
        output.get_absolute_url(), f"/operations/printing/servers/{cups.pk}/",
    ]  # fmt: skip


def test_pages_are_accessible_and_fit_a_small_phone(browse, ground):
    page = browse(login="ops")
    wrong = {}
    for path in ground:
        page.set_viewport_size({"width": 1440, "height": 900})
        page.goto(path)
        found = faults_in_both_themes(page)
        page.set_viewport_size({"width": 320, "height": 700})
        if (pixels := overflows(page)) > 0:
            found.append(f"{pixels} pixels too wide")
        if found:
            wrong[path] = found
    assert wrong == {}


def test_on_a_phone_each_act_and_figure_is_on_the_screen_and_cancelling_takes_two_steps(browse, ground):
    page = browse(login="ops", language="en", width=390, height=844)
    page.goto(ground[3])
    for button in page.locator(".pr-acts button:visible, .pr-acts summary").all():
        box = button.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    cancel = page.locator(".pr-ask").first
    assert not cancel.locator("button").is_visible()
    cancel.locator("summary").press("Enter")
    assert cancel.locator("button").is_visible()
    page.goto(ground[0])
    for cell in page.locator("tbody td").all():
        box = cell.bounding_box()
        assert box["x"] + box["width"] <= 390
