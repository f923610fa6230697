"""The door of telephone exchanges: what they say, in any order and any number of times, and what they are answered."""

import itertools
import json
import os
import random
import threading
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from itsm.core import now
from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Inbound
from servicedesk.calls import presence, routes, services
from servicedesk.calls.models import Call, CallEvent, CallMapping, Exchange, Operator
from servicedesk.calls.models.calls import State
from servicedesk.calls.switchboard import deciding
from tests.snapshot import once

from .switchboard import build

CAPTURES = Path(os.environ.get("VIGIE_SHARED", "") or "/nowhere") / "captures" / "telephony"
FORM = "application/x-www-form-urlencoded"
JANE = "%2B33155000010"


@pytest.fixture
def post(desk):
    """Send to the exchange's address, a form or JSON."""
    sender = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def send(body, content_type="", path=desk.path):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        kind = content_type or (FORM if isinstance(body, str | bytes) else "application/json")
        return sender.post(path, data, kind, headers={"Accept-Language": "en"})

    return send


@pytest.fixture
def router(monkeypatch):
    """What the switchboard decides, for one test."""
    return lambda **decision: monkeypatch.setattr(deciding, "decide", lambda _asked: routes.Decision(**decision))


def only() -> Call:
    return Call.objects.get()


# ---- what a real exchange sent


def captured() -> list[bytes]:
    return [path.read_bytes() for path in sorted(CAPTURES.glob("*.body"))]


def rows() -> list[tuple]:
    names = (
        "call_id", "direction", "state", "from_number", "to_number", "caller__username", "caller_certain", "operator__extension", "cause",
        "wait_seconds", "talk_seconds", "hold_seconds",
    )  # fmt: skip
    return sorted(Call.objects.values_list(*names))


ORDERS = {
    "in order": lambda bodies: bodies,
    "backwards": lambda bodies: bodies[::-1],
    "doubled": lambda bodies: [body for body in bodies for _twice in range(2)],
    "shuffled": lambda bodies: random.Random(8).sample(bodies, len(bodies)),
    "shuffled and doubled": lambda bodies: random.Random(9).sample(bodies * 2, len(bodies) * 2),
}


@pytest.mark.needs_shared
@pytest.mark.parametrize("order", ORDERS)
def test_what_kamailio_really_sent_ends_in_the_same_rows_whatever_its_order(desk, post, order):
    if not CAPTURES.is_dir():
        pytest.skip("the captured telephony messages are not here")
    Operator.objects.filter(pk=desk.nadia_operator.pk).update(extension="agent7")
    for body in ORDERS[order](captured()):
        answer = post(body)
        assert (answer.status_code, answer.json()) == (200, {})
    found = {row[0]: row for row in rows()}
    jane = ("in", "+33155000010", "agent7", "jane", True)
    assert found["1-13925@127.0.0.1"][2:6] + found["1-13925@127.0.0.1"][7:9] == (
        State.MISSED, "sipp", "nobody99", None, None, "notFound",
    )  # fmt: skip
    talked = found["1-14556@127.0.0.1"]
    assert (talked[1], *talked[3:7]) == jane
    assert talked[2] == State.WRAP_UP
    assert talked[7:] == ("agent7", "normalClearing", 0, 3, 0)
    assert found["1-13919@127.0.0.1"][10] == 32
    states = {call_id: row[2] for call_id, row in found.items()}
    assert [states[f"{n}-14575@127.0.0.1"] for n in range(1, 7)] == ["wrap_up"] * 3 + ["in_progress"] * 2 + ["ringing"]
    assert len(found) == 9
    assert Inbound.objects.exclude(outcome="accepted").count() == 0


@pytest.mark.needs_shared
def test_with_times_every_instant_is_the_same_in_any_order(desk, post):
    if not CAPTURES.is_dir():
        pytest.skip("the captured telephony messages are not here")
    times = [json.loads(path.read_text())["time"].encode() for path in sorted(CAPTURES.glob("*.request.json"))]
    bodies = [body + b"&at=" + at for body, at in zip(captured(), times, strict=True)]

    def replay(bodies):
        Call.objects.all().delete()
        for body in bodies:
            assert post(body).status_code == 200
        names = ("call_id", "state", "cause", "started_at", "answered_at", "ended_at", "wait_seconds", "talk_seconds")
        return sorted(Call.objects.values_list(*names))

    in_order = replay(bodies)
    assert replay(bodies[::-1]) == in_order
    assert replay(random.Random(3).sample(bodies * 2, len(bodies) * 2)) == in_order


# ---- what may go wrong on the way


