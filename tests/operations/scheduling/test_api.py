"""Jobs and runs over REST, as the contract has them."""

import json

import pytest
from django.test import Client

from itsm.calendars.models import Calendar
from itsm.people.models import User
from operations.models import JobResource

from .factories import at, job, server, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(ops):
    def opened(login):
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(User.objects.get(username=login))

        def call(method, path, body=None, **more):
            data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
            answer = getattr(client, method)(f"/api/v1/{path}", **data, **more)
            return answer.status_code, answer.json() if answer.content else None

        return call

    return opened


def test_a_job_is_registered_with_what_the_contract_says(ops, api):
    status, made = api("ops")(
        "post", "jobs/", {"name": "NIGHTLY", "schedule": "30 22 * * *", "expected_minutes": 45, "grace_minutes": 10}
    )
    assert status == 201
    assert (made["name"], made["expected_minutes"], made["grace_minutes"], made["organisation"]) == (
        "NIGHTLY",
        45,
        10,
        "LUMEN",
    )
    path = made["ping_url"].partition("/ping/")[2]
    assert Client().get(f"/ping/{path}/start").status_code == 200
    _status, runs = api("ops")("get", f"job-runs/?job={made['id']}")
    assert [run["state"] for run in runs["results"]][-1:] == ["running"]


def test_everything_that_may_be_written_is_written(ops, api):
    before, lpar = job(ops, "BEFORE"), server(ops)
    body = {
        "name": "FULL", "schedule": "0 20 * * *", "days": "nth", "nth": -1, "calendar": "OFFICE", "min_minutes": 0.5, "max_minutes": 90,
        "deadline": "23:00", "criticality": 1, "team": "EXP-PIL", "chain": "PAIE", "restart": "Step 3", "windows": "warn",
        "stands_on": lpar.key, "predecessors": [{"job": before.item.key, "condition": "done"}], "resources": [{"name": "DB2P", "units": 1}],
    }  # fmt: skip
    status, made = api("ops")("post", "jobs/", body)
    assert status == 201, made
    assert (made["nth"], made["min_minutes"], made["deadline"], made["team"]) == (-1, 0.5, "23:00:00", "EXP-PIL")
    status, changed = api("ops")("patch", f"jobs/{made['id']}/", {"schedule": "0 21 * * *", "days": "every"})
    assert (status, changed["nth"], changed["version"]) == (200, None, 2)
    status, refused = api("ops")(
        "patch", f"jobs/{made['id']}/", {"schedule": "0 22 * * *"}, headers={"If-Match": '"1"'}
    )
    assert (status, refused["code"]) == (412, "stale_version")


