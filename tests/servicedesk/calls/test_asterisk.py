"""Asterisk by its Manager Interface: a server that speaks the documented protocol, and what becomes of its calls."""

import contextlib
import socket
import threading
from contextlib import closing

import pytest

from itsm.core import sealing
from itsm.core.errors import DomainError
from servicedesk.calls import presence, services
from servicedesk.calls.adapters import ami, ordering, wire
from servicedesk.calls.adapters.base import PURPOSE
from servicedesk.calls.adapters.joining import Joiner
from servicedesk.calls.models import Call, CallEvent, Exchange, Operator
from servicedesk.calls.models.calls import State

from .asterisk import Asterisk, answered, event

S = Operator.State


def exchange(desk, server, **more) -> Exchange:
    return Exchange.objects.create(
        source=desk.source, adapter="ami", host="127.0.0.1", port=server.port, username="vigie", secret=sealing.seal("s3cret", purpose=PURPOSE), **more
    )  # fmt: skip


def listen(made: Exchange, server: Asterisk) -> None:
    """Until the server has told the last of its scripts."""
    stop = threading.Event()
    server.over = stop.set
    guard = threading.Timer(20, stop.set)
    guard.start()
    ami.Listener(made.pk, stop, read_seconds=0.2, first_pause=0.01).run()
    guard.cancel()


def test_a_call_is_one_row_over_a_line_that_breaks_in_the_middle(desk):
    presence.set_state(desk.nadia_operator, S.AVAILABLE)
    first, second = answered()
    live = [
        {"Channel": "PJSIP/trunk-0000000a", "Uniqueid": "1700000000.1", "Linkedid": "1700000000.1", "BridgeId": "b"}
    ]
    # The first listener hears the answer and is cut off; the next one hears the end.
    with closing(Asterisk(first, second, [], channels=live)) as server:
        made = exchange(desk, server)
        listen(made, server)
    call = Call.objects.get()
    assert (call.call_id, call.caller, call.queue, call.operator) == (
        "1700000000.1", desk.jane, desk.queue, desk.nadia_operator,
    )  # fmt: skip
    assert (call.state, call.talk_seconds, call.cause) == (State.WRAP_UP, 42, "normalClearing")
    story = list(CallEvent.objects.order_by("id").values_list("event", flat=True))
    assert story == ["ring", "queue", "answer", "hold", "resume", "hangup", "hangup"]
    assert [each["Action"] for each in server.received].count("Login") == 3
    made.refresh_from_db()
    assert made.heard_at is not None


def test_a_call_that_ended_while_nobody_listened_is_over(desk):
    first, _second = answered()
    with closing(Asterisk(first, [])) as server:
        listen(exchange(desk, server), server)
    call = Call.objects.get()
    assert (call.state, call.cause, call.handled_by) == (State.CLOSED, "lost", "sweeper")
    assert Operator.objects.get(pk=desk.nadia_operator.pk).state != S.IN_CALL


def test_who_gives_up_and_who_is_not_there_are_told_apart():
    def causes(*events):
        joiner = Joiner()
        messages = [message for each in events for message in joiner.take(each)]
        return [(message.verb, message.cause) for message in messages]

    rings = event("Newchannel", channel="PJSIP/trunk-1", CallerIDNum="0155000010", Exten="1", Context="x")
    gone = event("Hangup", channel="PJSIP/trunk-1", Cause="16")
    assert causes(rings, gone) == [("ring", ""), ("hangup", "cancel")]
    busy = event("DialEnd", DestChannel="PJSIP/4101-2", DialStatus="BUSY")
    assert causes(rings, busy, gone) == [("ring", ""), ("hangup", "busy")]
    assert causes(rings, event("Registry"), {"Event": "VarSet"}, gone)[-1] == ("hangup", "cancel")


def test_two_calls_told_in_turns_stay_two(desk):
    one, other = answered("1.1"), answered("2.1", caller="0612345678")
    mixed = [each for pair in zip(one[0] + one[1], other[0] + other[1], strict=True) for each in pair]
    with closing(Asterisk(mixed)) as server:
        listen(exchange(desk, server), server)
    assert set(Call.objects.values_list("call_id", "from_number", "talk_seconds")) == {
        ("1.1", "+33155000010", 42), ("2.1", "+33612345678", 42),
    }  # fmt: skip


def test_a_wrong_password_is_said_and_tried_again_later(desk):
    with closing(Asterisk(secret="another")) as server:
        made = exchange(desk, server)
        stop = threading.Event()
        threading.Timer(0.3, stop.set).start()
        ami.Listener(made.pk, stop, read_seconds=0.2, first_pause=0.05).run()
        assert len(server.received) > 1
    made.refresh_from_db()
    assert made.trouble == "Authentication failed"


