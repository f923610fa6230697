"""Monitoring systems send, some of them again and again: what their doors make of it."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError
from django.test import Client

from itsm.core import now
from itsm.events.models import Alert, Event
from itsm.gateway.events import mapping, reading
from itsm.gateway.events.defaults import ensure_default_mappings
from itsm.gateway.sources import door_view, services
from itsm.gateway.sources.models import Inbound

from .bodies import captured

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(world):
    """Send to the door of a kind; each kind has one source."""
    sender, paths = Client(enforce_csrf_checks=True, raise_request_exception=False), {}

    def send(kind, body, content_type="application/json"):
        if kind not in paths:
            _made, url = services.create_source(
                actor=world.admin, kind=kind, name=kind.title(), organisation_id=world.lumen.pk
            )
            paths[kind] = urlsplit(url).path
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return sender.post(paths[kind], data, content_type, headers={"Accept-Language": "en"})

    return send


def alertmanager(*alerts, **more):
    return {"version": "4", "status": "firing", "alerts": list(alerts), "externalURL": "http://am.example", **more}


def alert(
    name="DiskFull",
    status="firing",
    fingerprint="f1",
    starts="2026-11-23T15:02:49.383418988Z",
    ends="0001-01-01T00:00:00Z",
    **labels,
):
    return {
        "status": status, "fingerprint": fingerprint, "startsAt": starts, "endsAt": ends, "generatorURL": "http://prom.example/graph",
        "labels": {"alertname": name, "severity": "critical", **labels}, "annotations": {"summary": f"{name} is bad"},
    }  # fmt: skip


@pytest.mark.needs_shared
def test_what_alertmanager_really_sent(post, park):
    bodies = captured("alertmanager")
    answer = post("alertmanager", bodies[0][0])
    assert (answer.status_code, len(answer.json()["alerts"])) == (200, 2)
    var, home = Alert.objects.get(key="0fd87d88bfb2d16e"), Alert.objects.get(key="4eacdb9a0039af57")
    assert (var.severity, home.severity, var.state, var.group) == ("critical", "warning", "open", "DiskFull")
    assert (var.body, var.title) == ("Le disque /var est plein à 97 %", "Disk /var 97% full on db01")
    assert (var.first_seen, var.cleared_at) == (datetime(2026, 11, 23, 15, 2, 49, 358558, tzinfo=UTC), None)
    for body, content_type in bodies[1:3]:
        assert post("alertmanager", body, content_type).status_code == 200
    var.refresh_from_db()
    home.refresh_from_db()
    assert (var.state, home.state, home.count) == ("closed", "open", 3)
    assert var.cleared_at == datetime(2026, 11, 23, 15, 3, 14, tzinfo=UTC)
    for body, content_type in bodies[3:]:
        assert post("alertmanager", body, content_type).status_code == 200
    assert not Inbound.objects.exclude(outcome="accepted").exists()


@pytest.mark.needs_shared
def test_what_icinga_really_sent(post, park):
    states = []
    for body, content_type in captured("icinga2"):
        assert post("events", body, content_type).status_code == 200
        states.append(Alert.objects.get().state)
    found = Alert.objects.get()
    assert states == ["open", "open", "closed", "open", "open", "closed", "open"]
    assert (found.key, found.item, found.count, found.down) == ("db01!disk /var", park.server, 5, False)
    assert found.title.startswith("disk /var: DISK CRITICAL")
    assert "é" in found.title + found.body
    assert Event.objects.count() == 7


def test_the_same_body_ten_times_is_one_alert_counted_ten(post):
    for _each in range(10):
        assert post("alertmanager", alertmanager(alert())).status_code == 200
    found = Alert.objects.get()
    assert (found.count, found.state, Event.objects.count()) == (10, "open", 10)


def test_a_mixed_body_closes_only_its_own(post):
    post("alertmanager", alertmanager(alert(), alert(fingerprint="f2")))
    post("alertmanager", alertmanager(alert(), alert(fingerprint="f2", status="resolved", ends="2026-11-23T15:10:00Z")))
    assert dict(Alert.objects.values_list("key", "state")) == {"f1": "open", "f2": "closed"}


def test_a_replay_of_an_old_body_wakes_nothing(post, world):
    from itsm.gateway.sources import receiving

    post("alertmanager", alertmanager(alert()))
    old = Inbound.objects.get()
    post("alertmanager", alertmanager(alert(status="resolved", ends="2026-11-23T15:10:00Z")))
    receiving.replay(old.pk, source=old.source, actor=world.admin)
    assert Alert.objects.get().state == "closed"
    post("alertmanager", alertmanager(alert()))
    assert Alert.objects.get().state == "open"


@pytest.mark.parametrize(
    ("labels", "item"),
    [
        ({"itsm_ci": "srv-db-01", "instance": "SRV-APP-07:9100"}, "server"), ({"instance": "srv-app-07.lumen.example:9100"}, "other"),
        ({"instance": "192.0.2.10:9100"}, "server"), ({"instance": "http://SRV-APP-07:8080/metrics"}, "other"), ({"instance": "who:1"}, None),
    ],
)  # fmt: skip
def test_the_item_is_found_by_label_by_name_and_by_address(post, park, labels, item):
    post("alertmanager", alertmanager(alert(**labels)))
    assert Alert.objects.get().item == (getattr(park, item) if item else None)


def test_generic_events_as_the_contract_has_them(post, park):
    body = {
        "source": "backup",
        "key": "b1",
        "ci": "SRV-DB-01",
        "severity": "major",
        "title": "Backup failed",
        "body": "rc=2",
        "status": "firing",
    }
    answer = post("events", {**body, "at": (now() - timedelta(minutes=3)).isoformat()})
    found = Alert.objects.get()
    assert answer.json()["alerts"] == [{"number": found.number, "key": "b1", "state": "open", "count": 1}]
    assert (found.source, found.severity, found.item, found.body) == ("backup", "major", park.server, "rc=2")
    post("events", [{**body, "status": "resolved"}, {**body, "key": "b2"}])
    assert dict(Alert.objects.values_list("key", "state")) == {"b1": "closed", "b2": "open"}


def test_zabbix_gets_the_number_back_as_tags(post, park):
    problem = {
        "event_id": "77", "event_value": "1", "event_nseverity": "4", "trigger_id": "12", "host": "SRV-DB-01", "event_name": "Swap",
        "event_recovery": "{EVENT.RECOVERY.ID}",
    }  # fmt: skip
    answer = post("events", problem)
    found = Alert.objects.get()
    assert answer.json()["tags"] == {"__itsm_id": found.number, "__itsm_url": f"/r/{found.number}"}
    assert (found.severity, found.item, found.title) == ("major", park.server, "Swap")
    post("events", {**problem, "event_value": "0"})
    assert Alert.objects.get().state == "closed"


def test_grafana_is_read_as_alertmanager_is(post, park):
    body = {
        "orgId": 1,
        "version": "1",
        "state": "alerting",
        "title": "x",
        "alerts": [{**alert(instance="SRV-DB-01"), "values": {"A": 3}, "panelURL": "http://g/p"}],
    }
    assert post("events", body).json()["mapping"] == "grafana"
    assert Alert.objects.get().url == "http://g/p"


def test_nagios_macros_are_fields_and_a_host_that_is_down_is_dead(post, park):
    form = b"NOTIFICATIONTYPE=PROBLEM&HOSTNAME=SRV-DB-01&HOSTSTATE=DOWN&HOSTOUTPUT=100%25+loss&SERVICEDESC=%24SERVICEDESC%24"
    post("events", form, "application/x-www-form-urlencoded")
    found = Alert.objects.get()
    assert (found.key, found.down, found.severity, found.item) == ("SRV-DB-01", True, "critical", park.server)


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{", b"[]", b"{}", b"\x00\xff", b'{"alerts": 7}', b'{"a": 1}', b"[" * 100_000]
)
@pytest.mark.parametrize("kind", ["alertmanager", "events"])
def test_what_nobody_can_read_is_kept_and_refused(post, body, kind):
    answer = post(kind, body)
    assert answer.status_code == 422, answer.content
    assert Inbound.objects.get().outcome == "rejected"
    assert not Event.objects.exists()


def test_what_is_not_about_trouble_is_ignored(post):
    answer = post("events", b"type=ACKNOWLEDGEMENT&host=db01&state=CRITICAL", "application/x-www-form-urlencoded")
    assert (answer.status_code, Inbound.objects.get().outcome, Event.objects.count()) == (200, "ignored", 0)


def test_without_a_database_the_sender_comes_again(post, monkeypatch):
    post("alertmanager", alertmanager(alert()))

    def gone(*args):
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(door_view.receiving, "keep", gone)
    answer = post("alertmanager", alertmanager(alert()))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    monkeypatch.undo()
    assert post("alertmanager", alertmanager(alert())).status_code == 200
    assert Alert.objects.get().count == 2


def test_too_many_are_put_off_not_refused(post, world, monkeypatch):
    post("events", {"title": "x"})
    monkeypatch.setattr(door_view.limits, "arrived", lambda source: door_view.limits.Arrival(wait=20))
    answer = post("events", {"title": "x"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "20")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("0001-01-01T00:00:00Z", None), ("2026-11-23T15:02:49.383418988Z", datetime(2026, 11, 23, 15, 2, 49, 383418, tzinfo=UTC)),
        ("1795448223", datetime(2026, 11, 23, 15, 37, 3, tzinfo=UTC)), ("2026-11-23 15:37:03 +0100", datetime(2026, 11, 23, 14, 37, 3, tzinfo=UTC)),
        ("yesterday", None), ("9999-12-31T23:59:59-23:59", None), ("99999999999999999999", None), ("", None),
    ],
)  # fmt: skip
def test_instants_as_systems_write_them(text, instant):
    found = mapping.when(text)
    assert (found and found.astimezone(UTC)) == instant


def test_a_mapping_that_a_site_changed_is_the_one_that_reads(post):
    from itsm.core import reference
    from itsm.gateway.events.models import EventMapping

    ensure_default_mappings()
    EventMapping.objects.filter(code="generic").update(spec={"fields": {"title": "Oh: {what}", "key": "{id}"}})
    reference.forget_everything()
    post("events", {"what": "no", "id": "5"})
    assert Alert.objects.get().title == "Oh: no"


def test_every_mapping_of_the_house_passes_its_own_check():
    for _code, _name, _position, spec in reading.MAPPINGS:
        mapping.check(spec)


def test_half_a_character_in_a_label_loses_no_alert(post):
    body = rb'{"title": "t", "key": "k", "labels": {"a\ud800": "b\udfff"}, "runbook_url": "https://a.example/\ud800"}'
    assert post("events", body).status_code == 200
    assert Alert.objects.get().facts["labels"] == {"a?": "b?"}


def test_what_no_database_takes_in_the_type_of_a_body_is_left_out(post):
    assert post("events", {"title": "t", "key": "k"}, "application/json; x=\0\udc80").status_code == 200
