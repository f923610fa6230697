"""Settings of telephony: exchanges, dialects, how long calls are kept, erasure."""

import json

import pytest
from django.test import Client

from itsm.core import sealing
from servicedesk.calls import policy
from servicedesk.calls.adapters.base import PURPOSE
from servicedesk.calls.models import Call, CallMapping, Exchange

BASE = "/settings/telephony/"


@pytest.fixture
def page(desk):
    client = Client(headers={"Accept-Language": "en"})
    desk.admin.language = "en"
    desk.admin.save(update_fields=["language"])
    client.force_login(desk.admin)

    def ask(path="", data=None, status=200):
        answer = client.get(BASE + path) if data is None else client.post(BASE + path, data)
        assert answer.status_code == status, answer.content[:2000]
        return answer.content.decode()

    return ask


def test_an_exchange_is_told_how_to_be_answered_and_its_secrets_are_never_shown(desk, page):
    assert "Kamailio" in page()
    fields = {
        "adapter": "ami",
        "reply": "xml",
        "host": "pbx.example",
        "port": "5038",
        "username": "vigie",
        "secret": "s3cret",
        "channel": "PJSIP/{extension}",
        "context": "x",
    }
    page(f"{desk.source.pk}/", fields | {"host": ""}, 422)
    page(f"{desk.source.pk}/", fields, 302)
    page(f"{desk.source.pk}/", fields | {"secret": ""}, 302)
    made = Exchange.objects.get()
    assert (made.adapter, made.reply, sealing.unseal(made.secret, purpose=PURPOSE)) == ("ami", "xml", "s3cret")
    assert "s3cret" not in page(f"{desk.source.pk}/")
    Exchange.objects.update(trouble="Authentication failed")
    assert "Authentication failed" in page()


def test_a_dialect_is_taught_changed_and_given_up(desk, page):
    spec = {
        "detect": [{"path": "evt"}],
        "fields": {"event": ["evt"], "call_id": ["n"], "from": ["a"]},
        "events": {"klingelt": "ring"},
    }
    for bad in ("{", json.dumps(spec | {"events": {"x": "explode"}}), json.dumps(spec | {"fields": {}})):
        page("dialects/new/", {"code": "own", "name": "Own", "position": 5, "active": "on", "spec": bad}, 422)
    page("dialects/new/", {"code": "own", "name": "Own", "position": 5, "active": "on", "spec": json.dumps(spec)}, 302)
    Client().post(desk.path, "evt=klingelt&n=7&a=0155000010", content_type="application/x-www-form-urlencoded")
    assert Call.objects.get().caller == desk.jane
    assert "CallStatus" in page("dialects/twilio/")
    page("dialects/own/forget/", {}, 302)
    assert not CallMapping.objects.exists()
    page("dialects/own/", status=404)


def test_what_was_not_understood_is_shown_and_the_rules_and_erasure_stand_there(desk, page):
    Client().post(
        desk.path, "event=recordingStarted&callId=x&file=rec-1", content_type="application/x-www-form-urlencoded"
    )
    assert "recordingStarted" in page()
    rules = {
        "numbers_days": 30,
        "story_days": 10,
        "ring_seconds": 15,
        "call_back_minutes": 2,
        "lost_ringing_minutes": 60,
        "lost_talking_minutes": 240,
    }
    page("rules/", rules | {"version": 1, "numbers_days": 0}, 422)
    page("rules/", rules | {"version": 1}, 302)
    page("rules/", rules | {"version": 1, "story_days": 11}, 409)
    assert policy.policy.get().numbers_days == 30
    Client().post(
        desk.path, "event=newCall&callId=y&from=%2B33155000010&to=1", content_type="application/x-www-form-urlencoded"
    )
    page("erase/", {"who": "jane"}, 422)
    page("erase/", {"who": "jane", "sure": "on"}, 302)
    assert Call.objects.get(call_id="y").from_number == ""


def test_who_does_not_administer_finds_nothing(desk):
    client = Client()
    for person in (desk.lead, desk.nadia, desk.customer):
        client.force_login(person)
        for path in ("", f"{desk.source.pk}/", "dialects/generic/"):
            assert client.get(BASE + path).status_code == 404
