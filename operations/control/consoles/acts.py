"""What operators do to one or many alerts: each alert is a transaction of its own, and says what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core.errors import DomainError
from itsm.events import services
from itsm.events.models import Alert
from itsm.records.models import Record

MOST = 200


@dataclass
class Outcome:
    """How many it was done to, why not to the others, and the records that stand for them now."""

    done: int = 0
    refused: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    attached: bool = False


def chosen(user, numbers: Sequence[str]) -> list[Alert]:
    """The alerts of these numbers that the person may work, worst first."""
    wanted = [number[:20].upper() for number in numbers[:MOST]]
    return list(
        Alert.objects.workable_by(user)
        .filter(number__in=wanted)
        .select_related("item")
        .order_by("rank", "-score", "-id")
    )


def acknowledge(alerts: Sequence[Alert], *, actor) -> Outcome:
    """Somebody takes them."""
    return _each(alerts, lambda alert: services.acknowledge(alert, actor))


def unacknowledge(alerts: Sequence[Alert], *, actor) -> Outcome:
    """They ask for an eye again."""
    return _each(alerts, lambda alert: services.unacknowledge(alert, actor))


def silence(alerts: Sequence[Alert], *, actor, until, reason: str) -> Outcome:
    """Each alone, until an end."""
    return _each(alerts, lambda alert: services.silence(alert, until, reason, actor))


def close(alerts: Sequence[Alert], *, actor, reason: str) -> Outcome:
    """A person says that they are over."""
    return _each(alerts, lambda alert: services.close(alert, actor, reason))


def incident(alerts: Sequence[Alert], *, actor, record: Record | None = None) -> Outcome:
    """One record for all of them, of an organisation: the worst one opens it, the others are attached to it. Or all to `record`."""
    outcome = Outcome(attached=record is not None)
    records: dict[int, Record] = {}
    if record is not None:
        records[record.organisation_id] = record
        outcome.records.append(record.number)
    for alert in alerts:
        try:
            stands = records.get(alert.organisation_id)
            if stands is None:
                found = services.open_incident(alert, actor)
                stands = records[alert.organisation_id] = Record.objects.get(pk=found.record_id)
                outcome.records.append(stands.number)
            else:
                services.attach(alert, actor, stands)
        except DomainError as error:
            outcome.refused.append(str(error.message))
        else:
            outcome.done += 1
    return outcome


ACTS: dict[str, Callable[..., Outcome]] = {
    "acknowledge": acknowledge, "unacknowledge": unacknowledge, "incident": incident, "silence": silence, "close": close,
}  # fmt: skip


def said(act: str, outcome: Outcome) -> str:
    """What was done, in a sentence; empty when nothing was."""
    n = outcome.done
    if not n:
        return ""
    words = {"n": n, "record": ", ".join(outcome.records)}
    match act:
        case "acknowledge":
            return ngettext("%(n)s alert taken.", "%(n)s alerts taken.", n) % words
        case "unacknowledge":
            return ngettext("%(n)s alert given back.", "%(n)s alerts given back.", n) % words
        case "silence":
            return ngettext("%(n)s alert silenced.", "%(n)s alerts silenced.", n) % words
        case "close":
            return ngettext("%(n)s alert closed.", "%(n)s alerts closed.", n) % words
    if outcome.attached:
        return ngettext("%(n)s alert attached to %(record)s.", "%(n)s alerts attached to %(record)s.", n) % words
    return ngettext("%(record)s opened for %(n)s alert.", "%(record)s opened for %(n)s alerts.", n) % words


def question(act: str, n: int) -> tuple[str, str]:
    """The title and the button of a form that asks before."""
    words = {"n": n}
    if act == "incident":
        return (
            ngettext("An incident for %(n)s alert", "An incident for %(n)s alerts", n) % words,
            _("Continue"),
        )
    if act == "silence":
        return (
            ngettext("Silence %(n)s alert?", "Silence %(n)s alerts?", n) % words,
            ngettext("Silence %(n)s alert", "Silence %(n)s alerts", n) % words,
        )
    return (
        ngettext("Close %(n)s alert?", "Close %(n)s alerts?", n) % words,
        ngettext("Close %(n)s alert", "Close %(n)s alerts", n) % words,
    )


def refused(outcome: Outcome) -> str:
    """Why some were left as they are: the first reasons."""
    shown = list(dict.fromkeys(outcome.refused))[:3]
    more = len(set(outcome.refused)) - len(shown)
    return " ".join([*shown, _("And %(n)s more.") % {"n": more}] if more > 0 else shown)


def _each(alerts: Sequence[Alert], act: Callable[[Alert], object]) -> Outcome:
    outcome = Outcome()
    for alert in alerts:
        try:
            act(alert)
        except DomainError as error:
            outcome.refused.append(str(error.message))
        else:
            outcome.done += 1
    return outcome
