"""The two doors: what comes in is read by a mapping and becomes events. Senders repeat, so a body may come any number of times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core import now
from itsm.events.heard import Heard
from itsm.events.intake import taken_in
from itsm.events.models import Alert
from itsm.gateway import doors
from itsm.gateway.doors import Call, Door, Made, Outcome, Rejected

from . import reading
from .mapping import Unread

A_MINUTE = 20_000
MOST_ANSWERED = 100


def _handler(only: str):
    def handle(source, call: Call) -> Outcome:
        return _handle(source, call, only)

    return handle


def _handle(source, call: Call, only: str) -> Outcome:
    try:
        chosen, found = reading.read(call.body, call.content_type, source=source.name, only=only)
    except Unread as error:
        raise Rejected(error.message, status=422) from None
    if not found.heard:
        return Outcome(doors.IGNORED, _("Nothing in it is about trouble."), answer={"outcome": "ignored", "alerts": []})
    received = call.received_at or now()
    alerts = taken_in(source.organisation_id, _dated(found.heard, received), received_at=received)
    return _taken(chosen.code, alerts, found.skipped)


def _many(only: str):
    def handle_many(source, calls: Sequence[Call]) -> list[Outcome | None]:
        """All their messages at once. A body that nobody can read, or that says nothing, is left to `handle`."""
        found, heard, latest = [], [], now()
        for call in calls:
            try:
                chosen, one = reading.read(call.body, call.content_type, source=source.name, only=only)
            except Unread:
                found.append(None)
                continue
            found.append((chosen.code, one) if one.heard else None)
            heard += _dated(one.heard, call.received_at or latest)
        alerts = taken_in(source.organisation_id, heard, received_at=latest)
        calls[0].check_time()
        outcomes, at = [], 0
        for each in found:
            if each is None:
                outcomes.append(None)
                continue
            code, one = each
            outcomes.append(_taken(code, alerts[at : at + len(one.heard)], one.skipped))
            at += len(one.heard)
        return outcomes

    return handle_many


def _waiter(only: str):
    def can_wait(source, call: Call) -> bool:
        """Somebody can read it, and it says something."""
        try:
            return bool(reading.read(call.body, call.content_type, source=source.name, only=only)[1].heard)
        except Unread:
            return False

    return can_wait


def _dated(heard: Sequence[Heard], received: datetime) -> list[Heard]:
    """What does not say when it was sent is as old as its arrival: a replay of an old body wakes nothing."""
    return [replace(each, at=each.at or received, sent_at=each.sent_at or received) for each in heard]


def _taken(mapping: str, alerts: Sequence[Alert | None], skipped: int) -> Outcome:
    known = list({alert.pk: alert for alert in alerts if alert is not None}.values())
    made = tuple(Made("alert", alert.pk, alert.number, alert.get_absolute_url()) for alert in known)
    return Outcome(made=made, answer=_answer(mapping, alerts, known, skipped))


def _answer(mapping: str, alerts: Sequence, known: list, skipped: int) -> dict:
    answer = {
        "outcome": "accepted", "mapping": mapping, "events": len(alerts), "skipped": skipped,
        "alerts": [{"number": a.number, "key": a.key, "state": a.state, "count": a.count} for a in known[:MOST_ANSWERED]],
    }  # fmt: skip
    if len(known) == 1:
        # What Zabbix takes over as tags of its event.
        answer["tags"] = {"__itsm_id": known[0].number, "__itsm_url": known[0].get_absolute_url()}
    return answer


ALERTMANAGER = Door(
    "alertmanager", gettext_lazy("Prometheus Alertmanager"), _handler("alertmanager"), rate_per_minute=A_MINUTE, busy=503, takes_up=True,
    handle_many=_many("alertmanager"), can_wait=_waiter("alertmanager"),
)  # fmt: skip
EVENTS = Door(
    "events", gettext_lazy("Events (Icinga, Nagios, Zabbix, Grafana, JSON)"), _handler(""), rate_per_minute=A_MINUTE, busy=503, takes_up=True,
    handle_many=_many(""), can_wait=_waiter(""),
)  # fmt: skip


def register() -> None:
    """Open both."""
    doors.register(ALERTMANAGER)
    doors.register(EVENTS)
