"""Pages of printing: what the buttons do, who has them, and the pages that are counted."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import NotAllowed
from itsm.gateway.sources import services as sources
from itsm.people.scope import scope_of
from operations.control.printing import listing, paging, polling, services
from operations.models import PageLine, PrintJob, PrintQueue, PrintServer

pytestmark = pytest.mark.django_db
LOG = b"""FILEQ root 1 [23/Nov/2026:15:07:34 +0000] total 0 - localhost paie.txt - -
FILEQ customer 2 [23/Nov/2026:15:08:00 +0000] total 12 - 10.0.0.4 My letter (final).pdf A4 one-sided
DEADQ customer 3 [23/Nov/2026:15:09:00 +0000] 1 2 CC-410 10.0.0.4 plan A3 -
DEADQ customer 3 [23/Nov/2026:15:09:01 +0000] 2 2 CC-410 10.0.0.4 plan A3 -
"""


@pytest.fixture
def queue(cups, server):
    at = int(now().timestamp())
    cups.add("FILEQ", "letter", state=3, at=at)
    cups.add("FILEQ", "held", state=4, at=at)
    polling.poll(server.pk)
    return PrintQueue.objects.get(name="FILEQ")


def job(title="letter"):
    return PrintJob.objects.get(title=title)


def act(client, queue, what, title="letter", **data):
    return client.post(f"{queue.get_absolute_url()}jobs/{job(title).pk}/{what}/", data)


def test_hold_release_cancel_and_print_again_are_done_by_the_server(client, cups, queue, ops):
    client.force_login(ops)
    for what, state, told in (
        ("hold", "held", 4),
        ("release", "pending", 3),
        ("cancel", "cancelled", 7),
        ("reprint", "pending", 3),
    ):
        assert act(client, queue, what).url.split("#")[0] == queue.get_absolute_url()
        assert (job().state, cups.job_rows[1]["job-state"]) == (state, told)
    assert set(Entry.objects.filter(verb__startswith="print_job").values_list("verb", flat=True)) >= {
        "print_job.hold",
        "print_job.cancel",
    }


def test_a_job_is_moved_to_another_queue_of_the_server(client, cups, queue, ops):
    client.force_login(ops)
    other = PrintQueue.objects.get(name="DEADQ")
    act(client, queue, "move", target=other.pk)
    assert (job().queue, cups.job_rows[1]["job-printer-uri"]) == (other, "ipp://cups:631/printers/DEADQ")
    other.refresh_from_db()
    assert other.waiting == 1
    assert act(client, queue, "move", "held", target=queue.pk).status_code == 422


def test_several_documents_are_held_released_and_cancelled_with_one_post(client, cups, queue, ops, monkeypatch):
    client.force_login(ops)
    url, letter, held = f"{queue.get_absolute_url()}jobs/", job("letter").pk, job("held").pk
    assert 'name="job" value=' in client.get(queue.get_absolute_url()).content.decode()
    assert client.post(url, {"act": "hold"}).status_code == 422
    assert client.post(url, {"act": "reprint", "job": [letter]}).status_code == 422
    told = client.post(url, {"act": "hold", "job": [letter, held, 0, "x"]}, follow=True)
    assert [(each.job.title, bool(each.fault)) for each in told.context["done"]] == [("letter", False), ("held", True)]
    page = told.content.decode()
    assert "Done for 1 of 2" in page
    assert "The state of this job does not allow that." in page
    assert job("letter").state == "held"
    # A reload shows the same and sends nothing; the queue without the address of the result shows none.
    again = told.redirect_chain[-1][0]
    assert "Done for 1 of 2" in client.get(again).content.decode()
    assert Entry.objects.filter(verb="print_job.hold").count() == 1
    assert client.get(queue.get_absolute_url()).context["done"] is None
    client.post(url, {"act": "release", "job": [letter, held]})
    assert {job("letter").state, job("held").state} == {"pending"}
    assert Entry.objects.filter(verb="print_job.release").count() == 2
    monkeypatch.setattr(services, "MOST_AT_ONCE", 1)
    told = client.post(url, {"act": "cancel", "all": "1"}, follow=True)
    assert (len(told.context["done"]), "1 documents at most at once" in told.content.decode()) == (1, True)
    assert PrintJob.objects.filter(state="cancelled").count() == 1


def test_a_silent_server_is_asked_once_for_many_and_readers_choose_nothing(client, world, cups, queue, ops):
    client.force_login(ops)
    url, ids = f"{queue.get_absolute_url()}jobs/", [job("letter").pk, job("held").pk]
    cups.down = True
    asked = len(cups.asked)
    told = client.post(url, {"act": "cancel", "job": ids}, follow=True).context["done"]
    assert len(cups.asked) == asked + 1
    assert [each.fault.split(".")[0] for each in told] == [
        "The print server cannot be reached", "Not tried: the print server cannot be reached",
    ]  # fmt: skip
    cups.down = False
    client.force_login(world.agent)
    assert client.post(url, {"act": "hold", "job": ids}).status_code == 404
    assert 'name="job"' not in client.get(queue.get_absolute_url()).content.decode()
    client.force_login(world.foreign_agent)
    assert client.post(url, {"act": "hold", "job": ids}).status_code == 404


def test_what_the_state_does_not_allow_and_what_the_server_refuses_is_said(client, cups, queue, ops):
    client.force_login(ops)
    assert act(client, queue, "release").status_code == 409
    cups.down = True
    answer = act(client, queue, "cancel")
    assert (answer.status_code, job().state) == (409, "pending")
    told = answer.content.decode()
    assert "cannot be reached. Nothing answers at its port 631." in told
    assert "refused" not in told


def test_cancelling_asks_first_moving_chooses_nothing_and_one_comes_back_to_the_place(client, cups, queue, ops):
    client.force_login(ops)
    page = client.get(queue.get_absolute_url()).content.decode()
    asked = page.split("<tbody>", 1)[1].split('<details class="pr-ask">', 1)[1].split("</details>", 1)[0]
    assert "It will not be printed." in asked
    assert "/cancel/" in asked
    assert page.count("/cancel/") + 1 == page.count('<details class="pr-ask">'), "one more for the chosen"
    assert 'name="target" required><option value="">' in page
    assert f'id="job-{job().pk}"' in page
    assert act(client, queue, "hold").url.endswith(f"/#job-{job().pk}")
    gone = act(client, queue, "cancel", near=job("held").pk, cursor="WzAsMV0")
    assert gone.url.endswith(f"/?cursor=WzAsMV0#job-{job('held').pk}")
    assert act(client, queue, "reprint", jobs="over").url.endswith("/?jobs=over")


def test_a_queue_is_stopped_with_a_reason_and_goes_on(client, cups, queue, ops):
    client.force_login(ops)
    assert client.post(f"{queue.get_absolute_url()}pause/", {"reason": ""}).status_code == 422
    client.post(f"{queue.get_absolute_url()}pause/", {"reason": "Toner"})
    assert (cups.queues["FILEQ"]["printer-state"], listing.bad_queues(scope_of(ops))) == (5, 1)
    client.post(f"{queue.get_absolute_url()}resume/")
    queue.refresh_from_db()
    assert queue.state == "printing" or queue.state == "idle"


def test_readers_get_no_button_and_strangers_no_page(client, world, queue):
    client.force_login(world.agent)
    page = client.get(queue.get_absolute_url()).content.decode()
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert act(client, queue, "hold").status_code == 404
    assert client.get("/operations/printing/servers/").status_code == 404
    for who in (world.customer, world.foreign_agent):
        client.force_login(who)
        assert client.get(queue.get_absolute_url()).status_code == 404


def test_a_server_is_named_asked_and_its_password_is_sealed(client, world, cups, ops):
    client.force_login(ops)
    body = {
        "name": "CUPS",
        "organisation": world.lumen.pk,
        "url": "http://cups:631",
        "user": "vigie",
        "password": "hunter2",
        "every_seconds": 30,
        "is_active": "on",
    }
    assert client.post("/operations/printing/servers/new/", body | {"url": "ftp://cups"}).status_code == 422
    assert client.post("/operations/printing/servers/new/", body | {"url": "http://cups:99999"}).status_code == 422
    assert client.post("/operations/printing/servers/new/", body).status_code == 302
    server = PrintServer.objects.get()
    assert "hunter2" not in server.password
    assert "hunter2" not in client.get(f"/operations/printing/servers/{server.pk}/").content.decode()
    from itsm.cmdb import classes

    classes.load_files()
    client.post(f"/operations/printing/servers/{server.pk}/ask/")
    assert PrintQueue.objects.count() == 2
    assert client.post("/operations/printing/servers/new/", body).status_code == 422


def server_body(world, **more):
    return {
        "name": "CUPS", "organisation": world.lumen.pk, "url": "https://cups.example.org:631", "user": "vigie", "every_seconds": 30,
        "is_active": "on", **more,
    }  # fmt: skip


def test_only_who_administers_everything_lets_a_server_into_the_private_network(client, world, cups, ops):
    client.force_login(ops)
    new = "/operations/printing/servers/new/"
    for url in ("http://127.0.0.1:631", "http://10.1.2.3:631", "ipp://localhost", "http://[::1]:631"):
        assert client.post(new, server_body(world, url=url)).status_code == 422
        assert client.post(new, server_body(world, url=url, allow_private="on")).status_code == 422, (
            "the tick is not theirs"
        )
    client.post(new, server_body(world, allow_private="on"))
    assert PrintServer.objects.get().allow_private is False
    PrintServer.objects.all().delete()
    client.force_login(world.admin)
    assert client.post(new, server_body(world, url="http://10.1.2.3:631", allow_private="on")).status_code == 302
    server = PrintServer.objects.get()
    assert server.allow_private is True
    client.force_login(ops)
    page = f"/operations/printing/servers/{server.pk}/"
    changed = server_body(world, url="http://10.9.9.9:631", name="Mine", version=server.version)
    assert client.post(page, changed).status_code == 302
    server.refresh_from_db()
    assert (server.name, server.url, server.allow_private) == ("Mine", "http://10.1.2.3:631", True)
    server.url = "http://10.9.9.9:631"
    with pytest.raises(NotAllowed):
        services.save_server(server, actor=ops)


def test_of_two_who_change_a_server_the_second_is_told(client, world, cups, server, ops):
    client.force_login(ops)
    page = f"/operations/printing/servers/{server.pk}/"
    assert b'name="version" value="1"' in client.get(page).content
    PrintServer.objects.update(next_event=7)
    assert client.post(page, server_body(world, every_seconds=60, version=1)).status_code == 302
    stale = client.post(page, server_body(world, every_seconds=90, version=1))
    assert (stale.status_code, b'name="version" value="2"' in stale.content) == (422, True)
    server.refresh_from_db()
    assert (server.every_seconds, server.version, server.next_event) == (60, 2, 7)
    assert client.post(page, server_body(world, every_seconds=90, version=2)).status_code == 302


def test_the_page_log_is_counted_once_by_person_queue_and_cost_centre(client, world, queue, ops):
    _made, url = sources.create_source(actor=world.admin, kind="printing", name="CUPS", organisation_id=world.lumen.pk)
    world.customer.cost_centre = "CC-100"
    world.customer.save(update_fields=["cost_centre"])
    door = "/hooks/printing/" + url.split("/hooks/printing/")[1]
    answers = [client.post(door, LOG, content_type="text/plain").json() for _n in range(2)]
    assert answers == [{"kept": 4, "not_understood": 0}, {"kept": 0, "not_understood": 0}]
    assert client.post(door, b"nonsense", content_type="text/plain").status_code == 400
    span = (now() - timedelta(days=3650), now() + timedelta(days=3650))
    assert [(row["label"], row["total"]) for row in paging.totals(ops, "person", *span)] == [
        ("customer", 16),
        ("root", 0),
    ]
    assert [(row["label"], row["total"]) for row in paging.totals(ops, "cost_centre", *span)] == [
        ("CC-100", 12),
        ("CC-410", 4),
        ("", 0),
    ]
    assert [(row["label"], row["total"]) for row in paging.totals(ops, "queue", *span)] == [("FILEQ", 12), ("DEADQ", 4)]
    assert PageLine.objects.get(job=2).title == "My letter (final).pdf"
    assert PageLine.objects.filter(queue=queue).count() == 2
    client.force_login(ops)
    page = client.get("/operations/printing/pages/?since=2026-11-01&until=2026-11-30").content.decode()
    assert "Claire" in page
    assert client.get("/operations/printing/pages/?since=2026-11-30&until=2026-11-01").status_code == 422
    client.force_login(world.foreign_agent)
    assert "Claire" not in client.get("/operations/printing/pages/?since=2026-11-01&until=2026-11-30").content.decode()


def test_printing_over_rest(world, cups, queue, ops):
    api = APIClient()
    api.force_login(ops)
    told = api.get(f"/api/v1/print-queues/{queue.item.key}/").json()
    assert (told["name"], told["waiting"], told["server"]) == ("FILEQ", 2, "CUPS")
    assert api.get("/api/v1/print-queues/?bad=true").json()["results"] == []
    row = api.get(f"/api/v1/print-jobs/?queue={queue.item.key}&state=pending").json()["results"][0]
    assert api.post(f"/api/v1/print-jobs/{row['id']}/hold/").json()["state"] == "held"
    assert api.post(f"/api/v1/print-jobs/{row['id']}/hold/").status_code == 409
    assert api.post(f"/api/v1/print-jobs/{row['id']}/move/", {"queue": "nothing"}, format="json").status_code == 400
    assert (
        api.post(f"/api/v1/print-queues/{queue.pk}/pause/", {"reason": "Toner"}, format="json").json()["state"]
        == "stopped"
    )
    assert api.post(f"/api/v1/print-queues/{queue.pk}/resume/").json()["state"] != "stopped"
    api.force_login(world.agent)
    assert api.post(f"/api/v1/print-jobs/{row['id']}/cancel/").status_code == 403
    api.force_login(world.foreign_agent)
    assert api.get(f"/api/v1/print-jobs/{row['id']}/").status_code == 404
    assert api.get("/api/v1/print-queues/").json()["results"] == []


def test_the_lists_cost_the_same_for_many(client, world, cups, queue, ops, django_assert_max_num_queries):
    for n in range(40):
        cups.add("FILEQ", f"doc {n}", at=int(now().timestamp()))
        cups.queues[f"Q{n}"] = {"printer-name": f"Q{n}", "printer-state": 3}
    polling.poll(queue.server_id, full=True)
    client.force_login(ops)
    client.get("/operations/printing/")
    for path in ("/operations/printing/", queue.get_absolute_url()):
        with django_assert_max_num_queries(16):
            client.get(path)
