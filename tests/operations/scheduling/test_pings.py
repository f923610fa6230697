"""The ping door, as real clients use it: the captures, GET, POST and HEAD, ids, logs, wrong addresses, few queries."""

from io import BytesIO
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm.cmdb.models import ConfigurationItem
from operations.control.scheduling import pings, services
from operations.models import Job, JobPing

from .factories import job, states

pytestmark = pytest.mark.django_db
FORM = {"content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def door():
    return Client(raise_request_exception=True)


def test_a_start_and_an_exit_status_make_a_run(ops, door):
    one = job(ops)
    rid = uuid4()
    answer = door.get(f"{one.ping_path}/start?rid={rid}")
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"OK", "text/plain; charset=utf-8")
    log = b"tar: /nonexist/x.tar: Cannot open: No such file or directory\n&a=1;%zz"
    assert door.post(f"{one.ping_path}/2?rid={rid}", log, **FORM).status_code == 200
    run = one.runs.get()
    assert (run.state, run.exit_status, run.rid) == ("failed", 2, rid)
    assert bytes(one.pings.get(kind="fail").body) == log


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_get_head_and_post_all_tell(ops, door, method):
    one = job(ops)
    answer = getattr(door, method)(one.ping_path)
    assert (answer.status_code, answer["Ping-Body-Limit"], states(one)) == (200, "100000", ["ok"])


@pytest.mark.parametrize(
    ("end", "state"), [("", "ok"), ("/0", "ok"), ("/fail", "failed"), ("/255", "failed"), ("/", "ok")]
)
def test_how_a_run_may_end(ops, door, end, state):
    one = job(ops)
    assert door.get(one.ping_path + end).status_code == 200
    assert states(one) == [state]


def test_a_log_with_binary_bytes_is_kept_as_it_is(ops, door):
    one = job(ops)
    body = b"\x7fELF\x00\x01" + bytes(range(256)) * 100
    door.get(f"{one.ping_path}/start")
    assert door.post(f"{one.ping_path}/log", body, **FORM).status_code == 200
    kept = one.pings.get(kind="log")
    assert (bytes(kept.body), kept.size, states(one)) == (body, len(body), ["running"])


def test_of_a_long_body_the_first_hundred_kilobytes_are_kept(ops, door):
    one = job(ops)
    assert door.post(one.ping_path, b"x" * 6_000_000, content_type="text/plain").status_code == 200
    kept = one.pings.get()
    assert (len(kept.body), kept.size) == (100_000, 6_000_000)


def test_what_is_wrong_is_said(ops, door):
    one = job(ops)
    assert door.get(f"/ping/{uuid4()}").status_code == 404
    assert door.get(f"{one.ping_path}?rid=12").status_code == 400
    assert door.get(f"{one.ping_path}/256").status_code == 400
    assert door.get(f"{one.ping_path}/nonsense").status_code == 404
    refused = door.put(one.ping_path)
    assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, POST")
    assert JobPing.objects.count() == 0


def test_the_key_of_an_organisation_and_a_short_name(ops, door):
    one = job(ops, "Sauvegarde DB", slug="db-backup")
    key = services.make_key(actor=ops.operator, organisation=ops.lumen, name="serveurs Linux")
    assert door.get(f"/ping/{key.key}/db-backup/start").status_code == 200
    assert states(one) == ["running"]
    assert door.get(f"/ping/{key.key}/unknown").status_code == 404
    made = door.get(f"/ping/{key.key}/nightly-report?create=1")
    assert (made.status_code, made.content) == (201, b"Created")
    assert door.get(f"/ping/{key.key}/nightly-report?create=1").status_code == 200
    new = Job.objects.get(slug="nightly-report")
    assert (new.item.organisation, new.item.ci_class, states(new)) == (ops.lumen, "job", ["ok"])


def test_two_jobs_of_the_same_short_name_are_ambiguous(ops, door):
    job(ops, "A", slug="same")
    job(ops, "B", slug="same")
    key = services.make_key(actor=ops.operator, organisation=ops.lumen, name="k")
    assert door.get(f"/ping/{key.key}/same").status_code == 409


