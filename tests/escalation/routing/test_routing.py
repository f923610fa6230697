"""Rules name the team, the team shares out: never to who is not there, and nobody left means that the leader is told."""

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, close_old_connections, transaction

from itsm.audit.models import Entry
from itsm.calendars.models import Calendar, Opening
from itsm.cmdb.models import ConfigurationItem
from itsm.core import reference
from itsm.core.errors import DomainError
from itsm.escalation.routing import services as routing
from itsm.escalation.routing.models import Distribution, RoutingRule
from itsm.escalation.routing.trial import attempt
from itsm.notify import outbox
from itsm.notify.models import Notice, Outbox
from itsm.notify.texts import notice_text
from itsm.people import services as people
from itsm.people.models import Absence, User
from itsm.records.models import Category, Record
from operations.control.shifts.models import Shift, ShiftPattern, ShiftPerson, ShiftTurn
from servicedesk.incidents import services
from tests.cmdb.factories import make_ci

MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)


@pytest.fixture
def subjects(world):
    world.network_things = Category.objects.create(code="NET", name_fr="Réseau", name_en="Network", path="")
    return world


def rule(world, name="r", *, active=True, team=None, **conditions) -> RoutingRule:
    made = routing.save_rule(
        RoutingRule(name=name, active=active, team=team or world.n2, **conditions), actor=world.admin
    )
    reference.forget_everything()
    return made


def shares(team, way, **more) -> None:
    routing.share_out(team, actor=None, way=way, **more)
    reference.forget_everything()


def report(world, title="Ne marche pas", *, at=MONDAY, **more):
    return services.open_incident(
        actor=world.agent, requester=more.pop("requester", world.customer), title=title, channel="phone", at=at, **more
    )


def test_words_without_accents_and_their_beginnings(world):
    rule(world, words=["imprim", "étage 4"])
    assert report(world, "L’imprimante de l’ÉTAGE 4 clignote").team_id == world.n2.pk
    assert report(world, "Imprimante du hall").team_id == world.n1.pk


def test_each_condition_alone_and_the_first_rule_in_order(world):
    item = make_ci(actor=world.admin, name="SW-1", organisation=world.lumen)
    rule(world, "item", item=ConfigurationItem.objects.get(pk=item.pk), position=10)
    rule(world, "vip", vip=True, team=world.n3, position=5)
    rule(world, "place", organisation=world.finance, team=world.n1, position=50)
    assert report(world, items=[item]).team_id == world.n2.pk
    User.objects.filter(pk=world.customer.pk).update(vip=True)
    vip = User.objects.get(pk=world.customer.pk)
    assert report(world, requester=vip, items=[item]).team_id == world.n3.pk
    assert report(world, team=world.n2, requester=vip).team_id == world.n2.pk


def test_a_rule_that_is_off_and_a_team_of_others_are_passed_over(world):
    rule(world, "off", words=["marche"], active=False)
    rule(world, "ours", words=["marche"])
    foreign = services.open_incident(
        actor=world.foreign_agent, requester=world.stranger, title="Ne marche pas", channel="phone", at=MONDAY
    )
    assert foreign.team_id != world.n2.pk
    assert report(world).team_id == world.n2.pk


