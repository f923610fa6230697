"""Jobs that are started from here: a real worker calls a real server; answers, time-outs, tries, deaths, resources."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import redis
from django.conf import settings

from itsm.core import now
from operations.control.scheduling import dispatching, holding, services, sweep
from operations.models import Job, JobRun
from operations.tasks import dispatch_job_run, sweep_jobs
from tests import processes

from .factories import at, job, states, swept

pytestmark = pytest.mark.django_db


@contextmanager
def server(answer):
    """An HTTP server that answers as `answer(handler, body)` says; yields its address and what came."""
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            came.append((self.path, dict(self.headers), body))
            answer(self, body)

        def log_message(self, *_words):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_port}/run", came
    finally:
        web.shutdown()
        web.server_close()


def says(status, text=b""):
    def answer(handler, _body):
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    return answer


def called(ops, url, **more):
    given = {"method": "http", "http_url": url, "http_private": True, "http_body": '{"day": 1}', **more}
    return job(ops, "APPEL", **given)


def due(one) -> JobRun:
    """A run of it that is to be done now."""
    return holding.start(one.pk, actor=None)


def test_what_answers_well_has_ended_well_and_its_output_is_kept(ops):
    with server(says(200, b"42 rows")) as (url, came):
        one = called(ops, url, headers="Authorization: Bearer s3cret")
        assert dispatching.dispatch(due(one).pk) == "ok"
    path, headers, body = came[0]
    run = one.runs.get()
    assert (path, body, headers["Authorization"]) == ("/run", b'{"day": 1}', "Bearer s3cret")
    assert headers["X-Run-Id"] == str(run.rid)
    assert bytes(one.pings.get(kind="answer").body) == b"42 rows"
    assert "s3cret" not in Job.objects.get(pk=one.pk).http_headers


def test_twice_is_once(ops):
    with server(says(200)) as (url, came):
        one = called(ops, url)
        run = due(one)
        assert (dispatching.dispatch(run.pk), dispatching.dispatch(run.pk)) == ("ok", "")
    assert len(came) == 1


def test_an_error_is_tried_again_and_then_said(ops, clock):
    with server(says(500, b"no")) as (url, came):
        one = called(ops, url, http_retries=1)
        run = due(one)
        assert dispatching.dispatch(run.pk) == "waiting"
        swept(clock, at(minutes=0) + timedelta(seconds=10))
        assert one.runs.get().reason == "retry"
        swept(clock, at(minutes=1))
        assert one.runs.get().reason == "dispatch"
        assert dispatching.dispatch(run.pk) == "failed"
    assert len(came) == 2
    assert "500" in one.runs.get().note


def test_who_does_not_answer_in_time_has_failed(ops):
    gate = threading.Event()
    with server(lambda handler, _body: gate.wait(5)) as (url, _came):
        one = called(ops, url, http_timeout=1)
        assert dispatching.dispatch(due(one).pk) == "failed"
        gate.set()
    assert one.runs.get().reason == "http"


def test_who_drips_is_cut_off_and_has_failed(ops):
    gate = threading.Event()

    def drip(handler, _body):
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _n in range(40):
            handler.wfile.write(b".")
            handler.wfile.flush()
            if gate.wait(0.1):
                return

    with server(drip) as (url, _came):
        one = called(ops, url, http_timeout=1)
        assert dispatching.dispatch(due(one).pk) == "failed"
        gate.set()


def test_202_means_that_it_tells_of_its_end_itself(ops, client):
    with server(says(202)) as (url, came):
        one = called(ops, url)
        assert dispatching.dispatch(due(one).pk) == "running"
    ping = came[0][1]["X-Ping-Url"].partition("/ping/")[2]
    assert client.get(f"/ping/{ping}").status_code == 200
    assert states(one) == ["ok"]


def test_the_private_network_is_not_called_unless_it_was_allowed(ops):
    one = called(ops, "https://127.0.0.1:9/x")
    Job.objects.filter(pk=one.pk).update(http_private=False)
    assert dispatching.dispatch(due(one).pk) == "failed"


def test_a_held_job_is_not_called(ops):
    with server(says(200)) as (url, came):
        one = called(ops, url)
        run = due(one)
        holding.hold(one.pk, actor=ops.operator, reason="x")
        assert dispatching.dispatch(run.pk) == ""
    assert came == []


def test_a_worker_that_died_leaves_the_run_to_the_sweep(ops, clock):
    one = called(ops, "http://127.0.0.1:9/", http_retries=1)
    run = due(one)
    claimed = dispatching._claim(run.pk)
    assert claimed[1].state == "running"
    swept(clock, at(minutes=3))
    again = one.runs.get()
    assert (again.state, again.reason, again.attempt) == ("waiting", "retry", 1)


def test_the_last_unit_of_a_resource_is_given_once(ops, clock):
    first = job(ops, "UN", method="http", http_url="http://127.0.0.1:9/", http_private=True, resources=[("DB2P", 1)])
    second = job(ops, "DEUX", method="http", http_url="http://127.0.0.1:9/", http_private=True, resources=[("DB2P", 1)])
    one, two = due(first), due(second)
    assert dispatching._claim(one.pk) is not None
    assert dispatching._claim(two.pk) is None
    assert second.runs.get().reason == "resource"
    swept(clock, at(minutes=1))
    assert second.runs.get().reason == "resource"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_a_real_worker_does_what_the_sweep_asks_for(ops):
    with server(says(200, b"done")) as (url, came):
        one = called(ops, url, schedule="* * * * *")
        planned = one.runs.order_by("at").first()
        JobRun.objects.filter(pk=planned.pk).update(at=now(), planned_at=now(), due_at=now())
        Job.objects.filter(pk=one.pk).update(next_check_at=now())
        worker = processes.worker()
        try:
            sweep.sweep()
            processes.wait_until(lambda: JobRun.objects.filter(pk=planned.pk, state="ok").exists())
        finally:
            processes.kill(worker)
    assert len(came) == 1
    assert services.Job.objects.get(pk=one.pk).last_state == "ok"


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("retries", [1, 0])
def test_a_real_worker_is_killed_in_the_middle_of_a_call(ops, tmp_path, retries):
    shift, called_first, over = tmp_path / "shift", threading.Event(), threading.Event()
    shift.write_text("0")

    def answer(handler, body):
        if not called_first.is_set():  # this one is never answered: who asked for it dies
            called_first.set()
            over.wait(120)
            return
        says(200, b"done")(handler, body)

    def at_work(seconds):
        """The clock of the worker is so far ahead, and it sweeps."""
        shift.write_text(str(seconds))
        sweep_jobs.delay()

    with server(answer) as (url, came):
        one = called(ops, url, http_retries=retries, http_timeout=30)
        worker = processes.worker(shift_file=shift)
        try:
            run = due(one)
            at_work(0)
            assert called_first.wait(60)
            processes.kill(worker)
            left = one.runs.get(pk=run.pk)
            assert (left.state, left.attempt, left.lease_until > now()) == ("running", 1, True)
            worker = processes.worker(shift_file=shift)
            # While its lease lasts nobody does it a second time, whoever asks.
            dispatch_job_run.delay(run.pk)
            at_work(1)
            processes.wait_until(lambda: not waiting())
            assert (len(came), one.runs.get(pk=run.pk).state) == (1, "running")
            # Then it is taken up: tried again after a pause, or failed where no try is left.
            asked = "waiting" if retries else "failed"
            at_work(100)
            processes.wait_until(lambda: one.runs.get(pk=run.pk).state == asked)
            left = one.runs.get(pk=run.pk)
            assert (left.reason, len(came)) == ("retry" if retries else "died", 1)
            at_work(140)
            if retries:
                processes.wait_until(lambda: one.runs.get(pk=run.pk).state == "ok")
            at_work(200)
            processes.wait_until(lambda: not waiting())
        finally:
            over.set()
            processes.kill(worker)
    done = one.runs.get(pk=run.pk)
    assert (done.state, done.attempt, len(came)) == (("ok", 2, 2) if retries else ("failed", 1, 1))
    assert Job.objects.get(pk=one.pk).last_state == done.state


def waiting() -> int:
    """How many tasks the worker has not taken up, or has in hand, besides the one that the dead one had: it comes again in an hour."""
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        return broker.llen("vigie") + max(broker.hlen("unacked") - 1, 0)
