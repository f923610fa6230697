"""A major incident is proposed by rule, accepted by a manager of the desk, told, and ended by the all-clear."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.notify import outbox
from itsm.records.timeline import timeline
from servicedesk.calls import services as calls
from servicedesk.calls.models import Call, CallLink
from servicedesk.incidents import services as incidents
from servicedesk.majors import opened, rules, services, wording
from servicedesk.majors.models import MajorCaller, MajorIncident, MajorRule
from tests.servicedesk.calls.switchboard import incident


def child(desk, parent, person):
    made = incidents.open_incident(actor=desk.agent, requester=person, title="Mail?", channel="phone")
    return incidents.link(made.pk, actor=desk.agent, to=parent, type="child_of")


def attached(desk, record, n, *, minutes=1):
    for number in range(n):
        call = calls.ring(organisation=desk.lumen, from_number=f"+3361200{number:04}", to_number="+33155000000")
        calls.attach(call, record=record, how="attached", actor=desk.agent)
    CallLink.objects.filter(record=record).update(at=now() - timedelta(minutes=minutes))


def test_a_p1_is_proposed_once_and_a_decline_holds_until_it_is_worse(desk):
    made = incident(desk, impact=1, urgency=1)
    assert made.priority == 1
    outbox.drain()
    major = MajorIncident.objects.get(record=made)
    assert (major.state, major.why[0]["rule"]) == ("proposed", "p1")
    assert rules.sweep() == 0
    with pytest.raises(NotAllowed):
        services.decline(made.pk, actor=desk.agent)
    services.decline(made.pk, actor=desk.lead, reason="Un seul poste.", weight=rules.weight(made))
    assert rules.sweep() == 0
    attached(desk, made, 4)
    assert rules.sweep() == 0
    attached(desk, made, 5)
    assert rules.sweep() + rules.sweep() == 1
    assert {each["rule"] for each in MajorIncident.objects.get(record=made).why} == {"p1", "calls"}
    assert Entry.objects.filter(verb="incident.major_proposed").count() == 2


def test_the_flag_is_told_once_whoever_turns_it(desk):
    def lines(record):
        record.refresh_from_db()
        told = timeline(record, agent=True, show="history")
        return [line.sentence for line in told if "majeur" in line.sentence.lower()]

    by_manager, by_hand = incident(desk), incident(desk)
    outbox.drain()
    with override("fr"):
        services.accept(by_manager.pk, actor=desk.lead)
        outbox.drain()
        assert lines(by_manager) == ["C’est un incident majeur."]
        services.withdraw(by_manager.pk, actor=desk.lead, reason="Un seul poste.")
        outbox.drain()
        assert len(lines(by_manager)) == 2
        incidents.edit(by_hand.pk, actor=desk.lead, major=True)
        outbox.drain()
        assert MajorIncident.objects.get(record=by_hand).state == "open"
        assert len(lines(by_hand)) == 1


def test_children_and_calls_within_the_minutes_count_but_never_for_a_child_or_a_solved_one(desk):
    made = incident(desk)
    attached(desk, made, 5, minutes=40)
    assert rules.sweep() == 0
    CallLink.objects.all().delete()
    for person in (desk.customer, desk.colleague, desk.agent, desk.teammate, desk.network):
        last = child(desk, made, person)
    made.refresh_from_db()
    assert rules.sweep() == 1
    assert MajorIncident.objects.get().record_id == made.pk
    attached(desk, last, 6)
    assert rules.sweep() == 0, "a child is never proposed"
    solved = incident(desk, impact=1, urgency=1)
    incidents.resolve(solved.pk, actor=desk.agent, resolution_code=desk.solved, resolution="Fait.")
    assert rules.sweep() == 0


def test_a_rule_of_a_site_of_ones_own_counts_only_there(desk):
    MajorRule.objects.update(is_active=False)
    MajorRule.objects.create(code="x", name="X", organisation=desk.other, priority=2)
    incident(desk, impact=1, urgency=1)
    assert rules.sweep() == 0


def test_accepting_tells_everybody_and_the_texts_fill_their_variables(desk):
    made = incident(desk, impact=2, urgency=1)
    with pytest.raises(NotAllowed):
        services.accept(made.pk, actor=desk.agent)
    with pytest.raises(DomainError) as refused:
        services.accept(made.pk, actor=desk.lead, script_fr="Bonjour {prenon}")
    assert refused.value.field == "script_fr"
    services.accept(made.pk, actor=desk.lead)
    made.refresh_from_db()
    assert made.major
    told = opened.open_for(desk.agent)[0]
    assert "un incident est en cours depuis" in told["script"]["fr"]
    assert ": Mail is down. Nos" in told["script"]["fr"]
    assert "estimé" not in told["script"]["fr"]
    services.update(made.pk, actor=desk.lead, expected_at=now() + timedelta(hours=1), public_en="Back at {expected}.")
    cache.clear()
    told = opened.open_for(desk.lumen)[0]
    assert "estimé à" in told["script"]["fr"]
    assert told["public"]["en"].startswith("Back at ")
    assert opened.open_for(desk.other) == []
    assert opened.open_for(desk.foreign_agent) == []


def test_the_flag_set_by_hand_makes_the_row_and_taken_back_ends_it(desk):
    made = incident(desk)
    incidents.edit(made.pk, actor=desk.agent, major=True)
    major = MajorIncident.objects.get(record=made)
    assert (major.state, major.accepted_by) == ("open", desk.agent)
    incidents.edit(made.pk, actor=desk.agent, major=False)
    major.refresh_from_db()
    assert major.state == "declined"
    incidents.edit(made.pk, actor=desk.agent, major=True)
    incidents.resolve(made.pk, actor=desk.agent, resolution_code=desk.solved, resolution="Fait.")
    outbox.drain()
    major.refresh_from_db()
    assert major.state == "over"
    incidents.reopen(made.pk, actor=desk.agent, reason="Encore.")
    outbox.drain()
    major.refresh_from_db()
    assert major.state == "open"


def test_callers_are_counted_once_and_a_number_becomes_a_person(desk):
    made = incident(desk)
    services.accept(made.pk, actor=desk.lead)
    assert [row.how for row in MajorCaller.objects.all()] == [], "its own reporter is told anyway"
    call = calls.ring(organisation=desk.lumen, from_number="+33612345678", to_number="+33155000000")
    for _twice in range(2):
        calls.attach_major(call, major=made, actor=desk.nadia)
    row = MajorCaller.objects.get()
    assert (row.person, row.number, row.how) == (None, "+33612345678", "call")
    calls.say_who(call, caller=desk.colleague, actor=desk.nadia)
    call.refresh_from_db()
    calls.attach_major(call, major=made, actor=desk.nadia)
    row.refresh_from_db()
    assert row.person == desk.colleague
    hidden = calls.ring(organisation=desk.lumen, from_number="anonymous", to_number="+33155000000")
    calls.attach_major(hidden, major=made)
    child(desk, made, desk.customer)
    outbox.drain()
    assert MajorCaller.objects.filter(person=desk.customer, how="child").exists()
    cache.clear()
    told = opened.open_for(desk.agent)[0]
    assert (told["calls"], told["callers"], told["child_count"]) == (2, 2, 1)
    assert Call.objects.filter(major=made).count() == 2


def test_what_is_open_costs_no_query_when_nothing_changed(desk):
    made = incident(desk)
    services.accept(made.pk, actor=desk.lead)
    opened.open_for(desk.agent)
    with CaptureQueriesContext(connection) as found:
        assert opened.open_for(desk.agent)[0]["number"] == made.number
        assert opened.open_for(desk.lumen)[0]["number"] == made.number
    assert len(found) == 0


def test_a_withdrawn_one_is_an_incident_as_the_others(desk):
    made = incident(desk)
    services.accept(made.pk, actor=desk.lead)
    with pytest.raises(IllegalMove):
        services.accept(made.pk, actor=desk.lead)
    with pytest.raises(DomainError):
        services.withdraw(made.pk, actor=desk.lead, reason=" ")
    services.withdraw(made.pk, actor=desk.lead, reason="Un seul site.")
    made.refresh_from_db()
    assert not made.major


@pytest.mark.parametrize(
    ("text", "values", "said"),
    [
        ("{service} depuis {depuis}[, retour à {retour}].", {"service": "Mail", "since": "9:30"}, "Mail depuis 9:30."),
        ("A[ {prenom}]!", {"first_name": "Léa"}, "A Léa!"),
        ("A[ {first_name}]!", {}, "A!"),
    ],
)
def test_options_are_left_out_where_a_variable_is_empty(text, values, said):
    assert wording.filled(text, values) == said