def test_a_rule_without_condition_is_refused_by_service_and_database(world):
    with pytest.raises(DomainError):
        rule(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        RoutingRule.objects.create(name="x", team=world.n2)
    rule(world, "twice", vip=True)
    with pytest.raises(DomainError, match="nom"):
        rule(world, "twice", vip=False)


def test_what_was_changed_is_written(world):
    made = rule(world, words=["vpn"])
    made.active = False
    routing.save_rule(made, actor=world.admin)
    routing.delete_rule(made.pk, actor=world.admin)
    rows = Entry.objects.filter(subject_kind="routing_rule").order_by("pk")
    assert [row.verb for row in rows] == ["routing_rule.created", "routing_rule.changed", "routing_rule.deleted"]
    assert rows[1].changes == {"active": [True, False]}


def test_in_turn(world):
    shares(world.n1, "round_robin")
    names = [report(world).assignee_id for _ in range(4)]
    assert len(set(names[:3])) == 3
    assert names[3] == names[0]


def test_to_whom_has_least_and_never_beyond_the_limit(world):
    shares(world.n1, "least_loaded", most_open=1)
    given = [report(world).assignee_id for _ in range(4)]
    assert len(set(given[:3])) == 3
    assert given[3] is None


def test_people_who_stand_in_for_each_other_are_both_passed_over(world):
    """Routing asks who is there, never who stands in for whom: a circle of substitutes cannot hold it up."""
    shares(world.n1, "round_robin")
    day = timedelta(days=1)
    for person, substitute in ((world.agent, world.teammate), (world.teammate, world.agent)):
        Absence.objects.create(user=person, substitute=substitute, starts_at=MONDAY - day, ends_at=MONDAY + day)
    assert {report(world).assignee_id for _ in range(3)} == {world.lead.pk}


def test_people_away_are_passed_over_and_nobody_left_tells_the_leader(world):
    shares(world.n1, "least_loaded")
    day = timedelta(days=1)
    for person in (world.agent, world.lead):
        Absence.objects.create(user=person, starts_at=MONDAY - day, ends_at=MONDAY + day)
    assert report(world).assignee_id == world.teammate.pk
    Absence.objects.create(user=world.teammate, starts_at=MONDAY - day, ends_at=MONDAY + day)
    left = report(world)
    assert (left.assignee_id, left.team_id) == (None, world.n1.pk)
    assert Outbox.objects.get(topic="record.nobody_left").payload["why"] == "away"
    outbox.drain()
    assert Notice.objects.filter(user=world.lead, template="nobody_left").count() == 1


def test_outside_the_hours_of_the_team_nobody_is_given_anything(world):
    world.n1.calendar = Calendar.objects.get(code="OFFICE")
    world.n1.save()
    shares(world.n1, "round_robin")
    assert report(world, at=MONDAY.replace(hour=23)).assignee_id is None
    assert report(world).assignee_id is not None


def test_by_skill(subjects, world):
    shares(world.n1, "skill")
    routing.set_skills(world.teammate, [world.network_things], actor=world.lead)
    assert report(world, category=world.network_things).assignee_id == world.teammate.pk
    assert report(world).assignee_id is None


def test_a_hand_over_shares_out_in_the_new_team(world):
    shares(world.n2, "round_robin")
    incident = report(world)
    services.escalate(incident.pk, actor=world.agent, to_team=world.n2, reason="Réseau", at=MONDAY)
    moved = Record.objects.get(pk=incident.pk)
    assert (moved.team_id, moved.assignee_id, moved.state) == (world.n2.pk, world.network.pk, "assigned")


def test_a_team_without_a_way_is_shared_out_by_hand(world, django_assert_max_num_queries):
    report(world)
    with django_assert_max_num_queries(6):
        assert report(world).assignee_id is None


def test_tried_on_past_records_before_it_is_switched_on(world):
    for n in range(3):
        report(world, f"VPN {n}", at=MONDAY)
    moved = report(world, "VPN lent", at=MONDAY)
    services.assign(moved.pk, actor=world.agent, team=world.n2, at=MONDAY + timedelta(hours=1))
    report(world, "Écran noir", at=MONDAY)
    draft = RoutingRule(name="vpn", words=["vpn"], team=world.n2, position=1)
    trial = attempt(draft, world.lead, days=3650)
    assert (trial.of, trial.fits, trial.changed, trial.wrong_first) == (5, 4, 4, 1)
    assert trial.examples[0]["from"] == "N1-CDS"
    assert RoutingRule.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_shared_out_evenly(world):
    shares(world.n1, "round_robin")
    failures: list[Exception] = []

    def work():
        try:
            for _ in range(5):
                report(world)
        except Exception as error:
            failures.append(error)
        finally:
            close_old_connections()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    given = list(Record.objects.values_list("assignee_id", flat=True))
    assert sorted(given.count(person) for person in set(given)) == [5, 5, 5]
    assert Distribution.objects.get(pk=world.n1.pk).last_id in given


def test_a_new_rule_is_tried_after_those_at_its_place(world):
    routing.save_rule(RoutingRule(name="printers", words=["imprimante"], team=world.n2, active=True), actor=world.lead)
    report(world, "Imprimante morte", at=MONDAY)
    draft = RoutingRule(name="dead", words=["morte"], team=world.n3)
    assert attempt(draft, world.lead, days=3650).changed == 0, "saved, it would stand behind the other one"
    routing.save_rule(draft, actor=world.lead)
    assert report(world, "Imprimante morte", at=MONDAY).team == world.n2


def test_an_expression_without_a_word_is_said_by_nobody(world):
    routing.save_rule(RoutingRule(name="noise", words=["!!!"], team=world.n3, active=True), actor=world.lead)
    assert report(world, "Aïe !!!", at=MONDAY).team == world.n1


def hours(world, person, code: str | None) -> None:
    people.set_working_hours(person, Calendar.objects.get(code=code) if code else None, actor=world.lead)


def test_people_outside_their_own_hours_are_passed_over_inside_the_teams(world):
    night = Calendar.objects.create(code="NIGHT", name_fr="Nuit", name_en="Night", time_zone="Europe/Paris")
    Opening.objects.bulk_create(Opening(calendar=night, weekday=day, starts=20 * 60, ends=24 * 60) for day in range(7))
    world.n1.calendar = Calendar.objects.get(code="OFFICE")
    world.n1.save()
    shares(world.n1, "round_robin")
    for person in (world.agent, world.lead):
        hours(world, person, "NIGHT")
    reference.forget_everything()
    assert {report(world).assignee_id for _ in range(3)} == {world.teammate.pk}
    late = MONDAY.replace(hour=20)
    assert {report(world, at=late).assignee_id for _ in range(4)} == {world.agent.pk, world.lead.pk}, (
        "the team is closed"
    )
    hours(world, world.teammate, "NIGHT")
    assert report(world).assignee_id is None
    assert Outbox.objects.filter(topic="record.nobody_left").latest("pk").payload["why"] == "off_shift"
    outbox.drain()
    said = Notice.objects.filter(user=world.lead, template="nobody_left").latest("pk")
    assert "personne n’est en poste" in notice_text("nobody_left", said.data)
    hours(world, world.teammate, None)
    assert report(world).assignee_id == world.teammate.pk
    assert Entry.objects.filter(verb="person.hours_changed").count() == 4


def test_the_roster_of_shifts_counts_before_ones_own_hours(world):
    """Who has turns in the shifts of the team gets something only while theirs runs."""
    pattern = ShiftPattern.objects.create(
        organisation=world.lumen,
        team=world.n1,
        name_fr="Soir",
        starts=time(18),
        ends=time(22),
        time_zone="Europe/Paris",
    )
    ShiftTurn.objects.create(pattern=pattern, user=world.agent)
    hours(world, world.agent, "OFFICE")
    shares(world.n1, "round_robin")
    assert world.agent.pk not in {report(world).assignee_id for _ in range(4)}
    shift = Shift.objects.create(
        pattern=pattern, organisation=world.lumen, team=world.n1, starts_at=MONDAY - timedelta(hours=1),
        ends_at=MONDAY + timedelta(hours=2),
    )  # fmt: skip
    mine = ShiftPerson.objects.create(shift=shift, user=world.agent)
    assert world.agent.pk in {report(world).assignee_id for _ in range(4)}
    ShiftPerson.objects.filter(pk=mine.pk).update(removed=True)
    assert world.agent.pk not in {report(world).assignee_id for _ in range(4)}
    ShiftTurn.objects.update(last_day=(MONDAY - timedelta(days=2)).date())
    assert world.agent.pk in {report(world).assignee_id for _ in range(4)}, "no longer in shifts: by the own hours"
