"""Bodies that come in by a secret address: kept, dealt with, answered, limited, replayed."""

import io
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from itsm.audit.models import Entry
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now, reference
from itsm.core.errors import DomainError
from itsm.gateway import doors, tasks
from itsm.gateway.doors import Door, Outcome
from itsm.gateway.sources import limits, receiving, services
from itsm.gateway.sources.models import Inbound, Source

from .conftest import KIND, handle, put

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender():
    """Another system: no session, no CSRF token."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def send(sender, path, body, content_type="application/json", **more):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sender.post(path, data, content_type, headers={"Accept-Language": "en"}, **more)


def test_a_body_is_kept_dealt_with_and_answered(sender, source):
    answer = send(sender, source.path, {"item": "SV-1"})
    assert (answer.status_code, answer.json()) == (200, {"ci": "SV-1", "new": True})
    row = Inbound.objects.get()
    item = ConfigurationItem.objects.get(key="SV-1")
    assert (row.outcome, row.status, row.size, bytes(row.body)) == ("accepted", 200, 16, b'{"item": "SV-1"}')
    assert row.made == [{"kind": "ci", "id": item.pk, "text": "SV-1", "url": f"/cmdb/{item.pk}/"}]
    assert row.address == "127.0.0.1"
    source.refresh_from_db()
    assert source.last_seen_at
    assert "set-cookie" not in {name.lower() for name in answer.headers}
    assert answer["Cache-Control"].startswith("max-age=0")


def test_what_a_door_answers_itself_goes_out_as_it_is(sender, source):
    answer = send(sender, source.path, {"item": "SV-1", "raw": True})
    assert (answer.status_code, answer.content, answer["Content-Type"], answer["X-Door"]) == (
        202, b"<OK/>", "application/xml", "yes",
    )  # fmt: skip


def test_what_is_not_understood_is_kept_and_answered_with_a_reason(sender, source):
    answer = send(sender, source.path, b"\x00\xff{nope")
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert problem["detail"] == "This is no JSON."
    row = Inbound.objects.get()
    assert (row.outcome, row.reason, bytes(row.body)) == ("rejected", "This is no JSON.", b"\x00\xff{nope")
    assert problem["inbound"] == row.pk
    assert source.path not in answer.content.decode()


def test_what_concerns_nobody_is_said_to_be_so(sender, source):
    assert send(sender, source.path, {"nothing": 1}).json()["outcome"] == "ignored"
    assert Inbound.objects.get().outcome == "ignored"


def test_our_bug_undoes_its_work_keeps_the_body_and_says_nothing_of_itself(sender, source, caplog):
    answer = send(sender, source.path, {"item": "SV-1", "crash": "secret detail"})
    assert answer.status_code == 500
    assert "secret detail" not in answer.content.decode()
    row = Inbound.objects.get()
    assert (row.outcome, row.reason) == ("failed", "RuntimeError: secret detail")
    assert not ConfigurationItem.objects.filter(key="SV-1").exists()
    token = source.path.split("/")[-2]
    assert token not in caplog.text, "the token is in no log"


def test_a_replay_hands_the_kept_body_over_again(sender, world, source, monkeypatch):
    send(sender, source.path, {"item": "SV-1", "crash": "x"})
    row = Inbound.objects.get()
    put(monkeypatch, Door(KIND, "Backups", lambda s, call: Outcome(reason=f"{call.is_replay} {call.body.decode()}")))
    receiving.replay(row.pk, source=source, actor=world.admin)
    row.refresh_from_db()
    assert (row.outcome, row.replays) == ("accepted", 1)
    assert row.reason.startswith('True {"item"')
    assert Entry.objects.get(verb="source.replayed").data == {"inbound": row.pk}
    row.body = None
    row.save()
    with pytest.raises(DomainError):
        receiving.replay(row.pk, source=source, actor=world.admin)


def test_the_same_body_twice_does_its_work_once(sender, source):
    assert [send(sender, source.path, {"item": "SV-1"}).json()["new"] for _n in range(2)] == [True, False]


def test_unknown_revoked_and_misplaced_tokens_are_the_same_404(sender, world, source, monkeypatch):
    put(monkeypatch, Door("cti", "CTI", handle))
    put(monkeypatch, Door("inventory", "Inventory", handle, path="inventory"))
    token = source.path.split("/")[-2]
    answers = [
        send(sender, path, {"item": "X"})
        for path in (
            f"/hooks/{KIND}/unknown/",
            f"/hooks/cti/{token}/",
            f"/inventory/{token}/",
            f"/hooks/nothing/{token}/",
        )
    ]
    services.revoke_source(source.pk, actor=world.admin)
    answers.append(send(sender, source.path, {"item": "X"}))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers} - {b""}) <= len(answers)
    assert {answer.json()["detail"] for answer in answers} == {"There is nothing at this address."}
    assert Inbound.objects.count() == 0


def test_a_door_has_one_address_only(sender, world, monkeypatch):
    put(monkeypatch, Door("inventory", "Inventory", handle, path="inventory"))
    _source, url = services.create_source(
        actor=world.admin, kind="inventory", name="GLPI agents", organisation_id=world.lumen.pk
    )
    token = url.rstrip("/").rpartition("/")[2]
    assert url.endswith(f"/inventory/{token}/")
    assert send(sender, f"/inventory/{token}/", {"item": "PC-1"}).status_code == 200
    assert send(sender, f"/hooks/inventory/{token}/", {"item": "PC-1"}).status_code == 404


def test_only_post_is_answered(sender, source):
    for method in ("get", "put", "delete", "patch"):
        answer = getattr(sender, method)(source.path)
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert Inbound.objects.count() == 0


def test_too_large_a_body_is_refused_unread_and_shown(sender, source):
    answer = send(sender, source.path, b"x" * 2001)
    assert answer.status_code == 413
    row = Inbound.objects.get()
    assert (row.outcome, row.size, row.body, row.status) == ("rejected", 2001, None, 413)
    assert send(sender, source.path, json.dumps({"item": "S" * 40, "pad": "y" * 1800}).encode()).status_code == 200


def test_a_body_that_breaks_off_has_its_line_too(sender, source):
    class Broken(io.RawIOBase):
        def read(self, _size=-1):
            raise OSError("the line is cut")

    environ = {"wsgi.input": Broken(), "CONTENT_LENGTH": "400"}
    assert sender.generic("POST", source.path, b"", "application/json", **environ).status_code == 400
    row = Inbound.objects.get()
    assert (row.outcome, row.status, row.size, row.body) == ("rejected", 400, 400, None)


def test_a_body_in_chunks_is_read_where_the_server_says_that_it_ends(sender, source):
    for body, status in ((b'{"item": "SV-2"}', 200), (b"x" * 2001, 413)):
        environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        answer = sender.generic("POST", source.path, b"", "application/json", **environ)
        assert answer.status_code == status
    assert ConfigurationItem.objects.filter(key="SV-2").exists()


def test_what_a_dying_process_left_is_replayed_once_it_is_surely_dead(world, source):
    call = doors.Call(b'{"item": "SV-3"}', "application/json", received_at=now())
    row = receiving.keep(doors.DOORS.get(source.kind), source, call)
    assert row.outcome == "received"
    with pytest.raises(DomainError):
        receiving.replay(row.pk, source=source, actor=world.admin)
    Inbound.objects.update(received_at=now() - timedelta(minutes=2))
    assert receiving.replay(row.pk, source=source, actor=world.admin).outcome == "accepted"


def test_a_source_that_sends_too_much_waits_and_others_do_not(sender, world, source):
    other, url = services.create_source(actor=world.admin, kind=KIND, name="Other", organisation_id=world.lumen.pk)
    services.change_source(source.pk, actor=world.admin, rate_per_minute=2)
    answers = [send(sender, source.path, {"nothing": 1}) for _n in range(4)]
    if answers[-1].status_code == 429:  # a minute may have ended in between
        assert 1 <= int(answers[-1]["Retry-After"]) <= 60
        assert answers[-1].json()["code"] == "throttled"
    assert 429 in {answer.status_code for answer in answers}
    assert send(sender, url.replace("http://127.0.0.1:8000", ""), {"nothing": 1}).status_code in (200, 404)
    tasks.flush_token_uses()
    source.refresh_from_db()
    assert source.throttled == [answer.status_code for answer in answers].count(429)
    assert limits.flush() == 0
    other.refresh_from_db()
    assert other.throttled == 0


def test_without_the_cache_nobody_is_refused(sender, source, monkeypatch):
    monkeypatch.setattr(limits.live, "client", lambda: 1 / 0)
    assert send(sender, source.path, {"nothing": 1}).status_code == 200


def test_secrets_in_headers_are_blanked(sender, source):
    secrets = {
        "HTTP_AUTHORIZATION": "Basic abc",
        "HTTP_X_API_KEY": "abc",
        "HTTP_COOKIE": "a=abc",
        "HTTP_X_HUB_SIGNATURE": "abc",
    }
    send(sender, source.path, {"nothing": 1}, HTTP_USER_AGENT="restic\0", **secrets)
    headers = Inbound.objects.get().headers
    assert headers["user-agent"] == "restic"
    assert "abc" not in json.dumps(headers)
    assert headers["authorization"] == headers["x-api-key"] == "***"


def test_a_rotation_keeps_the_address_before_open_for_a_while(sender, world, source, monkeypatch):
    _source, url = services.rotate_token(source.pk, actor=world.admin, overlap_hours=24)
    fresh = url[url.index("/hooks") :]
    assert {send(sender, path, {"nothing": 1}).status_code for path in (fresh, source.path)} == {200}
    Source.objects.update(previous_until=now())
    reference.forget_everything()
    assert [send(sender, path, {"nothing": 1}).status_code for path in (fresh, source.path)] == [200, 404]
    services.rotate_token(source.pk, actor=world.admin, overlap_hours=0)
    assert send(sender, fresh, {"nothing": 1}).status_code == 404


def test_the_token_is_neither_in_the_database_nor_in_the_audit(source):
    token = source.path.split("/")[-2]
    row = Source.objects.get()
    assert token not in str(row.__dict__)
    assert token not in "".join(str(entry.data) for entry in Entry.objects.filter(verb__startswith="source."))


def test_a_door_that_takes_too_long_is_stopped_and_the_body_kept(sender, world, source, monkeypatch):
    def slow(_source, _call):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(30)")

    put(monkeypatch, Door(KIND, "Backups", slow, seconds=1))
    answer = send(sender, source.path, {"item": "X"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert Inbound.objects.get().outcome == "failed"
    assert connection.cursor().execute("SHOW statement_timeout") is None

    def dawdles(_source, call):
        call.check_time()
        return Outcome()

    put(monkeypatch, Door(KIND, "Backups", dawdles, seconds=-1))
    assert send(sender, source.path, {"item": "X"}).status_code in (500, 503)


def test_kinds_that_nothing_understands_are_not_made(world):
    with pytest.raises(DomainError) as refused:
        services.create_source(actor=world.admin, kind="nothing", name="X", organisation_id=world.lumen.pk)
    assert refused.value.field == "kind"


def test_two_doors_never_share_an_address():
    made = doors.register(Door("test-door", "Test", handle))
    try:
        with pytest.raises(ValueError, match="address"):
            doors.register(Door("other-door", "Other", handle, path="hooks/test-door"))
    finally:
        doors.DOORS._things.pop(made.kind)


def test_old_bodies_are_forgotten_those_that_were_understood_first(sender, source):
    for body in ({"nothing": 1}, b"nope"):
        send(sender, source.path, body)
    Inbound.objects.update(received_at=now() - timedelta(days=31))
    assert services.forget_inbound(30) == 2
    for body in ({"nothing": 1}, b"nope"):
        send(sender, source.path, body)
    Inbound.objects.update(received_at=now() - timedelta(days=8))
    assert services.forget_inbound(30) == 0
    assert {row.outcome: row.body is None for row in Inbound.objects.all()} == {"ignored": True, "rejected": False}
