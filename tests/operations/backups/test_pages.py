"""Pages of backups: what they show, who may do what, and what they cost."""

from datetime import timedelta

import pytest

from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.people.scope import scope_of
from operations.control.backups import coverage, listing, restoring, services
from operations.control.backups.counting import in_trouble
from operations.models import BackupPlan, BackupRun, RestoreTest
from tests.world import person

from .factories import make_plan, report, server

pytestmark = pytest.mark.django_db
FORM = {
    "tool": "restic", "kind": "incremental", "starts_at": "22:00", "every_hours": "24", "weekdays": ["1", "2", "3", "4", "5"], "grace_minutes": "240",
    "rpo_minutes": "1440", "drop_percent": "10", "growth_factor": "5", "paths": "/srv/data\n\n/etc\n", "is_active": "on", "copies-TOTAL_FORMS": "2",
    "copies-INITIAL_FORMS": "0", "copies-0-place": "NAS-01", "copies-0-medium": "disk", "copies-1-place": "", "copies-1-medium": "disk",
}  # fmt: skip


@pytest.fixture
def ops(world):
    return person(world, "ops", "Sara", "Diallo", [("ops", world.lumen)], [])


def test_the_list_shows_seven_nights_and_the_age_against_the_rpo(client, world, ops):
    plan = make_plan(world)
    report(plan, now() - timedelta(hours=34), files=100)
    report(plan, now() - timedelta(hours=10), files=0)
    client.force_login(ops)
    page = client.get("/operations/backups/").content.decode()
    assert "DB2 production" in page
    assert "34 h" in page.replace("\u00a0", " ")
    assert in_trouble(scope_of(ops)) == 1
    row = listing.rows_of([BackupPlan.objects.get()], ops)[0]
    assert (len(row.nights), row.tone) == (7, "red")
    assert {night.result for night in row.nights} >= {"ok", "failed"} or {night.result for night in row.nights} >= {
        "ok"
    }


def test_what_is_wrong_stands_first_and_the_pages_go_on_from_there(client, world, ops):
    for name in ("Alpha", "Bravo", "Charlie", "Delta", "Echo"):
        make_plan(world, name=name)
    plans = BackupPlan.objects.filter
    plans(item__name="Echo").update(rpo_told=True)
    plans(item__name="Delta").update(last_result="missed")
    plans(item__name="Charlie").update(last_result="warning")
    plans(item__name="Bravo").update(restore_due_on=now().date() - timedelta(days=1), last_result="ok")
    plans(item__name="Alpha").update(last_result="ok")
    first = listing.plans(ops, {}, size=3)
    names = [row.plan.item.name for row in first.rows]
    names += [row.plan.item.name for row in listing.plans(ops, {"cursor": first.page.next}, size=3).rows]
    assert names == ["Echo", "Delta", "Charlie", "Bravo", "Alpha"]
    client.force_login(ops)
    page = client.get("/operations/").content.decode()
    assert page.index("Echo") < page.index("Delta") < page.index("Alpha")


def test_the_list_costs_the_same_for_many_plans(client, world, ops, django_assert_max_num_queries):
    for n in range(12):
        report(make_plan(world, name=f"Plan {n}"), now() - timedelta(hours=5))
    client.force_login(ops)
    client.get("/operations/backups/")
    with django_assert_max_num_queries(16):
        client.get("/operations/backups/")


def test_a_plan_is_made_changed_and_its_item_tells_the_same(client, world, ops):
    from itsm.cmdb import classes

    classes.load_files()
    client.force_login(ops)
    answer = client.post("/operations/backups/new/", FORM | {"name": "Fichiers siège", "organisation": world.lumen.pk})
    plan = BackupPlan.objects.get()
    assert answer.url == plan.get_absolute_url()
    assert (plan.paths, plan.item.name, plan.item.attributes["rpo_minutes"]) == (
        ["/srv/data", "/etc"],
        "Fichiers siège",
        1440,
    )
    assert [copy.place for copy in plan.copies.all()] == ["NAS-01"]
    changed = client.post(f"/operations/backups/{plan.pk}/edit/", FORM | {"rpo_minutes": "720", "version": "1"})
    assert changed.status_code == 302
    stale = client.post(f"/operations/backups/{plan.pk}/edit/", FORM | {"rpo_minutes": "60", "version": "1"})
    assert stale.status_code == 422
    plan.refresh_from_db()
    assert (plan.rpo_minutes, plan.item.attributes["rpo_minutes"], plan.version) == (720, 720, 2)


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"rpo_minutes": "0"}, {"weekdays": []}, {"starts_at": "25:00"}, {"every_hours": "5"}, {"copies-1-place": "nas-01"}, {"rpo_minutes": "9" * 30}]
)  # fmt: skip
def test_a_form_that_is_wrong_says_so(client, world, ops, wrong):
    from itsm.cmdb import classes

    classes.load_files()
    client.force_login(ops)
    answer = client.post("/operations/backups/new/", FORM | {"name": "A", "organisation": world.lumen.pk} | wrong)
    assert answer.status_code == 422
    assert not BackupPlan.objects.exists()


