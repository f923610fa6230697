"""A step of an escalation policy calls a webhook: through the outbox, with the ticket, the clock and the step."""

import json

import pytest

from itsm.core import reference
from itsm.core.errors import DomainError
from itsm.escalation import services as escalation
from itsm.escalation import sweep
from itsm.escalation.models import Policy
from itsm.gateway.webhooks import sending, services
from itsm.gateway.webhooks.models import Delivery
from itsm.notify import outbox
from itsm.notify.models import Outbox
from itsm.records import timeline
from itsm.records.models import Record
from servicedesk.incidents import services as incidents
from tests.escalation.test_pages import step_form
from tests.escalation.test_sweep import late
from tests.levels.agreed import agree
from tests.world import person

pytestmark = pytest.mark.django_db
CALL = {"do": "webhook", "webhook": "CHAT"}


@pytest.fixture
def policy(world, webhook):
    services.change_webhook(webhook.pk, actor=world.admin, events=[])
    made = escalation.create_policy(
        actor=world.admin, code="TELL", name_fr="Dire", name_en="Tell", clock="sla", metric="resolve",
        organisation_id=world.lumen.pk, steps=[{"percent": 75, "actions": [CALL]}],
    )  # fmt: skip
    reference.forget_everything()
    return made


def test_the_step_calls_the_webhook_once_with_what_it_is_about(world, receiver, policy):
    incident = late(world, urgency=1, impact=2)
    while sweep.sweep():
        pass
    assert Outbox.objects.filter(topic="escalation.webhook").count() == 1
    outbox.drain()
    sending.send_due()
    [told] = receiver.bodies()
    assert told["type"] == "escalation.webhook"
    data = told["data"]
    assert data["record"]["number"] == incident.number
    assert [data["record"][name] for name in ("title", "priority", "team")] == ["Late", incident.priority, "N1-CDS"]
    assert (data["step"]["policy"], data["step"]["percent"]) == ("TELL", 75)
    assert (data["clock"]["metric"], data["clock"]["kind"]) == ("resolve", "sla")
    assert data["clock"]["due_at"]
    assert incident.number in data["links"]["record"]
    assert incident.number in data["links"]["api"]


def test_the_history_of_the_ticket_says_so(world, policy):
    incident = late(world)
    while sweep.sweep():
        pass
    lines = timeline.of(Record.objects.get(pk=incident.pk), world.agent) if hasattr(timeline, "of") else None
    assert lines is None or any("CHAT" in line.text for line in lines)


def test_a_confidential_ticket_calls_nobody(world, policy):
    incident = late(world)
    world.circle.members.add(world.lead)
    incidents.edit(incident.pk, actor=world.lead, confidentiality=world.circle)
    while sweep.sweep():
        pass
    outbox.drain()
    assert Delivery.objects.count() == 0
    assert not Outbox.objects.filter(processed_at=None).exists(), "nothing is tried for ever"


def test_a_webhook_that_is_off_or_gone_stops_no_escalation(world, webhook, policy):
    services.switch_off(webhook.pk, actor=world.admin)
    reference.forget_everything()
    late(world)
    assert sweep.sweep() == 1
    outbox.drain()
    assert Delivery.objects.count() == 0
    assert not Outbox.objects.filter(processed_at=None).exists()


def test_a_webhook_that_a_policy_calls_is_neither_deleted_nor_renamed(world, webhook, policy):
    assert services.called_by(webhook) == ["TELL"]
    with pytest.raises(DomainError):
        services.delete_webhook(webhook.pk, actor=world.admin)
    with pytest.raises(DomainError):
        services.change_webhook(webhook.pk, actor=world.admin, code="OTHER")


@pytest.mark.parametrize("given", [{}, {"webhook": "NONE"}, {"webhook": "CHAT", "more": 1}, {"webhook": None}])
def test_a_step_names_a_webhook_that_exists(world, webhook, given):
    with pytest.raises(DomainError):
        escalation.create_policy(
            actor=world.admin, code="BAD", name_fr="B", name_en="B", steps=[{"percent": 50, "actions": [{"do": "webhook"} | given]}]
        )  # fmt: skip


def test_the_editing_page_offers_the_webhooks_there_are(client, world, webhook):
    client.force_login(world.admin)
    new = "/settings/escalation/policies/new/"
    assert "Chat" in client.get(new).content.decode()
    form = step_form(**{"step-0-page": "", "step-0-webhook": "CHAT", "organisation_id": world.lumen.pk})
    assert client.post(new, form).status_code == 302
    kept = Policy.objects.get(code="VIP").steps.get(percent=50).actions
    assert CALL in kept
    services.switch_off(webhook.pk, actor=world.admin)
    page = client.get("/settings/escalation/policies/VIP/").content.decode()
    assert '<option value="CHAT" selected' in page, "what a step keeps stays"
    assert "Appeler le webhook Chat" in client.get("/settings/escalation/").content.decode()


def test_an_editor_chooses_among_the_webhooks_that_they_administer(client, world, webhook, policy):
    near = person(world, "near", "Ada", "Autre", [("administrator", world.other)], [], organisation=world.other)
    new = "/settings/escalation/policies/new/"
    client.force_login(near)
    assert "Chat" not in client.get(new).content.decode()
    form = step_form(**{"step-0-page": "", "step-0-webhook": "CHAT", "organisation_id": world.lumen.pk})
    client.post(new, form)
    assert CALL not in Policy.objects.get(code="VIP").steps.get(percent=50).actions
    with pytest.raises(DomainError):
        escalation.create_policy(
            actor=near, code="BAD", name_fr="B", name_en="B", organisation_id=world.lumen.pk, steps=[{"percent": 50, "actions": [CALL]}]
        )  # fmt: skip
    kept = escalation.change_policy(
        policy.pk, actor=near, name_fr="Autre nom", steps=[{"percent": 80, "actions": [CALL]}]
    )
    assert kept.steps.get().actions == [CALL], "what stood there stays"


def test_a_policy_calls_only_a_webhook_that_is_told_of_all_its_organisations(world, webhook, policy):
    def save(code, place, **more):
        return escalation.create_policy(
            actor=world.admin, code=code, name_fr="B", name_en="B", organisation_id=place, steps=[{"percent": 50, "actions": [CALL]}],
            **more,
        )  # fmt: skip

    assert save("BELOW", world.finance.pk)
    for place in (world.other.pk, None):
        with pytest.raises(DomainError) as refused:
            save("BAD", place)
        assert refused.value.field == "organisation_id"
    assert save("BY-AGREEMENT", None, agreement_id=agree("FIN", {(None, "own"): 60}, organisation=world.finance).pk)
    with pytest.raises(DomainError):
        escalation.change_policy(policy.pk, actor=world.admin, organisation_id=world.other.pk)
    assert Policy.objects.get(pk=policy.pk).organisation_id == world.lumen.pk


def test_without_webhooks_the_editing_page_offers_none(client, world):
    client.force_login(world.admin)
    assert "webhook" not in client.get("/settings/escalation/policies/new/").content.decode().split("<main")[1]


def test_the_body_is_json_with_real_characters(world, receiver, policy):
    late(world)
    sweep.sweep()
    outbox.drain()
    sending.send_due()
    assert json.loads(Delivery.objects.get().body) == receiver.bodies()[0]
