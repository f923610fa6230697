"""Batch outputs: the checklist of a day, its proofs, what is late, and what somebody wants again."""

from datetime import time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from itsm.core import now
from itsm.core.errors import IllegalMove
from operations.control.printing import outputs
from operations.models import Delivery, Output, OutputRun, Reprint

from ..told import told

pytestmark = pytest.mark.django_db
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]
FORM = {
    "name": "Bulletins", "spool_class": "P", "form": "BULL-A4", "copies": "1", "retention_days": "30", "due_at": "23:59", "weekdays": ["1", "2", "3", "4", "5", "6", "7"],
    "is_active": "on", "recipients-TOTAL_FORMS": "2", "recipients-INITIAL_FORMS": "0", "recipients-0-name": "RH", "recipients-0-copies": "1", "recipients-0-way": "courier",
    "recipients-1-name": "", "recipients-1-copies": "1", "recipients-1-way": "courier",
}  # fmt: skip


@pytest.fixture
def output(world):
    made = Output(
        name="Bulletins",
        organisation=world.lumen,
        due_at=time(23, 59),
        weekdays=EVERY_DAY,
        spool_class="P",
        destination="Atelier",
        retention_days=3,
    )
    return outputs.save_output(made, [{"name": "RH"}, {"name": "Lille"}], actor=world.admin)


def run():
    return OutputRun.objects.get()


def test_an_output_is_written_down_with_its_list_and_expected_today(client, world, ops):
    client.force_login(ops)
    answer = client.post("/operations/printing/outputs/new/", FORM | {"organisation": world.lumen.pk})
    output = Output.objects.get()
    assert answer.url == output.get_absolute_url()
    assert ([each.name for each in output.recipients.all()], run().state) == (["RH"], "expected")
    assert client.post("/operations/printing/outputs/new/", FORM | {"organisation": world.lumen.pk}).status_code == 422
    assert (
        client.post(
            f"{output.get_absolute_url()}edit/", FORM | {"organisation": world.lumen.pk, "copies": "0"}
        ).status_code
        == 422
    )


def test_of_two_who_change_an_output_the_second_is_told(client, world, ops, output):
    client.force_login(ops)
    page, body = f"{output.get_absolute_url()}edit/", FORM | {"organisation": world.lumen.pk, "name": output.name}
    assert b'name="version" value="1"' in client.get(page).content
    assert client.post(page, body | {"destination": "First", "version": "1"}).status_code == 302
    stale = client.post(page, body | {"destination": "Second", "version": "1"})
    assert (stale.status_code, b'name="version" value="2"' in stale.content) == (422, True)
    output.refresh_from_db()
    assert (output.destination, output.version) == ("First", 2)
    assert client.post(page, body | {"destination": "Second", "version": "2"}).status_code == 302


