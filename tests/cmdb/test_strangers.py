"""What belongs to another house: its people own nothing here, its items are named nowhere, and nobody is told that they exist."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.cmdb import services
from itsm.cmdb.bulkform import BulkForm
from itsm.cmdb.intake import reading, runs
from itsm.cmdb.intake.candidates import Candidate
from itsm.cmdb.models import CampaignShare, ConfigurationItem, DataSource
from itsm.cmdb.trust import certifying, corrections
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people import services as people
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(world, client):
    person = people.create_person(
        actor=None, username="keeper", organisation=world.lumen, language="en", roles=[("specialist", world.lumen)]
    )
    client.force_login(person)
    return person


def preview(source, actor=None, **values):
    row = Candidate("srv", "ci", "physical_server", "1", {}, {"name": "srv"} | values)
    return reading.preview(source, [row], format="items", name="x", actor=actor)


@pytest.mark.parametrize("by_hand", [True, False])
def test_an_import_knows_no_login_of_another_house(world, editor, by_hand):
    source = DataSource.objects.create(code="file", name="File", organisation=world.lumen)
    actor = editor if by_hand else None
    there = preview(source, actor, owner="stranger").rows.get()
    nowhere = preview(source, actor, owner="nobody-at-all").rows.get()
    assert (there.decision, there.reason) == (
        "reject",
        nowhere.reason.replace("nobody-at-all", "stranger"),
    )
    assert preview(source, actor, owner="AGENT").rows.get().decision == "create"


def test_the_edit_form_and_many_at_once_know_no_login_of_another_house(world, client, editor):
    item = make_ci(name="srv", organisation=world.lumen, owner=world.agent)
    values = {
        "name": "srv",
        "key": item.key,
        "status": "live",
        "state": "up",
        "criticality": 3,
        "organisation": world.lumen.pk,
    }
    values |= {"version": item.version, "reason": ""}
    answer = client.post(f"/cmdb/{item.pk}/edit/", values | {"owner": "stranger"})
    assert (answer.status_code, "owner" in answer.context["form"].errors) == (422, True)
    assert client.post(f"/cmdb/{item.pk}/edit/", values | {"owner": "agent", "user": "customer"}).status_code == 302
    form = BulkForm({"owner": "stranger"}, codes=["physical_server"], reader=editor)
    assert "owner" in form.errors


def test_a_correction_gives_an_item_to_nobody_of_another_house(world, editor):
    item = make_ci(name="srv", organisation=world.lumen)
    asked = corrections.propose(item.pk, actor=world.agent, field="owner", proposed="stranger")
    with pytest.raises(DomainError):
        corrections.accept(asked.pk, actor=editor)


def test_who_reads_everything_gives_no_item_to_another_house_either(world):
    with pytest.raises(DomainError):
        make_ci(actor=world.admin, name="srv", organisation=world.lumen, owner=world.stranger)
    item = make_ci(name="srv", organisation=world.lumen, owner=world.agent)
    with pytest.raises(DomainError):
        services.update_ci(item.pk, actor=world.admin, user=world.stranger)
    assert services.update_ci(item.pk, actor=world.admin, user=world.customer).user == world.customer


def test_an_owner_of_another_house_is_not_asked_to_certify(world):
    item = make_ci(name="srv", organisation=world.lumen)
    make_ci(name="mine", organisation=world.lumen, owner=world.agent)
    ConfigurationItem.objects.filter(pk=item.pk).update(owner=world.stranger)
    certifying.start(actor=world.network, name="Year", due_on=timezone.localdate(now()) + timedelta(days=20))
    assert set(CampaignShare.objects.values_list("person", flat=True)) == {world.agent.pk}


@pytest.fixture
def secret(world):
    return make_ci(name="Secret rack", ci_class="rack", key="rack-9", organisation=world.other)


def refusal(client, text) -> str:
    body = {"ci_class": "physical_server", "name": "G", "attributes": {"rack": text}}
    answer = client.post("/api/v1/cis/", body, content_type="application/json")
    assert answer.status_code == 400
    return json.dumps(answer.json() | {"request_id": ""})


def test_an_attribute_names_no_item_that_one_may_not_see_and_says_no_more_than_of_none(client, editor, secret):
    assert refusal(client, "rack-9").replace("rack-9", "rack-0") == refusal(client, "rack-0")
    assert refusal(client, secret.pk) == refusal(client, 2**40)
    assert "Secret" not in refusal(client, secret.pk)


def test_an_import_names_no_item_outside_its_organisations(world, secret):
    source = DataSource.objects.create(code="file", name="File", organisation=world.lumen)
    run = preview(source, **{"attributes.rack": secret.pk})
    runs.do(runs.confirm(run, actor=None).pk)
    row = run.rows.get()
    assert (row.decision, "Secret" in row.reason, bool(row.reason)) == ("reject", False, True)
    ours = make_ci(name="Ours", ci_class="rack", organisation=world.finance)
    run = preview(source, **{"attributes.rack": ours.pk})
    runs.do(runs.confirm(run, actor=None).pk)
    assert ConfigurationItem.objects.get(name="srv").attributes == {"rack": ours.pk}


def test_the_edit_form_leaves_a_reference_to_what_one_may_not_see_and_does_not_name_it(world, client, editor, secret):
    item = make_ci(name="srv", organisation=world.lumen, attributes={"rack": secret.pk})
    page = client.get(f"/cmdb/{item.pk}/edit/")
    assert "rack-9" not in page.content.decode()
    shown = {f.name: f.value() for f in page.context["form"] if f.value() not in (None, "")}
    assert client.post(f"/cmdb/{item.pk}/edit/", shown | {"serial": "SN-1"}).status_code == 302
    item.refresh_from_db()
    assert (item.serial, item.attributes) == ("SN-1", {"rack": secret.pk})
