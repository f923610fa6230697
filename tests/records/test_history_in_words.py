"""Everything that can be done to a record reads as a sentence in the reader's language: no id, no verb of the code."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from itsm.core import now, reference
from itsm.people.models import Circle
from itsm.records import timeline
from itsm.records.models import Category, Comment, HoldReason
from servicedesk.desk import acts
from servicedesk.desk.relating import TYPES
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from tests.cmdb.factories import make_ci, make_service

# What the code calls things, and words of the English texts that no French sentence has.
RAW = re.compile(
    r"\b\w+_id\b|\b[a-z]+_[a-z_]+\b|\bNone\b|\bTrue\b|\bFalse\b|%\(|\{|\}|T\d\d:\d\d"
    r"|\b(assigned|held|resumed|resolved|reopened|closed|cancelled|linked|merged|edited|opened|the|was|added|removed|changed|since|until|"
    r"to|of|by|with|from|task|team|title|impact changed|urgency|category|wait|yes|no|child|parent of)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?<![\w:.,/-])\d+(?![\w:.,/-])")


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def told(incident, language: str = "fr") -> list[str]:
    with translation.override(language):
        lines = timeline.timeline(Incident.objects.get(pk=incident.pk), agent=True, show="history", limit=200)
        return [line.sentence.replace("\xa0", " ").replace("\u202f", " ") for line in lines]


def last(incident, language: str = "fr") -> str:
    return told(incident, language)[0]


def check(sentences: list[str]) -> None:
    for sentence in sentences:
        assert sentence
        assert not RAW.search(sentence), sentence


@pytest.fixture
def values(world):
    service = make_service(name="Paie du personnel", organisation=world.lumen)
    category = Category.objects.create(code="browser", name_fr="Navigateur", name_en="Browser")
    Category.objects.filter(pk=category.pk).update(path=f"/{category.pk}/")
    reference.forget_everything()
    circle = Circle.objects.create(code="PAIE", name_fr="Secret de la paie", name_en="Payroll secret")
    return {
        "title": ("Écran bleu", "Titre : « Écran noir » → « Écran bleu »."),
        "description": ("Un texte.", "Description : texte modifié."),
        "category": (category, "Catégorie : — → Navigateur."),
        "service": (service, "Service : — → Paie du personnel."),
        "impact": (2, "Impact : 4 "),
        "urgency": (1, "Urgence : 3 "),
        "site": (None, "Site : Paris → —."),
        "major": (True, "Incident majeur : non → oui."),
        "confidentiality": (circle, "Confidentialité : — → Secret de la paie."),
        "requester": (world.colleague, "Demandeur : Claire Fontaine → Paul Meyer."),
        "occurred_at": (now() - timedelta(days=40), "Depuis : — → "),
    }


def test_every_field_that_may_be_edited_is_told_in_words(world, incident, values):
    assert set(values) == acts.EDITABLE | {"occurred_at"}
    for name, (value, expected) in values.items():
        services.edit(incident.pk, actor=world.admin, **{name: value})
        # What makes an incident major is told in two lines.
        assert any(expected in line for line in told(incident)[:2]), name
        check([last(incident)])
    english = told(incident, "en")
    assert any(line.startswith("Service: — → Paie du personnel") for line in english)
    assert any("Payroll secret" in line for line in english)


def test_an_override_and_a_cleared_value_are_told(world, incident, values):
    services.edit(incident.pk, actor=world.lead, priority=1, reason="Direction générale")
    assert last(incident).startswith("Priorité : P4 → P1.")
    assert "Direction générale" in last(incident)
    services.edit(incident.pk, actor=world.lead, service=values["service"][0])
    services.edit(incident.pk, actor=world.lead, service=None)
    assert last(incident) == "Service : Paie du personnel → —."
    check(told(incident))


def test_every_move_is_told_in_words(world, incident):
    pk, agent = incident.pk, world.agent
    pump = make_ci(name="Pompe 7", organisation=world.lumen)
    services.acknowledge(pk, actor=agent)
    services.assign(pk, actor=agent, assignee=world.teammate)
    services.assign(pk, actor=agent, team=world.n2, assignee=world.network)
    services.escalate(pk, actor=world.network, reason="Compétence absente", to_team=world.n3)
    services.alert(pk, actor=agent, reason="Client mécontent")
    services.hold(pk, actor=agent, reason=world.wait_planned, until=now() + timedelta(days=2))
    services.resume(pk, actor=agent)
    services.hold(pk, actor=agent, reason=HoldReason.objects.get(code="supplier"))
    services.resume(pk, actor=None)
    services.set_items(pk, actor=agent, add=[pump])
    services.set_items(pk, actor=agent, remove=[pump])
    services.set_items(pk, actor=agent)
    task = services.add_task(pk, actor=agent, title="Rappeler")
    services.tick(pk, actor=agent, task=task.pk, done=True)
    services.tick(pk, actor=agent, task=task.pk, done=False)
    services.resolve(pk, actor=agent, resolution_code=world.solved, resolution="Câble.", cause_code=world.cause, cause_item=pump)  # fmt: skip
    assert last(incident) == "Résolu : Résolu définitivement. Cause : Logiciel, Pompe 7."
    services.reopen(pk, actor=agent, reason="Encore noir")
    services.resolve(pk, actor=agent, resolution_code=world.solved, resolution="Câble.")
    services.close(pk, actor=None)
    sentences = told(incident)
    check(sentences)
    assert not any(NUMBER.search(sentence) for sentence in sentences if not re.search("→|jusqu’au", sentence))


@pytest.mark.parametrize("kind", [*TYPES])
def test_every_kind_of_link_is_told_by_its_name(world, incident, kind):
    other = services.open_incident(actor=world.customer, requester=world.customer, title="Autre", urgency=3)
    services.link(incident.pk, actor=world.agent, to=other, type=kind)
    assert other.number in last(incident)
    services.unlink(incident.pk, actor=world.agent, to=other, type=kind)
    assert other.number in last(incident)
    check(told(incident))
    assert "Linked" not in told(incident, "en")[1]


def test_merging_and_what_flows_to_children_is_told(world, incident):
    child, twin = (
        services.open_incident(actor=world.customer, requester=world.customer, title=title, urgency=3)
        for title in ("Enfant", "Jumeau")
    )
    services.link(child.pk, actor=world.agent, to=incident, type="child_of")
    services.merge(twin.pk, actor=world.agent, into=incident)
    services.acknowledge(incident.pk, actor=world.agent)
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    services.cancel(services.open_incident(actor=world.customer, requester=world.customer, title="x").pk, actor=world.agent, reason="Erreur")  # fmt: skip
    for each in (incident, child, twin):
        check(told(each))
    assert incident.number in last(child)


def test_what_no_longer_exists_is_never_told_by_its_id(world, incident):
    services.edit(incident.pk, actor=world.admin, confidentiality=world.circle)
    Incident.objects.filter(pk=incident.pk).update(confidentiality=None)
    world.circle.delete()
    assert last(incident) == "Confidentialité : — → supprimé depuis."


def test_names_cost_one_more_query_however_many_there_are(world, incident, values, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        told(incident)
    for name in ("service", "confidentiality", "requester"):
        services.edit(incident.pk, actor=world.admin, **{name: values[name][0]})
    with django_assert_max_num_queries(4):
        assert len(told(incident)) == 4


def test_a_wait_tells_whom_it_was_for_and_what_the_deadline_got_back(world):
    with time_machine.travel("2026-11-23 09:00:00+01:00", tick=False) as clock:
        made = services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=2)
        services.acknowledge(made.pk, actor=world.agent)
        clock.shift(31 * 60)
        services.hold(made.pk, actor=world.agent, reason=world.wait_requester, comment="Quel écran ?")
        clock.shift(17 * 60)
        services.comment(made.pk, actor=world.customer, body="Celui de gauche.", public=True)
        page = world_page(world.agent, made)
    assert "Attente demandeur de 09:31 à 09:48 : 17 min rendues à l’échéance." in page
    assert Comment.objects.filter(record_id=made.pk).count() == 2


def test_a_wait_takes_the_place_of_the_resumption(world):
    with time_machine.travel("2026-11-23 09:00:00+01:00", tick=False) as clock:
        made = services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=2)
        services.hold(made.pk, actor=world.agent, reason=world.wait_supplier)
        clock.shift(3600)
        services.resume(made.pk, actor=world.agent)
        page = world_page(world.agent, made)
    assert "Attente fournisseur de 09:00 à 10:00 : 1 h rendues à l’échéance." in page
    assert "Repris." not in page


def world_page(person, made) -> str:
    client = Client()
    client.force_login(person)
    text = client.get(f"/desk/incidents/{made.number}/").content.decode()
    return text.replace("\xa0", " ").replace("\u202f", " ")
