"""Task plans at work: order and side by side, skipped, failed and tried again, and the end that the process hears of."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from itsm.core.errors import DomainError, IllegalMove
from itsm.gateway.webhooks import sending
from itsm.notify.models import Notice
from itsm.people.models import Membership
from itsm.records.models import PlanRun, Record, Task
from itsm.records.plans import access, services
from itsm.records.timeline import timeline
from tests.gateway.webhooks.conftest import receiver, webhook  # noqa: F401 - fixtures
from tests.records.conftest import settle

from .test_definition import task

pytestmark = pytest.mark.django_db
# account and badge side by side, then the laptop, then the welcome.
JOINER = [
    task("account"),
    task("badge", team="N2-RES"),
    task("laptop", "account", due=8),
    task("welcome", "laptop", "badge"),
]


def begin(record, world, tasks=JOINER, **facts):
    return services.start(record.pk, {"tasks": tasks}, actor=world.agent, facts=facts)


def states(record) -> dict[str, str]:
    rows = Task.objects.filter(record_id=record.pk)
    return {t.step: t.outcome or ("done" if t.done_at else "open" if t.opened_at else "waiting") for t in rows}


def by(record, key) -> Task:
    return Task.objects.get(record_id=record.pk, step=key)


def test_tasks_open_only_when_what_they_wait_for_is_over(world, record, asking):
    begin(record, world)
    assert states(record) == {"account": "open", "badge": "open", "laptop": "waiting", "welcome": "waiting"}
    services.finish(by(record, "account").pk, actor=world.agent)
    assert states(record)["laptop"] == "open"
    assert by(record, "laptop").due_at is not None
    services.finish(by(record, "laptop").pk, actor=world.agent)
    assert states(record)["welcome"] == "waiting"
    services.skip(by(record, "badge").pk, actor=world.network, reason="Has one")
    assert states(record)["welcome"] == "open"
    assert asking.done == []
    services.finish(by(record, "welcome").pk, actor=world.agent, result="Welcomed at nine")
    assert asking.done == [record.number]
    assert PlanRun.objects.get().ended_at is not None
    with override("en"):
        said = [
            line.sentence for line in timeline(Record.objects.get(pk=record.pk), agent=True) if line.kind == "event"
        ]
    assert said[0] == "All planned tasks are over."
    assert "Task done: welcome. Welcomed at nine" in said
    assert "4 tasks planned." in said


def test_a_task_that_waits_cannot_be_done(world, record):
    begin(record, world)
    with pytest.raises(IllegalMove):
        services.finish(by(record, "welcome").pk, actor=world.agent)
    with pytest.raises(IntegrityError, match="task_done_was_open"), transaction.atomic():
        Task.objects.filter(step="welcome").update(done_at=record.opened_at)


def test_a_failed_task_holds_up_what_waits_for_it_until_it_is_tried_again(world, record):
    begin(record, world)
    pk = by(record, "account").pk
    with pytest.raises(DomainError):
        services.fail(pk, actor=world.agent, reason=" ")
    services.fail(pk, actor=world.agent, reason="The directory is down")
    assert (states(record)["account"], states(record)["laptop"]) == ("failed", "waiting")
    settle()
    assert Notice.objects.filter(template="task_failed", user=world.lead).exists()
    services.retry(pk, actor=world.agent)
    assert states(record)["account"] == "open"
    services.finish(pk, actor=world.agent)
    services.finish(pk, actor=world.agent)  # twice is once
    assert states(record)["laptop"] == "open"


def test_a_plan_without_a_task_is_over_at_once(world, record, asking):
    begin(record, world, [task("vpn", when={"field": "vpn", "filled": True})])
    assert asking.done == [record.number]
    assert not Task.objects.exists()


def test_answers_decide_which_tasks_there_are(world, record):
    begin(
        record,
        world,
        [task("mac", when={"field": "os", "equals": "macos"}), task("pc", when={"field": "os", "equals": "windows"})],
        os="macos",
    )
    assert states(record) == {"mac": "open"}


def test_a_stopped_plan_opens_nothing_more(world, record, asking):
    begin(record, world)
    assert services.stop(record.pk, actor=world.lead, reason="Cancelled") == 4
    assert set(states(record).values()) == {"skipped"}
    assert asking.done == []


def test_the_team_of_a_task_sees_it_whoever_has_the_record(world, record):
    begin(record, world)
    badge = by(record, "badge")
    assert access.may_do(world.network, badge)
    assert not access.may_do(world.mainframe, badge)
    assert not access.readable(world.stranger).exists()
    assert list(access.readable(world.foreign_agent)) == []
    Membership.objects.create(user=world.foreign_agent, team=world.n2)
    from django.core.cache import cache

    from itsm.people.scope import forget_scope

    cache.clear()
    forget_scope(world.foreign_agent)
    assert list(access.readable(world.foreign_agent)) == [badge]


def test_a_task_goes_to_whom_its_rule_names(world, record):
    begin(
        record,
        world,
        [task("ask", assignee={"who": "manager"}, team=""), task("lead", assignee={"who": "team_leader"})],
    )
    assert by(record, "ask").assignee == world.manager
    assert by(record, "lead").assignee == world.lead
    settle()
    assert Notice.objects.filter(template="task", user=world.manager).exists()


def test_an_automatic_step_is_done_once_its_webhook_took_it(world, record, receiver, webhook):  # noqa: F811
    tasks = [task("make", team="", action={"kind": "webhook", "webhook": webhook.code}), task("tell", "make")]
    begin(record, world, tasks, login="jdupont")
    settle()
    assert states(record) == {"make": "open", "tell": "waiting"}
    sending.send_due()
    settle()
    assert states(record) == {"make": "done", "tell": "open"}
    told = [body for body in receiver.bodies() if body["type"] == "task.webhook"]
    assert [(body["data"]["task"]["key"], body["data"]["answers"]) for body in told] == [("make", {"login": "jdupont"})]


def test_an_automatic_step_that_cannot_be_done_fails_with_the_reason(world, record, receiver, webhook):  # noqa: F811
    from itsm.core import reference
    from itsm.gateway.webhooks import services as webhooks

    tasks = [task("make", team="", action={"kind": "webhook", "webhook": webhook.code})]
    begin(record, world, tasks)
    settle()
    webhooks.switch_off(webhook.pk, actor=world.admin)
    settle()
    assert states(record) == {"make": "failed"}
    services.retry(by(record, "make").pk, actor=world.agent)
    reference.forget_everything()
    settle()
    assert "désactivé" in by(record, "make").result or "switched off" in by(record, "make").result


@pytest.mark.django_db(transaction=True)
def test_the_last_two_tasks_at_once_end_the_plan_once(world, record, asking):
    begin(record, world, [task("a"), task("b")])
    barrier, errors = threading.Barrier(4), []

    def do(key):
        try:
            barrier.wait(10)
            services.finish(by(record, key).pk, actor=world.agent)
        except Exception as error:  # told by the assertion below
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(key,)) for key in "abab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert asking.done == [record.number]
