"""What other programs are told of calls and of major incidents, each once, with numbers that cannot be called."""

import json

from itsm.core import reference
from itsm.gateway.webhooks import services as webhooks
from itsm.gateway.webhooks.models import Delivery
from itsm.notify import outbox
from itsm.notify.models import Outbox
from servicedesk.calls import services
from servicedesk.majors import services as majors
from tests.servicedesk.calls.switchboard import incident

JANE = "+33155000010"


def webhook(desk, *events, organisation=None, **more):
    made, _secret = webhooks.create_webhook(
        actor=desk.admin, name="Out", organisation_id=(organisation or desk.lumen).pk, url="https://hooks.example/", events=list(events), **more
    )  # fmt: skip
    reference.forget_everything()
    return made


def told(made) -> list[tuple[str, dict]]:
    outbox.drain()
    rows = Delivery.objects.filter(webhook=made).order_by("fact").values_list("event", "body")
    return [(event, json.loads(body)["data"]) for event, body in rows]


def ring(desk, call_id, **more):
    return services.ring(
        organisation=desk.lumen, source=desk.source, call_id=call_id, from_number=JANE, to_number="4000", queue=desk.queue, **more
    )  # fmt: skip


def test_a_call_is_told_from_its_beginning_to_its_one_end(desk):
    every, some = webhook(desk, "call.*"), webhook(desk, "call.abandoned")
    other = webhook(desk, "call.*", organisation=desk.other)
    call = services.answer(ring(desk, "one"), operator=desk.nadia_operator)
    services.hang_up(call, cause="normalClearing")
    services.hang_up(call, cause="normalClearing")
    services.wrap_up(call, actor=desk.nadia, code=desk.solved_by_phone)
    services.hang_up(ring(desk, "two"), cause="cancel")
    missed = services.hang_up(services.ring(organisation=desk.lumen, source=desk.source, call_id="three", from_number=JANE, to_number="1"), cause="busy")  # fmt: skip
    found = told(every)
    assert [event for event, _data in found] == [
        "call.started", "call.answered", "call.ended", "call.wrapped_up", "call.started", "call.abandoned", "call.started", "call.missed",
    ]  # fmt: skip
    answered = found[1][1]["call"]
    assert (answered["number"], answered["state"], answered["queue"], answered["caller"], answered["operator"]) == (
        call.number, "in_progress", "n1", "jane", "nadia",
    )  # fmt: skip
    assert found[1][1]["links"]["api"].endswith(f"/api/v1/calls/{call.number}/")
    assert (found[-1][1]["call"]["number"], found[-1][1]["call"]["from"]) == (missed.number, "••• 0010")
    assert all(JANE[3:] not in body for body in Delivery.objects.values_list("body", flat=True))
    assert [event for event, _data in told(some)] == ["call.abandoned"]
    assert told(other) == [], "calls of another house"


def test_what_no_webhook_wants_is_not_even_written(desk):
    webhook(desk, "record.*")
    services.hang_up(ring(desk, "one"))
    assert not Outbox.objects.filter(topic__startswith="call.").exists()


def test_everything_means_these_too_and_nothing_that_has_no_name(desk):
    made = webhook(desk, "*")
    call = ring(desk, "one")
    services.attach(call, record=incident(desk), how="attached", actor=desk.nadia)
    events = {event for event, _data in told(made)}
    assert "call.started" in events
    assert "call.attached" not in events


def test_a_major_incident_is_told_in_its_public_words(desk):
    made, narrow = webhook(desk, "major.*"), webhook(desk, "major.*", priorities=[5])
    record = incident(desk, impact=1, urgency=1)
    majors.accept(record.pk, actor=desk.lead)
    majors.update(record.pk, actor=desk.lead, public_fr="Le courrier est en panne.", public_en="Mail is down.")
    majors.all_clear(record.pk, actor=desk.lead)
    found = told(made)
    assert [event for event, _data in found if event != "major.proposed"] == [
        "major.accepted", "major.updated", "major.over", "major.all_clear",
    ]  # fmt: skip
    data = found[-1][1]
    assert (data["record"]["number"], data["major"]["public_en"], data["actor"]) == (
        record.number,
        "Mail is down.",
        "lead",
    )
    assert told(narrow) == [], "the filters on tickets hold"
