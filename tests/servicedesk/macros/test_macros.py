"""Macros do everything or nothing; texts are filled with what they name; each shelf has its readers."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from itsm.core.errors import DomainError
from itsm.records.models import Comment, Task
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident
from servicedesk.macros import services as macros
from servicedesk.macros import variables
from servicedesk.macros.models import CannedReply, Macro


@pytest.fixture
def incident(world):
    return services.open_incident(actor=world.customer, requester=world.customer, title="Écran noir", urgency=3)


def test_one_key_changes_replies_asks_and_holds(world, incident):
    macro = Macro.objects.create(
        name="Attente", take=True, urgency=2, reply="Bonjour {requester}, {number} est entre nos mains. {inconnu}",
        task="Rappeler {requester}", hold_reason=world.wait_requester,
    )  # fmt: skip
    done = macros.run(incident.pk, actor=world.agent, macro=macro)
    assert (done.assignee_id, done.urgency, done.phase) == (world.agent.pk, 2, "waiting")
    said = Comment.objects.get(record_id=incident.pk)
    assert said.body == f"Bonjour {world.customer.display_name}, {incident.number} est entre nos mains. {{inconnu}}"
    assert Task.objects.get(record_id=incident.pk).title == f"Rappeler {world.customer.display_name}"


def test_it_comes_back_on_the_morning_of_a_working_day(world, incident):
    macro = Macro.objects.create(name="Relancer", follow_up_days=2)
    with time_machine.travel(datetime(2027, 1, 14, 15, tzinfo=UTC), tick=False):  # a Thursday
        done = macros.run(incident.pk, actor=world.agent, macro=macro)
    assert timezone.localtime(done.follow_up_at).strftime("%a %d %H:%M") == "Mon 18 08:00"


def test_a_macro_that_resolves_follows_nothing_up(world):
    ends = Macro(name="x", follow_up_days=2, resolution_code=world.solved, resolution="Fait.")
    with pytest.raises(ValidationError):
        ends.full_clean()
    with pytest.raises(ValidationError):
        Macro(name="x", follow_up_days=0).full_clean()


def test_what_cannot_be_finished_is_not_begun(world, incident):
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    macro = Macro.objects.create(
        name="Fin", urgency=1, reply="C'est fait.", resolution_code=world.solved, resolution="Oui"
    )
    with pytest.raises(DomainError):
        macros.run(incident.pk, actor=world.agent, macro=macro)
    assert Incident.objects.get(pk=incident.pk).urgency == 3
    assert not Comment.objects.filter(record_id=incident.pk).exists()


def test_each_shelf_has_its_readers(world, incident):
    CannedReply.objects.create(name="Tous", body="a")
    CannedReply.objects.create(name="Mien", body="b", owner=world.agent)
    CannedReply.objects.create(name="Réseaux", body="c", team=world.n2)
    names = {
        person: {row["name"] for row in macros.replies_for(person, incident)} for person in (world.agent, world.network)
    }
    assert names[world.agent] == {"Tous", "Mien"}
    assert names[world.network] == {"Tous", "Réseaux"}
    Macro.objects.create(name="Arrêtée", active=False)
    Macro.objects.create(name="Équipe", team=world.n1)
    assert [m.name for m in macros.macros_for(world.agent)] == ["Équipe"]
    assert macros.macros_for(world.network) == []


def test_the_requester_s_language_comes_first(world, incident):
    CannedReply.objects.create(name="A", language="en", body="Hello")
    CannedReply.objects.create(name="B", language="fr", body="Bonjour {agent} {team} {service}")
    found = macros.replies_for(world.agent, incident)
    assert [row["language"] for row in found] == ["fr", "en"]
    assert world.agent.display_name in next(row["body"] for row in found if row["name"] == "B")


def test_words_that_stand_for_nothing_are_named(world):
    assert variables.unknown("{requester} {nmber} {x}") == ["nmber", "x"]


def test_a_macro_has_one_end_and_says_what_was_done(world):
    both = Macro(name="x", hold_reason=world.wait_requester, resolution_code=world.solved, resolution="a")
    with pytest.raises(ValidationError):
        both.full_clean()
    with pytest.raises(ValidationError):
        Macro(name="y", resolution_code=world.solved).full_clean()


def test_a_task_is_ticked_once(world, incident):
    task = services.add_task(incident.pk, actor=world.agent, title="Changer le câble")
    version = Incident.objects.get(pk=incident.pk).version
    services.tick(incident.pk, actor=world.agent, task=task.pk, done=True)
    services.tick(incident.pk, actor=world.agent, task=task.pk, done=True)
    assert Incident.objects.get(pk=incident.pk).version == version + 1
    task.refresh_from_db()
    assert task.done_by_id == world.agent.pk
    services.tick(incident.pk, actor=world.agent, task=task.pk, done=False)
    task.refresh_from_db()
    assert task.done_at is None
    with pytest.raises(DomainError):
        services.add_task(incident.pk, actor=world.agent, title="  ")
