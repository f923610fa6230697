"""Asterisk by its Manager Interface: a server that speaks the documented protocol, and what becomes of its calls."""

import base64
import contextlib
import socket
import threading
from contextlib import closing

import pytest

from itsm.calendars.models import Calendar
from itsm.core import now, sealing
from itsm.core.errors import DomainError
from servicedesk.calls import orders, presence, services
from servicedesk.calls.adapters import ami, ordering, wire
from servicedesk.calls.adapters.ami import AmiAdapter
from servicedesk.calls.adapters.base import PURPOSE
from servicedesk.calls.adapters.joining import Joiner
from servicedesk.calls.campaigns import placing
from servicedesk.calls.models import Call, CallEvent, Exchange, Operator
from servicedesk.calls.models.calls import State

from .asterisk import Asterisk, answered, event
from .menus.factories import fresh, make_board

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


def test_an_event_that_is_called_like_something_inside_is_none():
    for word in ("calls", "Call", "message", "answered", "outside", ""):
        assert Joiner().take({"Event": word, "Linkedid": "1.1"}) == []


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


def given(server, action) -> list[dict]:
    return [each for each in server.received if each["Action"] == action]


def test_what_the_interface_has_no_action_for_goes_to_the_dialplan(desk):
    trunk = {"Channel": "PJSIP/trunk-1", "Uniqueid": "1.1", "Linkedid": "1.1"}
    with closing(Asterisk(extensions=["queue", "announce"], channels=[trunk])) as server:
        made = exchange(desk, server, dialplan="vigie")
        call = services.ring(
            organisation=desk.lumen, source=desk.source, call_id="1.1", from_number="+33155000010", to_number="4000", queue=desk.queue
        )  # fmt: skip
        assert orders.can(call, "queue")
        assert not orders.can(call, "hold"), "that is done at the telephone"
        said = "Attente estimée : 4 min, merci."
        assert ordering.order(call.pk, "queue", {"queue": "n1", "say": said, "language": "fr"}) == "done"
        told = {each["Variable"]: each["Value"] for each in given(server, "Setvar")}
        assert (told["VIGIE_QUEUE"], told["VIGIE_REFERENCE"], told["VIGIE_TEXT_2"]) == ("n1", call.number, "")
        assert base64.b64decode(told["VIGIE_TEXT_1"]).decode() == said
        [sent] = given(server, "Redirect")
        assert (sent["Channel"], sent["Context"], sent["Exten"]) == ("PJSIP/trunk-1", "vigie", "queue")
        refused = ordering.order(call.pk, "voicemail", {})
        assert refused == "Did not find extension voicemail", "a caller is not sent where nothing is"
        assert len(given(server, "Redirect")) == 1
        assert ordering.order(call.pk, "hold", {}).startswith("Asterisk is not told to hold")
    assert placing.exchange_of(desk.lumen.pk) == made


def test_a_campaign_has_the_dialplan_call_and_read(desk):
    with closing(Asterisk()) as server:
        made = exchange(desk, server, dialplan="vigie")
        call = Call.objects.create(
            number="CAL0000900", organisation=desk.lumen, direction="out", source=desk.source, call_id="campaign-1-2-call-1",
            to_number="+33155000010", started_at=now(),
        )  # fmt: skip
        facts = {"number": call.to_number, "text": "x" * 5000, "language": "en", "key": "k"}
        assert AmiAdapter(made).order(call, "announce", facts) == "campaign-1-2-call-1"
        [order] = given(server, "Originate")
    assert order["Channel"] == "Local/+33155000010@from-internal/n"
    assert (order["Context"], order["Exten"], order["ChannelId"]) == ("vigie", "announce", "campaign-1-2-call-1")
    told = dict(line.split("=", 1) for line in order["Variable"].split("\n"))
    assert told["VIGIE_LANGUAGE"] == "en"
    text = base64.b64decode("".join(told[f"VIGIE_TEXT_{n}"] for n in (1, 2, 3)))
    assert text == b"x" * 2025, "no line of the interface holds more than it may"
    assert max(len(line) for line in order["Variable"].split("\n")) < 1000


def test_the_switchboard_sorts_the_calls_of_an_asterisk_whose_dialplan_takes_orders(desk, monkeypatch):
    board = make_board(desk)
    told = []
    monkeypatch.setattr(orders, "_ask", lambda call, action, **facts: told.append((call.call_id, action, facts)))
    trunk = "PJSIP/trunk-0000000a"
    came = event("Newchannel", "1.1", trunk, CallerIDNum="0612008803", Exten="33155000000", Context="from-pstn")
    pressed = event("UserEvent", "1.1", trunk, UserEvent="VigieKeys", Keys="2")
    nothing = event("UserEvent", "1.1", trunk, UserEvent="VigieKeys", Keys="")
    other = event("UserEvent", "1.1", trunk, UserEvent="Anything", Keys="1")
    board.number.calendar = Calendar.objects.get(code="ONCALL24")
    board.number.save()
    fresh()
    with closing(Asterisk([came, other, nothing, pressed])) as server:
        listen(exchange(desk, server, dialplan="vigie"), server)
    assert [(call_id, action) for call_id, action, _facts in told] == [
        ("1.1", "menu"),
        ("1.1", "menu"),
        ("1.1", "queue"),
    ]
    assert (told[0][2]["say"], list(told[0][2]["keys"])) == ("Français 1, anglais 2.", ["1", "2"])
    assert told[2][2]["queue"] == "EN"


def test_without_such_a_context_an_asterisk_is_only_heard(desk, monkeypatch):
    make_board(desk)
    told = []
    monkeypatch.setattr(orders, "_ask", lambda call, action, **facts: told.append(action))
    came = event(
        "Newchannel", "1.1", "PJSIP/trunk-1", CallerIDNum="0612008803", Exten="33155000000", Context="from-pstn"
    )
    with closing(Asterisk([came])) as server:
        listen(exchange(desk, server), server)
    assert Call.objects.get().to_number == "+33155000000"
    assert told == []