def event(name, at, call_id="c1", **more):
    fields = {"event": name, "callId": call_id, "from": "+33155000010", "to": "+33155000000", "direction": "in"}
    return fields | {"at": at.isoformat()} | more


def test_every_order_of_an_answered_call_is_the_same_call(desk, post):
    began = now() - timedelta(minutes=3)
    told = [
        event("newCall", began), event("answer", began + timedelta(seconds=9), user="nadia"),
        event("hangup", began + timedelta(seconds=70), cause="normalClearing"),
    ]  # fmt: skip
    found = set()
    for order in itertools.permutations(told):
        Call.objects.all().delete()
        for each in order:
            assert post(each).status_code == 200
        found.add(
            Call.objects.values_list("state", "wait_seconds", "talk_seconds", "operator", "cause", "caller").get()
        )
    assert found == {(State.CLOSED, 9, 61, desk.nadia_operator.pk, "normalClearing", desk.jane.pk)}


@pytest.mark.parametrize(
    ("lost", "expected"),
    [("newCall", (State.CLOSED, 61)), ("answer", (State.CLOSED, 61)), ("hangup", (State.IN_PROGRESS, None))],
)
def test_a_lost_message_loses_no_call(desk, post, lost, expected):
    began = now() - timedelta(minutes=3)
    for each in (
        event("newCall", began), event("answer", began + timedelta(seconds=9), answeringNumber="4101"),
        event("hangup", began + timedelta(seconds=70), cause="normalClearing", duration=61),
    ):  # fmt: skip
        if each["event"] != lost:
            post(each)
    assert (only().state, only().talk_seconds, only().caller) == (*expected, desk.jane)


def test_a_plus_that_became_a_blank_is_repaired(desk, post):
    assert post("event=newCall&callId=x&direction=in&from=+33155000010&to=+33155000000").json() == {}
    assert (only().from_number, only().to_number, only().caller) == ("+33155000010", "+33155000000", desk.jane)


def test_what_is_not_known_is_kept_and_shown_and_what_says_nothing_is_refused_with_words(desk, post):
    post(f"event=newCall&callId=x&from={JANE}&to=1")
    strange = post("event=recordingStarted&callId=x&file=rec-1.wav")
    assert (strange.status_code, strange.json()) == (200, {})
    kept = CallEvent.objects.get(understood=False)
    assert (kept.call, kept.event, kept.facts["file"]) == (only(), "recordingStarted", "rec-1.wav")
    assert "recordingStarted" in Inbound.objects.latest("id").reason
    for body, words in (
        ("callId=x&from=1", "event"), ("event=newCall&from=1", "callId"), ("{", "JSON"), ("nothing at all", "form fields"), ("[]", "list"),
    ):  # fmt: skip
        refused = post(body)
        assert refused.status_code == 422
        assert words in refused.json()["detail"]
    assert Inbound.objects.filter(outcome="rejected").count() == 5


def test_a_wrong_or_revoked_token_opens_nothing(desk, post):
    assert post("event=newCall&callId=x", path="/hooks/cti/wrong/").status_code == 404
    sources.revoke_source(desk.source.pk, actor=desk.admin)
    assert post("event=newCall&callId=x").status_code == 404
    assert not Call.objects.exists()


# ---- what it is answered


@pytest.mark.parametrize(
    ("decision", "answer"),
    [
        ({}, {}),
        ({"action": "reject"}, {"action": "reject", "reason": "busy"}),
        ({"action": "dial", "number": "4101"}, {"action": "dial", "number": "4101", "caller_id": "+33155000000"}),
        ({"action": "menu", "say": "1 ou 2 ?", "language": "fr"}, {"action": "menu", "say": "1 ou 2 ?", "language": "fr"}),
    ],
)  # fmt: skip
def test_a_new_call_is_answered_with_its_route_each_time_that_it_is_told(desk, post, router, decision, answer):
    router(**decision)
    body = f"event=newCall&callId=x&direction=in&from={JANE}&to=%2B33155000000"
    assert [post(body).json(), post(body).json()] == [answer, answer]
    assert Call.objects.count() == 1