def test_the_spool_tells_how_far_it_is_and_people_tick_the_rest(client, world, ops, output, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    api = APIClient()
    api.force_login(ops)
    body = {"output": "Bulletins", "state": "spooled", "spool_id": "JOB01234", "pages": 1240}
    assert api.post("/api/v1/output-runs/", body, format="json").json()["state"] == "spooled"
    client.force_login(ops)
    client.post(f"/operations/printing/outputs/runs/{run().pk}/printed/")
    assert api.post("/api/v1/output-runs/", body, format="json").status_code == 409
    proof = SimpleUploadedFile("bon.txt", b"signed")
    client.post(
        f"/operations/printing/outputs/runs/{run().pk}/deliver/",
        {"recipient": "RH", "received_by": "A. Petit", "proof": proof},
    )
    assert run().state == "printed"
    assert (
        client.post(
            f"/operations/printing/outputs/runs/{run().pk}/deliver/", {"recipient": "RH", "received_by": "A. Petit"}
        ).status_code
        == 409
    )
    client.post(
        f"/operations/printing/outputs/runs/{run().pk}/deliver/", {"recipient": "Lille", "received_by": "M. Roy"}
    )
    assert (run().state, run().pages, run().spool_id) == ("delivered", 1240, "JOB01234")
    got = Delivery.objects.get(recipient="RH")
    download = client.get(f"/operations/printing/outputs/proofs/{got.pk}/")
    assert b"".join(download.streaming_content) == b"signed"
    assert "attachment" in download["Content-Disposition"]
    assert "A. Petit" in client.get("/operations/printing/outputs/").content.decode()


def test_what_is_not_delivered_in_time_is_told_and_cleared_by_its_delivery(world, output):
    OutputRun.objects.update(due_at=now() - timedelta(minutes=1))
    assert outputs.sweep() == 1
    assert outputs.sweep() == 0
    assert (run().is_late, told("printing")) == (True, {f"output-{output.pk}": "minor"})
    outputs.tick(run().pk, "printed", actor=world.admin)
    for name in ("RH", "Lille"):
        outputs.deliver(run().pk, actor=world.admin, recipient=name, received_by="A. Petit")
    assert told("printing") == {}


def test_the_day_is_written_down_by_the_sweep(world, output):
    OutputRun.objects.all().delete()
    assert outputs.sweep() == 1
    assert run().state == "expected"


def test_a_failure_says_why_and_can_be_mended(client, world, ops, output):
    client.force_login(ops)
    url = f"/operations/printing/outputs/runs/{run().pk}/"
    assert client.post(f"{url}failed/", {"note": ""}).status_code == 422
    client.post(f"{url}failed/", {"note": "No paper"})
    assert (run().state, run().note) == ("failed", "No paper")
    client.post(f"{url}printed/")
    assert run().state == "printed"


def test_printed_may_say_the_spool_job_and_pages_and_is_taken_back_while_nothing_followed(client, world, ops, output):
    client.force_login(ops)
    url = f"/operations/printing/outputs/runs/{run().pk}/"
    assert client.post(f"{url}printed/", {"pages": "-3"}).status_code == 422
    assert client.post(f"{url}take-back/").status_code == 409
    client.post(f"{url}printed/", {"spool_id": " JOB77 ", "pages": "1240"})
    assert (run().state, run().spool_id, run().pages) == ("printed", "JOB77", 1240)
    page = client.get("/operations/printing/outputs/").content.decode()
    assert page.count(f'action="{url}take-back/"') == 2, "beside the output, and in the word that says it is done"
    client.post(f"{url}take-back/")
    taken = run()
    assert (taken.state, taken.printed_at, taken.spooled_at, taken.pages, taken.spool_id) == (
        "expected",
        None,
        None,
        None,
        "",
    )
    client.post(f"{url}spooled/", {"spool_id": "JOB78"})
    client.post(f"{url}printed/", {"pages": ""})
    client.post(f"{url}take-back/")
    assert (run().state, run().spool_id) == ("spooled", "JOB78")
    assert 'value="JOB78"' in client.get("/operations/printing/outputs/").content.decode()
    client.post(f"{url}printed/")
    client.post(f"{url}deliver/", {"recipient": "RH", "received_by": "A. Petit"})
    assert client.post(f"{url}take-back/").status_code == 409
    assert run().state == "printed"
    assert (
        "take-back"
        not in client.get("/operations/printing/outputs/").content.decode().split("<main", 1)[1].split("toasts")[0]
    )


def test_a_reprint_is_a_standard_request(client, world, ops, output):
    client.force_login(ops)
    url = f"{output.get_absolute_url()}runs/{run().pk}/again/"
    assert client.post(url, {"copies": 2, "reason": "Lost"}).status_code == 409
    outputs.tick(run().pk, "printed", actor=world.admin)
    assert client.post(url, {"copies": 0, "reason": ""}).status_code == 422
    answer = client.post(url, {"copies": 2, "reason": "Lost"})
    asked = Reprint.objects.select_related("record").get()
    assert (answer.url, asked.record.kind, asked.copies) == (f"/r/{asked.record.number}", "request", 2)
    assert "Bulletins" in asked.record.title
    assert asked.record.number in client.get(output.get_absolute_url()).content.decode()
    OutputRun.objects.update(day=now().date() - timedelta(days=10))
    assert client.post(url, {"copies": 2, "reason": "Lost"}).status_code == 409


def test_readers_get_no_tick_and_strangers_no_page(client, world, output):
    client.force_login(world.agent)
    page = client.get("/operations/printing/outputs/").content.decode()
    assert "Bulletins" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert client.post(f"/operations/printing/outputs/runs/{run().pk}/printed/").status_code == 404
    for who in (world.customer, world.foreign_agent):
        client.force_login(who)
        assert client.get(output.get_absolute_url()).status_code == 404
        assert "Bulletins" not in client.get("/operations/printing/outputs/").content.decode()


def test_every_page_is_there_when_nothing_is(client, world, ops):
    client.force_login(ops)
    for path in (
        "",
        "outputs/",
        "outputs/new/",
        "pages/",
        "servers/",
        "servers/new/",
        "?q=x",
        "outputs/?day=nonsense",
        "outputs/?day=9999-12-31",
        "pages/?by=cost_centre",
    ):
        assert client.get(f"/operations/printing/{path}").status_code == 200


def test_what_the_spool_keeps_can_be_had_again_up_to_its_last_day(world, ops, output):
    made = run()
    today = made.day
    OutputRun.objects.update(state="printed", day=today - timedelta(days=3))
    assert outputs.ask_again(made.pk, actor=ops, copies=1, reason="Lost").copies == 1
    with pytest.raises(IllegalMove, match="REQ"):
        outputs.ask_again(made.pk, actor=ops, copies=1, reason="Lost")
    assert outputs.ask_again(made.pk, actor=ops, copies=2, reason="Lost").copies == 2
    OutputRun.objects.update(day=today - timedelta(days=4))
    with pytest.raises(IllegalMove):
        outputs.ask_again(made.pk, actor=ops, copies=1, reason="Lost")