@pytest.mark.parametrize(
    ("body", "field"),
    [({"name": "X", "schedule": "99 * * * *"}, "schedule"), ({"schedule": "0 1 * * *"}, "name"), ({"name": "X", "grace_minutes": -1}, "grace_minutes"),
     ({"name": "X", "min_minutes": 5, "max_minutes": 1}, "max_minutes"), ({"name": "X", "time_zone": "Moon/Sea"}, "time_zone"),
     ({"name": "X", "method": "http", "http_url": "http://169.254.169.254/"}, "url")],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(ops, api, body, field):
    status, refused = api("ops")("post", "jobs/", body)
    assert (status, list(refused["errors"])) == (400, [field])


def test_hold_release_start_and_accept(ops, api):
    one, call = job(ops), api("ops")
    assert call("post", f"jobs/{one.pk}/hold/", {"reason": "Works"})[1]["held"]
    assert call("post", f"jobs/{one.pk}/start/")[0] == 409
    assert not call("post", f"jobs/{one.pk}/release/", {})[1]["held"]
    status, run = call("post", f"jobs/{one.pk}/start/")
    assert (status, run["state"]) == (201, "waiting")
    assert call("patch", f"job-runs/{run['id']}/", {"state": "failed", "exit_status": 8})[1]["state"] == "failed"
    assert call("post", f"job-runs/{run['id']}/accept/", {"note": "checked"})[1]["state"] == "ok"
    assert call("post", f"job-runs/{run['id']}/cancel/", {})[0] == 409


def test_a_run_told_in_one_call_has_its_duration_and_output(ops, api, clock):
    one = job(ops)
    clock.move_to(at(1))
    body = {
        "job": one.item.key,
        "state": "ok",
        "started_at": at().isoformat(),
        "ended_at": at(minutes=20).isoformat(),
        "output": "rows: 12",
    }
    status, run = api("ops")("post", "job-runs/", body)
    assert (status, run["seconds"], run["state"], run["trigger"]) == (201, 1200, "ok", "api")
    status, told = api("ops")("get", f"job-runs/{run['id']}/output/")
    assert [each["body"] for each in told] == [None, "rows: 12"]
    assert api("ops")("post", "job-runs/", body | {"ended_at": at(9).isoformat()})[0] == 400
    assert states(one) == ["ok"]


def test_who_may_what(ops, api):
    one = job(ops)
    assert api("customer")("get", "jobs/")[0] == 403
    assert api("foreign")("get", f"jobs/{one.pk}/")[0] == 404
    assert api("foreign")("get", "job-runs/")[1]["results"] == []
    assert api("agent")("get", f"jobs/{one.pk}/")[0] == 200
    assert api("agent")("post", f"jobs/{one.pk}/hold/", {"reason": "x"})[0] == 403
    assert api("mainframe")("post", f"jobs/{one.pk}/hold/", {"reason": "x"})[0] == 200
    assert api("mainframe")("patch", f"jobs/{one.pk}/", {"chain": "x"})[0] == 403
    assert api("foreign")("post", "job-runs/", {"job": one.item.key, "state": "ok"})[0] in (400, 403)


def test_a_list_costs_few_queries(ops, api, django_assert_max_num_queries):
    for n in range(5):
        job(ops, f"J{n}", schedule="0 3 * * *")
    call = api("ops")
    call("get", "jobs/")
    with django_assert_max_num_queries(4):
        assert len(call("get", "jobs/?state=wrong&page_size=5")[1]["results"]) == 0
    with django_assert_max_num_queries(4):
        assert len(call("get", "jobs/")[1]["results"]) == 5
    with django_assert_max_num_queries(4):
        assert len(call("get", "job-runs/")[1]["results"]) >= 5


def test_a_job_is_retired(ops, api):
    one = job(ops, schedule="0 3 * * *")
    assert api("ops")("delete", f"jobs/{one.pk}/")[0] == 204
    assert api("ops")("get", f"jobs/{one.pk}/")[1]["active"] is False
    assert one.runs.count() == 0


def test_a_run_ends_neither_in_the_future_nor_before_it_began(ops, api):
    one, call = job(ops), api("ops")
    run = call("post", "job-runs/", {"job": one.item.key, "state": "running"})[1]
    for ended_at in ("2199-01-01T00:00:00Z", "1999-01-01T00:00:00Z"):
        status, answer = call("patch", f"job-runs/{run['id']}/", {"state": "ok", "ended_at": ended_at})
        assert (status, list(answer["errors"])) == (400, ["ended_at"])
    assert states(one) == ["running"]


def test_a_resource_that_is_named_twice_is_taken_once(ops, api):
    body = {"name": "Batch", "resources": [{"name": "Tape", "units": 2}, {"name": "Tape ", "units": 1}]}
    status, made = api("ops")("post", "jobs/", body)
    assert status == 201
    assert list(JobResource.objects.filter(job=made["id"]).values_list("resource__name", "units")) == [("Tape", 1)]


def test_the_calendar_of_another_organisation_is_not_known(ops, api):
    Calendar.objects.create(code="SECRET", name="Secret", organisation=ops.other)
    status, answer = api("ops")("post", "jobs/", {"name": "Batch", "calendar": "SECRET"})
    assert (status, list(answer["errors"])) == (400, ["calendar"])


def test_an_address_inside_the_private_network_is_turned_elsewhere_by_administrators_only(ops, api):
    one = job(ops, method="http", http_url="http://10.0.0.5/", http_private=True)
    status, answer = api("ops")("patch", f"jobs/{one.pk}/", {"http_url": "http://10.0.0.6/"})
    assert (status, list(answer["errors"])) == (400, ["http_url"])
    assert api("ops")("patch", f"jobs/{one.pk}/", {"http_url": "http://10.0.0.5/", "chain": "x"})[0] == 200
    assert api("admin")("patch", f"jobs/{one.pk}/", {"http_url": "http://10.0.0.6/"})[0] == 200


@pytest.mark.parametrize("header", ["Content-Length: 9", "transfer-encoding: chunked", "HOST : other"])
def test_what_the_call_says_itself_is_no_header_of_a_job(ops, api, header):
    body = {
        "name": "Call",
        "method": "http",
        "http_url": "https://api.example.org/",
        "http_headers": f"X-A: b\n{header}",
    }
    status, answer = api("ops")("post", "jobs/", body)
    assert (status, list(answer["errors"])) == (400, ["http_headers"])


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"predecessors": [{}]}, 400, "predecessors.0.job"),
        ({"resources": [{"units": 2}]}, 400, "resources.0.name"),
        ({"resources": [{"name": "Tape"}]}, 200, None),
    ],
)
def test_a_part_of_a_job_is_given_whole_also_in_a_change(ops, api, body, status, field):
    one = job(ops)
    found, answer = api("ops")("patch", f"jobs/{one.pk}/", body)
    assert (found, list(answer.get("errors", {}))) == (status, [field] if field else [])


def test_a_predecessor_without_condition_must_have_ended_well(ops, api):
    first, one = job(ops, "First"), job(ops)
    assert api("ops")("patch", f"jobs/{one.pk}/", {"predecessors": [{"job": first.item.key}]})[0] == 200
    assert one.links.get().condition == "ok"