def test_a_revoked_key_and_the_key_of_others_open_nothing(ops, door):
    job(ops, slug="mine")
    theirs = services.make_key(actor=None, organisation=ops.other, name="theirs")
    key = services.make_key(actor=ops.operator, organisation=ops.lumen, name="k")
    services.revoke_key(key.pk, actor=ops.operator)
    assert door.get(f"/ping/{key.key}/mine").status_code == 404
    assert door.get(f"/ping/{theirs.key}/mine").status_code == 404


def test_a_ping_costs_few_queries(ops, door):
    one = job(ops)
    door.get(f"{one.ping_path}/start?rid={UUID(int=1)}")
    with CaptureQueriesContext(connection) as queries:
        door.post(f"{one.ping_path}/0?rid={UUID(int=1)}", b"log", **FORM)
    told = [query["sql"][:60] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert len(told) <= 5, told


def test_a_ping_needs_no_session_and_sets_none(ops, door):
    answer = Client(enforce_csrf_checks=True).post(job(ops).ping_path, b"", **FORM)
    assert (answer.status_code, answer.cookies) == (200, {})


def test_a_size_that_no_body_has_is_only_a_number(ops, rf):
    one = job(ops)
    request = rf.post(one.ping_path, b"log", **FORM)
    request.META["CONTENT_LENGTH"] = "99999999999"
    request._stream = BytesIO(b"log")
    assert pings.by_code(request, str(one.ping_code)).status_code == 200
    assert bytes(one.pings.get().body) == b"log"


def test_of_too_many_pings_of_a_job_the_rest_of_the_minute_is_not_taken(ops, door, settings, steady):
    settings.PING_JOB_A_MINUTE = 3
    one, other = job(ops), job(ops, "ANOTHER")
    answers = [door.get(f"{one.ping_path}/log") for _n in range(6)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert answers[-1].content == b"rate limited: 3 a minute"
    assert list(one.pings.order_by("pk").values_list("kind", flat=True)) == ["log", "log", "log", "limited"]
    assert door.get(other.ping_path).status_code == 200, "others are not concerned"


def test_of_too_many_pings_with_a_key_the_rest_is_not_taken_and_stands_beside_the_key(ops, door, settings, steady):
    settings.PING_KEY_A_MINUTE = 2
    job(ops, "A", slug="a")
    key = services.make_key(actor=ops.operator, organisation=ops.lumen, name="k")
    answers = [door.get(f"/ping/{key.key}/{slug}").status_code for slug in ("a", "unknown", "a", "b")]
    assert answers == [200, 404, 429, 429]
    key.refresh_from_db()
    assert (key.refused, key.refused_why, key.refused_slug) == (1, "rate", "a")


def test_without_the_cache_every_ping_is_taken(ops, door, settings, monkeypatch):
    settings.PING_JOB_A_MINUTE = 1
    one = job(ops)
    monkeypatch.setattr(pings.live, "client", lambda: 1 / 0)
    assert {door.get(f"{one.ping_path}/log").status_code for _n in range(3)} == {200}


def test_a_key_makes_so_many_jobs_and_no_more(ops, door, settings):
    settings.PING_MOST_JOBS = 2
    key = services.make_key(actor=ops.operator, organisation=ops.lumen, name="k")
    answers = [door.get(f"/ping/{key.key}/j-{n}?create=1") for n in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 403, 403]
    assert answers[-1].content == b"this key has made 2 jobs and may make no more"
    key.refresh_from_db()
    assert (key.refused, key.refused_why, key.refused_slug, key.jobs.count()) == (2, "jobs", "j-3", 2)
    assert not ConfigurationItem.objects.filter(name="j-2").exists()
    assert door.get(f"/ping/{key.key}/j-0?create=1").status_code == 200, "those that are there go on telling"
    Job.objects.filter(slug="j-0").update(is_active=False)
    assert door.get(f"/ping/{key.key}/j-2?create=1").status_code == 201, "one that was removed makes room"


@pytest.fixture
def steady(monkeypatch):
    """No minute ends in the middle of the test."""
    monkeypatch.setattr(pings, "time", SimpleNamespace(time=lambda: 1_800_000_010.0))