def test_two_houses_have_the_same_extension_and_each_exchange_means_its_own(desk, post, router):
    theirs = Operator.objects.create(person=desk.foreign_agent, extension="4101", state="available")
    assert theirs.organisation == desk.other
    Operator.objects.update(state="available")
    _source, door = sources.create_source(actor=desk.admin, kind="cti", name="Autre", organisation_id=desk.other.pk)
    path = "/" + door.split("/", 3)[3]
    post("event=newCall&callId=ours&from=%2B33612000001&to=1&user=4101")
    post("event=newCall&callId=theirs&from=%2B33612000002&to=1&user=4101", path=path)
    rung = dict(Call.objects.values_list("call_id", "operator"))
    assert rung == {"ours": desk.nadia_operator.pk, "theirs": theirs.pk}
    post("event=newCall&callId=nobody&from=%2B33612000003&to=1&user=4102", path=path)
    assert Call.objects.get(call_id="nobody").operator is None

    Operator.objects.update(state="available", call=None)
    router(action="dial", number="4101")
    post("event=newCall&callId=dialled&from=%2B33612000004&to=1", path=path)
    assert Call.objects.get(call_id="dialled").operator == theirs
    with pytest.raises(IntegrityError), transaction.atomic():
        Operator.objects.create(person=desk.customer, organisation=desk.lumen, extension="4101")


def test_a_queue_is_told_by_us_or_tells_us(desk, post, router):
    post(f"event=newCall&callId=theirs&from={JANE}&to=1&queue=N1 Assistance")
    assert (only().queue, only().state) == (desk.queue, State.QUEUED)
    desk.queue.announcement = "Patientez."
    desk.queue.save()
    router(action="queue", queue_id=desk.queue.pk)
    answer = post(f"event=newCall&callId=ours&from={JANE}&to=1").json()
    assert answer == {"action": "queue", "queue": "n1", "say": "Patientez.", "language": "fr"}


def test_a_key_that_is_pressed_leads_on(desk, post, monkeypatch):
    def decide(asked):
        return (
            routes.Decision("queue", desk.queue.pk, ("Pressed 2",))
            if asked.pressed
            else routes.Decision("menu", say="?")
        )

    monkeypatch.setattr(deciding, "decide", decide)
    assert post(f"event=newCall&callId=x&from={JANE}&to=1").json()["action"] == "menu"
    assert post("event=dtmf&callId=x&dtmf=2").json()["queue"] == "n1"
    assert (only().pressed, only().menu_path, only().queue) == (["2"], ["Pressed 2"], desk.queue)


def test_sipgate_is_answered_in_xml_with_where_to_send_what_follows(desk, post, router):
    Exchange.objects.create(source=desk.source, reply=Exchange.Reply.XML)
    body = "event=newCall&direction=in&from=33155000010&to=33155000000&callId=s1&user%5B%5D=Voicemail"
    root = ElementTree.fromstring(post(body).content)
    assert root.attrib == {"onAnswer": desk.door, "onHangup": desk.door}
    assert (only().from_number, only().caller) == ("+33155000010", desk.jane)
    router(action="reject")
    assert ElementTree.fromstring(post(body.replace("s1", "s2")).content).find("Reject").attrib == {"reason": "busy"}
    router(action="dial", number="+33155004101")
    assert ElementTree.fromstring(post(body.replace("s1", "s3")).content).findtext("Dial/Number") == "33155004101"