def test_a_click_has_asterisk_ring_the_operator_then_the_number_and_is_one_row(
    desk, django_capture_on_commit_callbacks
):
    with closing(Asterisk()) as server:
        exchange(desk, server)
        presence.set_state(desk.nadia_operator, S.AVAILABLE)
        call = services.originate(actor=desk.nadia, number="01 55 00 00 10")
        assert (call.state, Operator.objects.get(pk=desk.nadia_operator.pk).state) == (State.RINGING, S.IN_CALL)
        assert ordering.order(call.pk, "originate", {"number": call.to_number, "extension": "4101"}) == "done"
        order = next(each for each in server.received if each["Action"] == "Originate")
        assert (order["Channel"], order["Exten"], order["ChannelId"]) == ("PJSIP/4101", "+33155000010", call.call_id)
        server.channels = [{"Channel": "PJSIP/4101-1", "Uniqueid": call.call_id, "Linkedid": call.call_id}]
        assert ordering.order(call.pk, "hangup", {}) == "done"
        assert [each["Channel"] for each in server.received if each["Action"] == "Hangup"] == ["PJSIP/4101-1"]
        services.hang_up(call)
        assert ordering.order(call.pk, "originate", {}) == "", "what is over is not dialled"


def test_an_order_that_is_not_taken_ends_the_call_and_says_why(desk):
    with closing(Asterisk(secret="another")) as server:
        exchange(desk, server)
        call = services.originate(actor=desk.nadia, number="01 55 00 00 10")
        ordering.order(call.pk, "originate", {"number": call.to_number, "extension": "4101"})
    call.refresh_from_db()
    assert (call.state, call.cause) == (State.MISSED, "notOrdered")
    assert CallEvent.objects.get(event="order").facts["why"] == "Authentication failed"


@pytest.mark.parametrize("status", [200, 500])
def test_a_pushing_exchange_takes_orders_at_its_address(desk, monkeypatch, status):
    from itsm.gateway.webhooks import reaching

    sent = []

    def answers(method, url, body, headers, **_more):
        sent.append((url, body, headers))
        return reaching.Answer(status, '{"callId": "theirs"}')

    monkeypatch.setattr(reaching, "call", answers)
    Exchange.objects.create(
        source=desk.source, order_url="http://pbx.example/orders", order_secret=sealing.seal("key", purpose=PURPOSE)
    )
    call = services.originate(actor=desk.nadia, number="01 55 00 00 10")
    ordering.order(call.pk, "originate", {"number": call.to_number, "extension": "4101"})
    assert b'"reference": "' + call.number.encode() in sent[0][1]
    assert sent[0][2]["X-Vigie-Signature"].startswith("sha256=")
    call.refresh_from_db()
    assert (call.call_id, call.state) == (("theirs", State.RINGING) if status == 200 else ("", State.MISSED))


def test_an_exchange_that_says_everything_but_the_answer_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(wire, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def chatter():
            line, _address = server.accept()
            with line, contextlib.suppress(OSError):
                line.sendall(b"Asterisk Call Manager/9.0.0\r\n")
                while True:
                    line.sendall(b"Event: Newchannel\r\n\r\n")

        threading.Thread(target=chatter, daemon=True).start()
        connection = wire.Wire(*server.getsockname(), timeout=1)
        with pytest.raises(wire.Broken, match="in time"):
            connection.ask("Ping")
        connection.close()


def test_what_asterisk_cannot_be_told_is_not_offered(desk, client):
    Exchange.objects.create(source=desk.source, adapter="ami", host="127.0.0.1", port=1, username="vigie")
    call = services.ring(
        organisation=desk.lumen,
        source=desk.source,
        call_id="1.1",
        from_number="+33155000010",
        to_number="4000",
        queue=desk.queue,
    )
    call = services.answer(call, operator=desk.nadia_operator)
    client.force_login(desk.nadia)
    page = client.get("/calls/").content.decode()
    assert 'id="transfer"' in page
    assert 'id="hold"' not in page
    assert 'name="to_queue"' not in client.get(f"/calls/ask/transfer/?call={call.number}").content.decode()
    assert "hold" not in client.get(f"/api/v1/calls/{call.number}/moves/").json()
    with pytest.raises(DomainError):
        services.hold(call, actor=desk.nadia)
    with pytest.raises(DomainError):
        services.transfer(call, note="x", to_queue=desk.night, actor=desk.nadia)
    services.hold(call)  # what the telephone does is counted all the same
    assert Call.objects.get(pk=call.pk).state == State.ON_HOLD
    assert 'id="hold"' not in client.get("/calls/").content.decode()
