"""A repair goes over everything that was chosen, in batches: it is seen, stopped, goes on, and survives its worker."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.audit.models import Entry
from itsm.core import now
from itsm.levels import agreements
from itsm.levels.models import Clock
from itsm.records import repairing, repairruns, tasks
from itsm.records.models import Repair
from itsm.records.repairing import CHOOSE, COUNT, Choice
from servicedesk.incidents import services as incidents
from tests.levels.agreed import HOUR, agree

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(world):
    client = Client()
    client.force_login(world.admin)
    return client


@pytest.fixture
def queued(monkeypatch) -> list:
    """What was handed to workers; nobody works on it."""
    asked: list[int] = []
    monkeypatch.setattr(tasks.repair_records, "delay_on_commit", asked.append)
    monkeypatch.setattr(tasks.repair_records, "delay", asked.append)
    return asked


@pytest.fixture
def small(monkeypatch, queued):
    """Two records a batch, one at once: what needs thousands needs seven here."""
    monkeypatch.setattr(repairing, "BATCH", 2)
    monkeypatch.setattr(repairruns, "AT_ONCE", 1)
    monkeypatch.setattr(repairruns, "TRIED_AT_ONCE", 1)


def opened(world, n: int) -> list:
    return [
        incidents.open_incident(actor=world.agent, requester=world.customer, title=f"Panne {i}", urgency=3)
        for i in range(n)
    ]


def citing(code: str) -> int:
    return Clock.objects.filter(agreement__code=code, metric="resolve").count()


def work(queued) -> int:
    """Do what workers were asked for; how many batches it took."""
    batches = 0
    while queued:
        tasks.repair_records(queued.pop(0))
        batches += 1
    return batches


def gold(world) -> Choice:
    rule = agree("GOLD", {(None, "resolve"): 3 * HOUR, (None, "own"): HOUR}, organisation=world.finance)
    return Choice(rule=agreements.rule(rule.pk))


def test_an_agreement_is_applied_to_every_record_that_it_fits_however_many_they_are(world, small, queued):
    opened(world, 7)
    choice = gold(world)
    run = repairruns.begin(choice, CHOOSE, actor=world.admin, reason="Nouvel accord")
    assert (run.looked, run.ended_at, citing("GOLD")) == (0, None, 0)
    assert work(queued) == 4
    run.refresh_from_db()
    assert (run.looked, run.touched, run.failed, run.share, citing("GOLD")) == (7, 7, 0, 100, 7)
    assert run.ended_at
    end = Entry.objects.get(verb="clocks.repair_ended")
    assert (end.data["records"], end.data["changed"]) == (7, 7)
    assert not repairruns.go_on(run.pk), "what is over is over"


def test_a_run_is_stopped_and_goes_on_where_it_stood(admin, world, small, queued):
    opened(world, 5)
    run = repairruns.begin(gold(world), CHOOSE, actor=world.admin, reason="Test")
    tasks.repair_records(queued.pop(0))
    page = admin.get(f"/settings/repair/{run.token}/")
    assert (page.status_code, page.context["run"].looked) == (200, 2)
    admin.post(f"/settings/repair/{run.token}/", {"act": "stop"})
    assert (work(queued), citing("GOLD")) == (1, 2), "the worker finds it stopped"
    assert "Arrêté" in admin.get(f"/settings/repair/{run.token}/").content.decode()
    admin.post(f"/settings/repair/{run.token}/", {"act": "resume"})
    work(queued)
    assert citing("GOLD") == 5
    verbs = Entry.objects.filter(data__run=run.token).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        f"clocks.{each}" for each in ("repaired", "repair_stopped", "repair_resumed", "repair_ended")
    ]


def test_a_run_whose_worker_died_is_found_again_and_counts_nothing_twice(world, small, queued, monkeypatch):
    opened(world, 4)
    run = repairruns.begin(gold(world), CHOOSE, actor=world.admin, reason="Test")
    queued.clear()

    def killed(pk, how, **more):
        if citing("GOLD") == 1:
            raise KeyboardInterrupt
        return real(pk, how, **more)

    real = repairing.repair
    monkeypatch.setattr(repairing, "repair", killed)
    with pytest.raises(KeyboardInterrupt):
        repairruns.go_on(run.pk)
    monkeypatch.setattr(repairing, "repair", real)
    assert tasks.go_on_repairing() == 0, "it may still be at work"
    Repair.objects.update(moved_at=now() - timedelta(minutes=5))
    assert tasks.go_on_repairing() == 1
    work(queued)
    run.refresh_from_db()
    assert (run.touched, citing("GOLD")) == (4, 4)
    assert Entry.objects.filter(verb="incident.clocks_repaired").count() == 4


def test_one_record_that_fails_does_not_stop_the_others(world, small, queued, monkeypatch):
    made = opened(world, 3)
    real = repairing.repair
    monkeypatch.setattr(
        repairing, "repair", lambda pk, how, **more: 1 // 0 if pk == made[1].pk else real(pk, how, **more)
    )
    run = repairruns.begin(gold(world), CHOOSE, actor=world.admin, reason="Test")
    work(queued)
    run.refresh_from_db()
    assert (run.touched, run.failed) == (2, 1)


def test_a_dry_run_counts_all_of_them_shows_some_and_is_done_from_its_page(admin, world, small, queued, monkeypatch):
    monkeypatch.setattr(repairruns, "SAMPLE", 3)
    opened(world, 5)
    gold(world)
    answer = admin.post("/settings/repair/", {"how": "choose", "agreement": "GOLD", "act": "dry"})
    address = answer["Location"]
    work(queued)
    page = admin.get(address)
    assert (page.context["run"].looked, page.context["run"].touched, len(page.context["lines"])) == (5, 5, 3)
    assert "5 tickets" in page.content.decode()
    assert citing("GOLD") == 0, "nothing is saved"
    assert admin.post(address, {"act": "apply", "reason": " "}).status_code == 422
    done = admin.post(address, {"act": "apply", "reason": "Nouvel accord"})
    assert done["Location"] != address
    work(queued)
    assert citing("GOLD") == 5
    assert Entry.objects.filter(verb="incident.clocks_repaired", data__reason="Nouvel accord").count() == 5


def test_a_few_are_tried_and_done_at_once(admin, world, queued):
    opened(world, 3)
    gold(world)
    data = {"how": "choose", "agreement": "GOLD", "act": "dry"}
    page = admin.post("/settings/repair/", data)
    assert (page.context["total"], page.context["touched"]) == (3, 3)
    assert citing("GOLD") == 0
    admin.post("/settings/repair/", data | {"act": "apply", "reason": "Test"})
    assert (citing("GOLD"), queued) == (3, [])


def test_what_comes_while_it_runs_is_left_alone_and_an_agreement_that_went_ends_it(world, small, queued):
    opened(world, 3)
    choice = gold(world)
    first = repairruns.begin(choice, COUNT, actor=world.admin, reason="Test")
    late = opened(world, 1)[0]
    work(queued)
    first.refresh_from_db()
    assert (first.looked, first.until_id < late.pk) == (3, True)
    second = repairruns.begin(choice, CHOOSE, actor=world.admin, reason="Test")
    Repair.objects.filter(pk=second.pk).update(choice=second.choice | {"agreement": 0x7FFFFFF})
    work(queued)
    second.refresh_from_db()
    assert (second.looked, second.ended_at is not None) == (0, True)


def test_a_run_is_its_administrators(world, small, queued):
    opened(world, 3)
    run = repairruns.begin(gold(world), CHOOSE, actor=world.admin, reason="Test")
    for who in ("lead", "agent", "customer"):
        client = Client()
        client.force_login(getattr(world, who))
        assert client.get(f"/settings/repair/{run.token}/").status_code == 404
