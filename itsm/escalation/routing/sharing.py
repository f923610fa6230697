"""A record that reaches a team gets a person, where the team shares out by rule."""

from itsm.notify import outbox

from .people import Choice, choose
from .rules import Case, rule_for

TOPIC = "record.nobody_left"


def team_for(record, *, items: tuple[int, ...] = ()) -> int | None:
    """The team that a rule names for a record that comes in; None without a rule."""
    rule = rule_for(
        Case(
            record.kind, record.organisation_id, record.title, record.description, record.category_id, record.service_id, items,
            lambda: bool(record.requester and record.requester.vip),
        )
    )  # fmt: skip
    return rule.team_id if rule else None


def share_out(change) -> None:
    """After a hand-over, inside the move: the person of the new team, or word to its leader that nobody is left."""
    choice = choose(change.record, change.at)
    if choice.person:
        change.set(assignee_id=choice.person.pk)
        change.note(shared_out=True)
    elif choice.why:
        change.note(nobody_left=choice.why)
        tell_leader(change.record, choice)


def tell_leader(record, choice: Choice) -> None:
    """The record stays in the team: its leader is told, in the same transaction."""
    payload = {
        "record": record.pk,
        "kind": record.kind,
        "number": record.number,
        "team": record.team_id,
        "why": choice.why,
    }
    outbox.put(TOPIC, record=record.pk, payload=payload)
