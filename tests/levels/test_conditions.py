"""Clocks that start, pause, run again, stop, are cancelled or start anew by the conditions of their agreement."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from itsm.calendars.models import Calendar
from itsm.core import reference, versions
from itsm.core.errors import DomainError
from itsm.levels import services as levels
from itsm.levels.models import Clock, Terms
from itsm.records import rebuilding, repairing
from itsm.records.models import Category, Record
from itsm.records.timeline import timeline
from servicedesk.incidents import services

from .agreed import HOUR, agree
from .test_engine import MONDAY, clocks, cycles, opened, resolved
from .test_explanation_page import rows_of

P3 = [{"field": "priority", "equals": 3}]
N2 = [{"field": "team", "equals": "N2-RES"}]


def after(hours: float):
    return MONDAY + timedelta(hours=hours)


def day_and_night() -> Calendar:
    return Calendar.objects.get(always_open=True)


def promised(world, **said):
    """Sixteen hours whatever the priority, with conditions for the resolution."""
    return agree(
        "C", {(None, "resolve"): 16 * HOUR}, terms={"resolve": said}, organisation=world.lumen, calendar=day_and_night()
    )


def state(incident, metric="resolve", kind="sla") -> tuple:
    clock = clocks(incident, kind)[metric]
    return clock.state, clock.elapsed_seconds


def raised(world, incident, hours: float, urgency: int = 2):
    """Urgency 2 makes it P3, 3 makes it P4 again."""
    services.edit(incident.pk, actor=world.agent, urgency=urgency, at=after(hours))


def to_n2(world, incident, hours: float):
    services.escalate(incident.pk, actor=world.agent, to_team=world.n2, reason="Réseau", at=after(hours))


def why(incident, language="fr", hours: float = 8) -> str:
    return " / ".join(row[-1] for row in rows_of(incident, language, when=after(hours)))


def test_without_conditions_a_clock_keeps_none(world):
    agree("PLAIN", {(None, "resolve"): HOUR})
    assert all(clock.conditions == {} for clock in clocks(opened(world)).values())


def test_a_clock_starts_when_its_condition_comes_true_and_never_stops_for_it(world):
    promised(world, start=P3)
    incident = opened(world)
    assert (state(incident), Record.objects.get(pk=incident.pk).due_at) == (("waiting", 0), None)
    raised(world, incident, 2)
    clock = clocks(incident)["resolve"]
    assert (clock.state, clock.counted_from, clock.started_at) == ("running", after(2), MONDAY)
    raised(world, incident, 3, urgency=3)
    assert state(incident)[0] == "running"
    resolved(world, incident, after(4))
    assert cycles(incident) == [(1, "stopped", True, 2 * HOUR)]
    assert "Commence quand « priorité » est P3" in why(incident)
    assert "The clock starts, priority is P3, target 16h" in why(incident, "en")


def test_a_condition_that_holds_from_the_opening_starts_the_clock_there_and_is_named(world):
    promised(world, start=[{"field": "channel", "equals": "phone"}])
    incident = opened(world)
    assert state(incident)[0] == "running"
    assert why(incident, "en").startswith("Opening, channel is “Phone”, P4")


def test_what_never_began_is_neither_kept_nor_missed(world):
    promised(world, start=P3)
    incident = opened(world)
    resolved(world, incident, after(1))
    assert cycles(incident) == [(1, "cancelled", None, 0)]
    clock = clocks(incident)["resolve"]
    assert clock.events[-1]["reason"] == "never_true"


def test_a_clock_pauses_exactly_while_its_condition_holds_whatever_the_holds(world):
    promised(world, pause=N2)
    incident = opened(world)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=after(1))
    assert state(incident)[0] == "running"
    services.resume(incident.pk, actor=world.agent, at=after(2))
    to_n2(world, incident, 3)
    assert state(incident) == ("paused", 3 * HOUR)
    services.assign(incident.pk, actor=world.network, team=world.n1, at=after(5))
    assert state(incident) == ("running", 3 * HOUR)
    resolved(world, incident, after(6))
    assert cycles(incident) == [(1, "stopped", True, 4 * HOUR)]
    assert "En pause tant que « équipe » est « Réseaux »" in why(incident)
    assert "Paused while team is “Network”: 2h of business time given back" in why(incident, "en")


def test_a_clock_that_rests_runs_again_only_when_its_condition_holds(world):
    promised(world, resume=[{"field": "assigned", "equals": True}])
    incident = opened(world)
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=after(1))
    services.resume(incident.pk, actor=world.agent, at=after(2))
    assert state(incident) == ("paused", HOUR)
    services.assign(incident.pk, actor=world.agent, assignee=world.agent, at=after(4))
    assert state(incident) == ("running", HOUR)
    assert "Repart : « affecté à une personne » : oui" in why(incident)


def test_a_clock_stops_as_soon_as_its_condition_holds(world):
    promised(world, stop=N2)
    incident = opened(world)
    to_n2(world, incident, 3)
    assert cycles(incident) == [(1, "stopped", True, 3 * HOUR)]
    resolved(world, incident, after(5))
    assert cycles(incident) == [(1, "stopped", True, 3 * HOUR)]
    assert "Terminée : « équipe » est « Réseaux »" in why(incident)


def test_an_answer_may_be_owed_until_a_condition_and_still_never_pauses(world):
    agree("R", {(None, "response"): 2 * HOUR}, terms={"response": {"stop": P3}}, calendar=day_and_night())
    incident = opened(world)
    services.comment(incident.pk, actor=world.agent, body="On regarde.", public=True, at=after(1))
    services.hold(incident.pk, actor=world.agent, reason=world.wait_supplier, at=after(1))
    assert state(incident, "response")[0] == "running"
    services.resume(incident.pk, actor=world.agent, at=after(2))
    raised(world, incident, 3)
    assert state(incident, "response") == ("stopped", 3 * HOUR)
    assert clocks(incident)["response"].met is False


def test_while_it_is_cancelled_nothing_is_promised_and_then_it_goes_on(world):
    printers = Category.objects.create(code="imp", name_fr="Imprimantes", name_en="Printers")
    below = Category.objects.create(code="imp-a3", name_fr="A3", name_en="A3", parent=printers)
    for row, path in ((printers, f"/{printers.pk}/"), (below, f"/{printers.pk}/{below.pk}/")):
        Category.objects.filter(pk=row.pk).update(path=path)
    versions.bump("codes")
    reference.forget_everything()
    agree(
        "C", {(None, "resolve"): 16 * HOUR}, organisation=world.lumen, calendar=day_and_night(),
        terms={"resolve": {"cancel": [{"field": "category", "equals": "imp"}]}},
    )  # fmt: skip
    incident = opened(world)
    services.edit(incident.pk, actor=world.agent, category=below, at=after(2))
    assert cycles(incident) == [(1, "cancelled", None, 2 * HOUR)]
    assert Record.objects.get(pk=incident.pk).due_at == clocks(incident)["resolve"].due_at
    services.comment(incident.pk, actor=world.agent, body="Vu.", public=True, at=after(3))
    services.edit(incident.pk, actor=world.agent, category=None, at=after(4))
    assert cycles(incident) == [(1, "running", None, 2 * HOUR)]
    resolved(world, incident, after(5))
    assert cycles(incident) == [(1, "stopped", True, 3 * HOUR)]
    assert "Rien n’est promis tant que « catégorie » est « Imprimantes »" in why(incident)
    assert any("A3" in str(line) for line in timeline(Record.objects.get(pk=incident.pk), agent=True))


def test_the_moment_in_which_it_comes_true_puts_the_clock_away_for_a_new_one(world):
    promised(world, reset=P3)
    incident = opened(world)
    raised(world, incident, 2)
    assert cycles(incident) == [(1, "cancelled", None, 2 * HOUR), (2, "running", None, 0)]
    services.edit(incident.pk, actor=world.agent, title="Toujours lent", at=after(3))
    services.assign(incident.pk, actor=world.agent, assignee=world.agent, at=after(3))
    assert len(cycles(incident)) == 2
    resolved(world, incident, after(4))
    assert cycles(incident)[1] == (2, "stopped", True, 2 * HOUR)
    assert "Une nouvelle horloge" in why(incident)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"field": "state", "equals": "new"}, True),
        ({"field": "phase", "in": ["open", "waiting"]}, True),
        ({"field": "hold_reason", "filled": False}, True),
        ({"field": "hold_reason", "equals": "supplier"}, False),
        ({"field": "priority", "below": 4}, False),
        ({"field": "priority", "above": 3}, True),
        ({"field": "impact", "equals": 4}, True),
        ({"field": "urgency", "not_equals": 3}, False),
        ({"field": "category", "filled": True}, False),
        ({"field": "team", "in": ["N1-CDS", "N2-RES"]}, True),
        ({"field": "level", "equals": 1}, True),
        ({"field": "organisation", "equals": "LUMEN"}, True),
        ({"field": "organisation", "not_equals": "LUMEN-FIN"}, False),
        ({"field": "channel", "equals": "portal"}, False),
        ({"field": "vip", "equals": False}, True),
        ({"field": "major", "equals": True}, False),
        ({"field": "assigned", "equals": False}, True),
        ({"field": "reopenings", "equals": 0}, True),
        ({"field": "handovers", "above": 0}, False),
    ],
)
def test_every_field_may_be_asked(world, condition, holds):
    promised(world, start=[condition])
    levels.check(levels.terms_of(levels.Agreement.objects.get(code="C")))
    assert (state(opened(world))[0] == "running") is holds


@pytest.mark.parametrize("metric", ["own", "response"])
@pytest.mark.parametrize("occasion", ["pause", "resume"])
def test_the_database_refuses_a_pause_of_a_response(world, metric, occasion):
    agreement = agree("R", {(None, metric): HOUR})
    with pytest.raises(IntegrityError, match="terms_response_never_pauses"), transaction.atomic():
        Terms.objects.create(agreement=agreement, metric=metric, **{occasion: P3})
    clock = clocks(opened(world))[metric]
    with pytest.raises(IntegrityError, match="clock_response_never_pauses"), transaction.atomic():
        Clock.objects.filter(pk=clock.pk).update(conditions={occasion: P3})
    terms = levels.terms_of(agreement)
    with pytest.raises(DomainError):
        levels.check(levels.Terms(terms.values, terms.targets, {metric: {occasion: P3}}))


@pytest.mark.parametrize(
    "said",
    [
        {"begin": P3},
        {"pause": [{"field": "colour", "equals": "red"}]},
        {"pause": [{"field": "priority", "equals": "3"}]},
        {"pause": [{"field": "vip", "above": 1}]},
        {"pause": [{"field": "team", "above": 1}]},
        {"pause": [{"field": "priority", "equals": 3, "in": [3]}]},
        {"pause": "priority"},
        {"pause": P3 * 11},
        [],
    ],
)
def test_conditions_that_cannot_be_are_refused(world, said):
    terms = levels.terms_of(promised(world))
    with pytest.raises(DomainError):
        levels.check(levels.Terms(terms.values, terms.targets, {"resolve": said}))
    with pytest.raises(DomainError):
        levels.check(levels.Terms(terms.values, terms.targets, {"update": {"pause": P3}}))


def edited(agreement, world, **said):
    terms = levels.terms_of(agreement)
    levels.save_agreement(
        agreement, levels.Terms(terms.values, terms.targets, {"resolve": said} if said else {}), actor=world.admin
    )
    reference.forget_everything()


def test_what_runs_and_what_is_closed_keep_the_conditions_that_they_began_with(world):
    agreement = promised(world, pause=N2)
    closed, runs = opened(world), opened(world)
    to_n2(world, closed, 1)
    resolved(world, closed, after(2))
    before = cycles(closed)
    edited(agreement, world, stop=N2)
    assert cycles(closed) == before
    services.edit(runs.pk, actor=world.agent, title="Encore", at=after(1))
    assert clocks(runs)["resolve"].conditions == {"pause": N2}
    edited(agreement, world)
    assert clocks(opened(world))["resolve"].conditions == {}
    for how in (repairing.COUNT, repairing.CHOOSE):
        assert list(repairing.dry_run([Record.objects.get(pk=closed.pk)], how))[0][1] == []


def test_a_repair_says_first_and_then_gives_what_runs_the_conditions_of_today(world):
    agreement = promised(world)
    incident = opened(world)
    to_n2(world, incident, 1)
    edited(agreement, world, pause=N2)
    record = Record.objects.get(pk=incident.pk)
    assert len(list(repairing.dry_run([record], repairing.CHOOSE))[0][1]) == 1
    assert state(incident)[0] == "running"
    assert repairing.repair(incident.pk, repairing.CHOOSE, actor=world.admin, reason="Nouvel accord") == 1
    assert state(incident)[0] == "paused"
    assert repairing.repair(incident.pk, repairing.CHOOSE, actor=world.admin, reason="Nouvel accord") == 0


@pytest.mark.parametrize("said", [{"start": P3}, {"pause": N2}, {"stop": N2}, {"cancel": P3}, {"reset": P3}])
def test_clocks_rebuilt_from_the_history_are_those_that_were_kept(world, said):
    promised(world, **said)
    incident = opened(world)
    raised(world, incident, 1)
    to_n2(world, incident, 2)
    raised(world, incident, 3, urgency=3)
    services.assign(incident.pk, actor=world.network, team=world.n1, at=after(4))
    resolved(world, incident, after(6))
    record = Record.objects.get(pk=incident.pk)
    entries = list(rebuilding.Entry.objects.filter(subject_kind="record", subject_id=record.pk).order_by("pk"))
    found = [
        (c.cycle, c.state, c.met, c.elapsed_seconds)
        for c in rebuilding.rebuilt(record, entries)
        if c.metric == "resolve" and c.kind == "sla"
    ]
    assert found == cycles(incident)
