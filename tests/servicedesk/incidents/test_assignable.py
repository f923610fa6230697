"""Work goes only to teams and people who may do it, whichever door it comes through."""

import pytest

from itsm.core import reference, versions
from itsm.core.errors import DomainError
from itsm.people import services as people
from itsm.people.scope import forget_scope
from servicedesk.desk.escalating import next_team_for
from servicedesk.desk.forms import AssignForm, EscalateForm
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.incidents.newform import NewIncidentForm
from tests.world import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def elsewhere(world):
    """A team of the other organisation, with a member."""
    team = people.create_team(
        actor=None, code="X-AUTRE", name_fr="Ailleurs", name_en="Elsewhere", level=2, organisation=world.other
    )
    person(world, "faraway", "Ann", "Far", [("agent", world.other)], [team], organisation=world.other)
    return team


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Screen")


def test_the_service_refuses_a_team_that_does_not_serve_the_organisation(world, incident, elsewhere):
    with pytest.raises(DomainError) as told:
        services.assign(incident.pk, actor=world.agent, team=elsewhere)
    assert told.value.field == "team"
    with pytest.raises(DomainError):
        services.escalate(incident.pk, actor=world.agent, to_team=elsewhere, reason="Theirs")
    with pytest.raises(DomainError):
        services.open_incident(actor=world.agent, requester=world.customer, title="Door", team=elsewhere)
    assert Incident.objects.get(pk=incident.pk).team_id == world.n1.pk
    assert Incident.objects.count() == 1


def test_the_forms_offer_and_take_only_teams_that_serve_the_organisation(world, incident, elsewhere):
    for form, name, more in ((AssignForm, "team", {}), (EscalateForm, "to_team", {"reason": "Theirs"})):
        drawn = form(ticket=incident, user=world.agent)
        assert "N2-RES" in dict(drawn.fields[name].choices)
        assert "X-AUTRE" not in dict(drawn.fields[name].choices)
        sent = form({name: "X-AUTRE", **more}, ticket=incident, user=world.agent)
        assert name in sent.errors
    assert "X-AUTRE" not in dict(NewIncidentForm(user=world.agent).fields["team"].choices)


def test_a_person_of_another_organisation_is_unknown_to_the_form(world, incident, elsewhere):
    sent = AssignForm({"team": "", "assignee": "faraway"}, ticket=incident, user=world.agent)
    unknown = AssignForm({"team": "", "assignee": "nobody-at-all"}, ticket=incident, user=world.agent)
    assert sent.errors["assignee"][0].replace("faraway", "") == unknown.errors["assignee"][0].replace(
        "nobody-at-all", ""
    )


def test_a_member_without_the_right_to_work_records_is_refused(world, incident):
    trainee = person(world, "trainee", "Tia", "Nee", [("requester", world.lumen)], [world.n1])
    with pytest.raises(DomainError) as told:
        services.assign(incident.pk, actor=world.agent, assignee=trainee)
    assert told.value.field == "assignee"


def test_a_confidential_incident_goes_only_to_its_circle(world, incident):
    services.edit(incident.pk, actor=world.lead, confidentiality=world.circle)
    with pytest.raises(DomainError):
        services.assign(incident.pk, actor=world.lead, assignee=world.agent)
    world.circle.members.add(world.teammate)
    versions.bump("people")
    forget_scope(world.teammate)
    assert services.assign(incident.pk, actor=world.lead, assignee=world.teammate).assignee_id == world.teammate.pk


def test_a_provider_whose_people_hold_a_role_there_may_be_given_the_work(world, incident, elsewhere):
    person(world, "provider", "Pia", "Vider", [("agent", world.lumen)], [elsewhere], organisation=world.other)
    reference.forget_everything()
    assert services.assign(incident.pk, actor=world.agent, team=elsewhere).team_id == elsewhere.pk


def test_an_escalation_by_itself_never_leaves_for_a_team_that_may_not_work_it(world, incident, elsewhere):
    world.n1.next_team = elsewhere
    world.n1.save(update_fields=["next_team"])
    versions.bump("people")
    reference.forget_everything()
    assert next_team_for(Incident.objects.get(pk=incident.pk)) is None


def test_rest_refuses_such_a_team_and_such_a_person(client, world, incident, elsewhere):
    client.force_login(world.agent)
    for move, body in (
        ("assign", {"team": "X-AUTRE"}),
        ("assign", {"team": "N1-CDS", "assignee": "faraway"}),
        ("escalate", {"to_team": "X-AUTRE", "reason": "Theirs"}),
    ):
        address = f"/api/v1/incidents/{incident.number}/{move}/"
        assert client.post(address, body, content_type="application/json").status_code == 400
    assert Incident.objects.get(pk=incident.pk).version == 1
