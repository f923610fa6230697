"""Who is not asked, and why it says so."""

import pytest

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.records.models import Record, ResolutionCode
from servicedesk.incidents import services as incidents
from servicedesk.surveys import services
from servicedesk.surveys.models import Survey, SurveyRule
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def service(world):
    item = ConfigurationItem.objects.create(ci_class="it_service", key="SRV", name="Mail", organisation=world.lumen)
    return Service.objects.create(item=item, customer=world.lumen)


def outcome(survey) -> tuple:
    return survey.state, survey.reason


@pytest.mark.parametrize("code", ["solved_by_caller", "duplicate", "cancelled", "no_answer"])
def test_these_ends_are_nothing_to_ask_about(desk, code):
    survey = desk.resolve(desk.opened(), code=ResolutionCode.objects.get(code=code))
    assert outcome(survey) == ("skipped", "resolution_code")


def test_a_code_that_the_figures_leave_out_is_left_out_here_too(desk, world):
    ResolutionCode.objects.filter(pk=world.solved.pk).update(excluded_from_kpis=True)
    world.solved.refresh_from_db()
    assert outcome(desk.resolve(desk.opened())) == ("skipped", "resolution_code")


def test_what_an_event_opened_has_nobody_to_ask(desk, world):
    assert outcome(desk.resolve(desk.opened(actor=world.agent, channel="event"))) == ("skipped", "event")


def test_people_who_hold_their_own_ticket_do_not_judge_it(desk, world):
    incident = desk.opened(requester=world.agent)
    incidents.assign(incident.pk, actor=world.lead, assignee=world.agent, team=world.n1)
    assert outcome(desk.resolve(incident, actor=world.lead)) == ("skipped", "own_ticket")


def test_people_who_solve_their_own_ticket_do_not_judge_it(desk, world):
    incident = desk.opened(requester=world.network)
    incidents.assign(incident.pk, actor=world.lead, assignee=world.agent, team=world.n1)
    incidents.resolve(incident.pk, actor=world.lead, resolution_code=world.solved, resolution="Cable")
    from servicedesk.incidents.models import Incident

    Incident.objects.filter(pk=incident.pk).update(resolved_by=world.network)
    assert services.excluded_because(Record.objects.get(pk=incident.pk)) == "own_ticket"


def test_members_of_a_team_that_held_it_do_not_judge_their_colleagues(desk, world):
    incident = desk.opened(requester=world.teammate)
    incidents.escalate(incident.pk, actor=world.agent, reason="Routers", to_team=world.n2)
    assert outcome(desk.resolve(incident, actor=world.network)) == ("skipped", "own_ticket")


def test_an_agent_of_another_team_is_a_customer_like_any_other(desk, world):
    assert outcome(desk.resolve(desk.opened(requester=world.mainframe))) == ("due", "")


def test_a_confidential_ticket_is_not_talked_about_by_mail(desk, world):
    incident = desk.opened()
    world.circle.members.add(world.agent)
    incidents.edit(incident.pk, actor=world.agent, confidentiality=world.circle)
    assert outcome(desk.resolve(incident)) == ("skipped", "confidential")


def test_imported_history_asks_nobody(desk, world):
    incident = desk.opened()
    Record.objects.filter(pk=incident.pk).update(source="old", external_id="1")
    assert outcome(desk.resolve(incident)) == ("skipped", "imported")


def test_a_merged_or_cancelled_ticket_asks_nobody(desk, later, world):
    merged, into, cancelled = desk.opened(), desk.opened(), desk.opened()
    incidents.merge(merged.pk, actor=world.agent, into=into)
    incidents.cancel(cancelled.pk, actor=world.agent, reason="Mistake")
    desk.tell()
    later(days=1)
    services.sweep()
    assert not Survey.objects.exists()


def test_what_became_confidential_before_the_mail_went_out_is_not_sent(desk, later, world):
    survey = desk.resolve(desk.opened())
    world.circle.members.add(world.agent)
    incidents.edit(survey.record_id, actor=world.agent, confidentiality=world.circle)
    later(minutes=31)
    assert services.sweep()["sent"] == 0
    survey.refresh_from_db()
    assert outcome(survey) == ("skipped", "confidential")


def test_a_service_asks_about_a_share_of_its_tickets(desk, world, service):
    records = [Record(pk=pk, requester_id=world.customer.pk, service_id=service.pk) for pk in range(1, 1001)]

    def asked(share):
        SurveyRule.objects.update_or_create(service=service, defaults={"share": share})
        return {record.pk for record in records if services._in_sample(record)}

    none, third, half, every = asked(0), asked(33), asked(50), asked(100)
    assert (len(none), len(every)) == (0, 1000)
    assert 270 < len(third) < 390
    assert third < half
    assert asked(33) == third


def test_a_service_without_a_rule_asks_about_each_ticket_and_a_rule_of_none_about_none(desk, world, service):
    assert outcome(desk.resolve(desk.opened(service=service))) == ("due", "")
    SurveyRule.objects.create(service=service, share=0)
    assert outcome(desk.resolve(desk.opened(service=service))) == ("skipped", "not_sampled")


def test_the_administrator_sets_the_share_and_it_is_audited(client, world, service):
    from itsm.audit.models import Entry

    client.force_login(world.admin, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/admin/servicedesk/surveyrule/add/", {"service": service.pk, "share": 101}).status_code == 200
    assert not SurveyRule.objects.exists()
    client.post("/admin/servicedesk/surveyrule/add/", {"service": service.pk, "share": 20})
    assert SurveyRule.objects.get().share == 20
    assert Entry.objects.get(verb="survey_rule.created").actor_id == world.admin.pk


def test_only_administrators_reach_the_rules(client, world, service):
    for login in ("agent", "lead", "manager", "customer"):
        person_ = getattr(world, login)
        client.force_login(person_, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get("/admin/servicedesk/surveyrule/").status_code in (302, 404)


def test_a_requester_without_organisation_rights_is_asked_all_the_same(desk, world):
    contact = person(world, "contact", "Con", "Tact", [], [])
    assert outcome(desk.resolve(desk.opened(requester=contact, actor=world.agent))) == ("due", "")