TOLD = [
    ("Twilio", [
        "CallSid=CA1&CallStatus=ringing&From=%2B33155000010&To=%2B33155000000&Direction=inbound",
        "CallSid=CA1&CallStatus=in-progress&From=%2B33155000010&To=%2B33155000000&Direction=inbound",
        "CallSid=CA1&CallStatus=completed&From=%2B33155000010&To=%2B33155000000&Direction=inbound&CallDuration=42",
    ]),
    ("FreeSWITCH", [
        {"Event-Name": "CHANNEL_CREATE", "Channel-Call-UUID": "u1", "Caller-Caller-ID-Number": "0155000010", "Caller-Destination-Number": "4101", "Call-Direction": "inbound"},
        {"Event-Name": "CHANNEL_ANSWER", "Channel-Call-UUID": "u1", "Caller-Callee-ID-Number": "4101"},
        {"Event-Name": "CHANNEL_HANGUP_COMPLETE", "Channel-Call-UUID": "u1", "Hangup-Cause": "NORMAL_CLEARING", "variable_billsec": "42"},
    ]),
    ("Placetel", [
        "event=IncomingCall&from=0155000010&to=0155000000&call_id=p1",
        "event=CallAccepted&from=0155000010&to=0155000000&call_id=p1&peer=4101",
        "event=HungUp&from=0155000010&to=0155000000&call_id=p1&type=accepted&duration=42",
    ]),
    ("another", [
        {"type": "incoming", "call": {"id": "j1", "from": "+33 1 55 00 00 10", "to": "+33155000000"}},
        {"type": "answered", "call": {"id": "j1"}, "agent": "nadia"},
        {"type": "ended", "call": {"id": "j1"}, "duration": 42, "reason": "16"},
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "bodies"), TOLD, ids=[make for make, _bodies in TOLD])
def test_common_exchanges_are_understood_by_data(desk, post, make, bodies):
    for body in bodies:
        assert post(body).status_code == 200
    call = only()
    assert (call.caller, call.talk_seconds, call.cause) == (desk.jane, 42, "normalClearing")
    assert call.state in (State.WRAP_UP, State.CLOSED)


def test_a_site_teaches_another_dialect(desk, post):
    spec = {
        "detect": [{"path": "evt", "how": "filled"}], "fields": {"event": ["evt"], "call_id": ["n"], "from": ["a"], "to": ["b"]},
        "events": {"klingelt": "ring"}, "directions": {},
    }  # fmt: skip
    CallMapping.objects.create(code="own", name="Own", position=5, spec=spec)
    post("evt=klingelt&n=7&a=0155000010&b=4101")
    assert (only().caller, only().state) == (desk.jane, State.RINGING)


def test_the_operator_that_the_exchange_rings_is_the_one_who_is_told(desk, post):
    presence.set_state(desk.hugo_operator, Operator.State.AVAILABLE)
    post({"event": "newCall", "callId": "x", "from": "+33155000010", "to": "1", "user": ["4102"]})
    assert only().operator == desk.hugo_operator
    post({"event": "hangup", "callId": "x", "cause": "cancel"})
    assert (only().operator, only().state) == (None, State.ABANDONED)
    assert Operator.objects.get(pk=desk.hugo_operator.pk).state == Operator.State.AVAILABLE


def test_an_outgoing_call_that_we_ordered_is_the_same_call(desk, post):
    Exchange.objects.create(source=desk.source, order_url="https://pbx.example/order")
    ordered = services.originate(actor=desk.nadia, number="01 55 00 00 10")
    post(f"event=newCall&direction=out&callId=o1&from=4101&to={JANE}&user=4101")
    post(f"event=answer&direction=out&callId=o1&from=4101&to={JANE}&user=4101")
    call = only()
    assert (call.pk, call.call_id, call.state, call.caller) == (ordered.pk, "o1", State.IN_PROGRESS, desk.jane)


# ---- at once


@pytest.mark.django_db(transaction=True)
def test_ten_processes_that_hear_of_one_call_make_one_row():
    w = once(build)
    gate = threading.Barrier(10)
    codes = []

    def tell():
        try:
            gate.wait(10)
            answer = Client().post(
                w.path, f"event=newCall&callId=same&direction=in&from={JANE}&to=1", content_type=FORM
            )
            codes.append(answer.status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=tell) for _each in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert codes == [200] * 10
    assert Call.objects.count() == 1


ODD = {
    "a NUL that JSON spells": {"event": "newCall", "callId": "a\x00b", "from": "+33\x001", "name": "x\x00"},
    "half a character": {"event": "newCall", "callId": "\ud800", "from": "\ud800", "user": "\ud800", "name": "\ud800"},
    "half a character in an unknown word": {"event": "\ud800?", "callId": "c", "\ud800": "\ud800", "\x00": "\x00"},
    "a number that is none": {"event": "odd", "callId": "c", "x": float("nan"), "y": float("inf")},
}  # fmt: skip


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
def test_what_no_text_of_the_database_can_hold_does_not_bring_the_door_down(desk, post, body):
    assert post(json.dumps(body), "application/json").status_code == 200


def test_an_exchange_whose_clock_stands_in_1970_is_not_believed(desk, post):
    before = now()
    post({"event": "newCall", "callId": "c", "from": "1", "to": "2", "timestamp": 0})
    assert only().started_at >= before


def test_what_was_dialled_stays_inside_its_quotes_in_an_answer_in_xml(desk, post, router):
    Exchange.objects.create(source=desk.source, reply=Exchange.Reply.XML)
    router(action="dial", number="4101")
    answer = post({"event": "newCall", "callId": "c", "from": "1", "to": 'x" y="\x01'})
    assert ElementTree.fromstring(answer.content).find("Dial").attrib == {"callerId": 'x" y="'}


@pytest.mark.parametrize("deep", [500, 900, 960, 5000])
def test_lists_in_lists_keep_no_call_from_its_route(desk, post, deep):
    nested = "[" * deep + "]" * deep
    body = f'{{"event": "newCall", "callId": "deep", "from": "+33155", "to": "+33155000000", "z": {nested}}}'
    answer = post(body, content_type="application/json")
    assert answer.status_code in (200, 422)
    assert Call.objects.count() == (answer.status_code == 200)