def test_somebody_vouches_for_a_copy_that_is_not_green(client, world, ops):
    plan = make_plan(world, least_files=500)
    run = report(plan, now() - timedelta(hours=3))
    assert run.result == "warning"
    client.force_login(ops)
    client.post(f"/operations/backups/{plan.pk}/runs/{run.pk}/accept/", {"reason": ""})
    plan.refresh_from_db()
    assert plan.last_good_at is None
    client.post(f"/operations/backups/{plan.pk}/runs/{run.pk}/accept/", {"reason": "Half of the site is closed."})
    plan.refresh_from_db()
    assert plan.last_good_at == run.started_at
    assert in_trouble(scope_of(ops)) == 0
    assert client.post(f"/operations/backups/{plan.pk}/runs/{run.pk}/accept/", {"reason": "Again"}).status_code == 409


def test_coverage_tells_what_has_no_plan_and_what_covers_nothing(client, world, ops):
    plan, one, other = make_plan(world), server(world), server(world, "SRV-2")
    client.force_login(ops)
    page = client.get("/operations/backups/coverage/").content.decode()
    assert all(word in page for word in ("SRV-1", "SRV-2", "DB2 production"))
    client.post(f"/operations/backups/{plan.pk}/cover/", {"item": one.key})
    client.post(
        f"/operations/backups/coverage/{other.pk}/exempt/",
        {"reason": "Stateless", "until": (now() + timedelta(days=90)).date().isoformat()},
    )
    assert not coverage.uncovered(ops).exists()
    assert not coverage.empty_plans(ops).exists()
    services.update_plan(plan.pk, actor=ops, is_active=False)
    assert list(coverage.uncovered(ops)) == [one]
    client.post(f"/operations/backups/{plan.pk}/uncover/{one.pk}/")
    assert coverage.items_of(plan, ops) == []


def test_the_rule_of_three_copies_on_two_media_one_elsewhere(world):
    plan = make_plan(world, copies=[{"place": "NAS", "medium": "disk"}])
    assert not coverage.rule_of(list(plan.copies.all())).met
    services.update_plan(
        plan.pk,
        actor=world.admin,
        copies=[{"place": "NAS", "medium": "disk"}, {"place": "Lyon", "medium": "tape", "is_offsite": True}],
    )
    rule = coverage.rule_of(list(plan.copies.all()))
    assert (rule.copies, rule.media, rule.offsite, rule.met) == (3, 2, 1, True)


def test_a_restore_test_goes_from_the_request_to_its_verdict(client, world, ops):
    plan = make_plan(world)
    report(plan, now() - timedelta(hours=2))
    client.force_login(ops)
    client.post(f"/operations/backups/{plan.pk}/ask/", {"what": "TSPAIE03"})
    test = RestoreTest.objects.get()
    assert client.get(test.get_absolute_url()).status_code == 200
    client.post(f"{test.get_absolute_url()}start/", {"failure_at": ""})
    assert client.post(f"{test.get_absolute_url()}verify/", {"worked": ""}).status_code == 422
    client.post(f"{test.get_absolute_url()}verify/", {"worked": "yes", "notes": "Fine"})
    test.refresh_from_db()
    assert (test.state, test.verdict) == ("done", "passed")
    assert "TSPAIE03" in client.get("/operations/backups/tests/").content.decode()
    assert client.get(f"{test.get_absolute_url()}evidence/").status_code == 404


def test_the_page_of_an_item_shows_its_backups_and_those_that_stop_with_it(client, world, ops):
    plan, one, backup_server = make_plan(world), server(world), server(world, "SRV-SAUV")
    client.force_login(ops)
    assert "Aucun plan de sauvegarde" in client.get(f"{one.get_absolute_url()}panels/").content.decode()
    services.cover(plan, one, actor=world.admin)
    cmdb.relate(plan.item, backup_server, "runs_on", actor=world.admin)
    assert "DB2 production" in client.get(f"{one.get_absolute_url()}panels/").content.decode()
    page = client.get(f"{backup_server.get_absolute_url()}panels/").content.decode()
    assert "Ne passent pas tant qu" in page
    assert "DB2 production" in page


def test_readers_get_no_button_and_strangers_no_page(client, world):
    plan = make_plan(world, least_files=500)
    run, test = report(plan, now()), restoring.ask(plan, actor=world.admin, what="All")
    acts = [
        f"{plan.get_absolute_url()}ask/", f"{plan.get_absolute_url()}cover/", f"{plan.get_absolute_url()}runs/{run.pk}/accept/",
        f"{test.get_absolute_url()}start/", "/operations/backups/new/",
    ]  # fmt: skip
    client.force_login(world.agent)
    page = client.get(plan.get_absolute_url()).content.decode()
    assert "<form" not in page.split("<main", 1)[1].split("</main>", 1)[0]
    assert [client.post(url).status_code for url in acts] == [404] * len(acts)
    for who in (world.customer, world.foreign_agent):
        client.force_login(who)
        assert client.get(plan.get_absolute_url()).status_code == 404
        assert client.get(test.get_absolute_url()).status_code == 404
    assert "DB2" not in client.get("/operations/backups/").content.decode()


def test_every_page_is_there_when_nothing_is(client, world, ops):
    client.force_login(ops)
    for path in (
        "",
        "coverage/",
        "tests/",
        "new/",
        "?q=x",
        "?state=off",
        "?state=nonsense",
        "tests/?plan=x&state=done",
    ):
        assert client.get(f"/operations/backups/{path}").status_code == (422 if "nonsense" in path else 200)
    assert not BackupRun.objects.exists()
