"""The pages of jobs: what one sees and does there, who may, and what they cost."""

from datetime import time, timedelta

import pytest
from django.utils import timezone

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.people.scope import scope_of
from operations.control.scheduling import crontabs, holding, listing, panels, services
from operations.control.scheduling.running import Told
from operations.models import Job, JobRun, PingKey

from .factories import at, job, server, states, swept

pytestmark = pytest.mark.django_db
FORM = {
    "name": "NUIT_01", "criticality": "2", "schedule": "30 22 * * 1-5", "days": "every", "time_zone": "Europe/Paris", "expected_minutes": "12.5",
    "grace_minutes": "5", "windows": "hold", "method": "told", "http_method": "POST", "http_timeout": "60", "http_retries": "0", "predecessors": "",
}  # fmt: skip


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, answer.content[:400]
    return answer.content.decode()


def test_the_list_says_how_each_stands_and_filters(ops, signed, clock):
    one = job(ops, "PAIE_CALC_J", schedule="30 6 * * *", chain="PAIE")
    job(ops, "AUTRE")
    services.tell(one.pk, Told("fail", at(minutes=31), exit_status=8))
    client = signed("ops")
    assert "PAIE_CALC_J" in page(client, "/operations/jobs/")
    wrong = page(client, "/operations/jobs/?state=wrong")
    assert "PAIE_CALC_J" in wrong
    assert "AUTRE" not in wrong
    assert "AUTRE" not in page(client, "/operations/jobs/?q=paie")
    assert "No job is like this" in page(client, "/operations/jobs/?q=zzz")
    page(client, "/operations/jobs/?state=nonsense", 422)


def test_the_plan_draws_bars_a_line_for_now_and_a_table(ops, signed, clock):
    one = job(ops, "PAIE_VALID_J", schedule="30 6 * * *", expected_seconds=3600, deadline=time(9, 0))
    clock.move_to(at(1))
    services.tell(one.pk, Told("start", at(minutes=31)))
    found = page(signed("ops"), "/operations/jobs/plan/")
    assert 'class="now"' in found
    assert 'class="dead"' in found
    assert 'class="fill blue"' in found
    assert "PAIE_VALID_J: Until 07:31" in found
    table = page(signed("ops"), "/operations/jobs/plan/?as=table")
    assert "<table" in table
    assert "style=" not in found + table
    tomorrow = f"{timezone.localdate() + timedelta(days=1)}"
    assert "PAIE_VALID_J" in page(signed("ops"), f"/operations/jobs/plan/?day={tomorrow}")


def test_the_night_is_one_plan_from_noon_to_noon_and_the_day_keeps_what_crosses_midnight(ops, signed, clock):
    night = job(ops, "NUIT_SAVE", schedule="30 22 * * *", expected_seconds=4 * 3600)
    job(ops, "AUBE", schedule="0 5 * * *", expected_seconds=600)
    client = signed("ops")
    drawn = page(client, "/operations/jobs/plan/?day=2026-11-30&part=night")
    assert "Night of 30 Nov 2026 to 1 Dec 2026" in drawn
    assert "Tue 1 Dec" in drawn
    assert drawn.index("NUIT_SAVE") < drawn.index("AUBE")
    tomorrow = page(client, "/operations/jobs/plan/?day=2026-12-01")
    assert tomorrow.index("NUIT_SAVE") < tomorrow.index("AUBE")
    clock.move_to(at(17))
    services.tell(night.pk, Told("start", at(16, 31)))
    clock.move_to(at(19))
    tuesday = page(client, "/operations/jobs/plan/?day=2026-12-01")
    assert "NUIT_SAVE: Until 02:31" in tuesday
    assert "day=2026-11-30&amp;part=night" in tuesday
    services.tell(night.pk, Told("success", at(19)))
    assert "NUIT_SAVE: Ended" in page(client, "/operations/jobs/plan/?day=2026-12-01")
    clock.move_to(at(20))
    assert "NUIT_SAVE" in page(client, "/operations/jobs/plan/?day=2026-11-30")


def test_a_late_job_and_a_deadline_at_risk_are_to_be_watched_everywhere(ops, signed, clock):
    slow = job(ops, "LENT", schedule="30 6 * * *", expected_seconds=600)
    fine = job(ops, "A_L_HEURE", schedule="30 6 * * *", expected_seconds=7200)
    risky = job(ops, "MENACE", schedule="30 9 * * *", expected_seconds=600, deadline=time(9, 35))
    for each in (slow, fine):
        services.tell(each.pk, Told("start", at(minutes=31)))
    Job.objects.filter(pk=risky.pk).update(forecast_alerting=True)
    clock.move_to(at(minutes=42))
    client = signed("ops")
    shown = client.get("/operations/jobs/plan/?view=watch").context
    assert [row.name for row in shown["rows"]] == ["LENT", "MENACE"]
    assert [view["count"] for view in shown["views"]] == [3, 2, 2, 1]
    listed = page(client, "/operations/jobs/?state=wrong")
    assert ("LENT" in listed, "MENACE" in listed, "A_L_HEURE" in listed) == (True, True, False)
    operator = client.get("/operations/jobs/").wsgi_request.user
    assert (listing.wrong(scope_of(operator)), listing.counts(operator)["wrong"]) == (2, 2)


def test_a_job_that_is_started_elsewhere_is_expected_not_started(ops, signed, clock):
    one, called = job(ops, "AILLEURS"), job(ops, "ICI", method="http", http_url="https://jobs.example.org/run")
    services.tell(one.pk, Told("fail", at(), exit_status=8))
    client = signed("ops")
    found = page(client, one.get_absolute_url())
    assert ("Expect a run" in found, "Start now" in found) == (True, False)
    assert "Start now" in page(client, called.get_absolute_url())
    client.post(f"{one.get_absolute_url()}start/")
    found = page(client, one.get_absolute_url())
    head = found.split("<h1", 1)[1].split("</div>", 1)[0]
    assert "A run is awaited" in head
    assert "Expect a run" not in head


def test_an_unchanged_plan_answers_nothing(ops, signed, clock):
    one = job(ops, schedule="30 6 * * *")
    client = signed("ops")
    version = client.get("/operations/jobs/plan/").context["version"]
    again = client.get(f"/operations/jobs/plan/?v={version}", headers={"HX-Request": "true", "HX-Target": "plan"})
    assert again.status_code == 204
    services.tell(one.pk, Told("start", at(minutes=30)))


def test_five_hundred_jobs_cost_what_five_cost(ops, signed, clock, django_assert_max_num_queries):
    lead = job(ops, "A", schedule="30 6 * * *")
    items = [
        ConfigurationItem(
            key=f"job-{n}",
            name=f"N{n:03}",
            ci_class="job",
            organisation=ops.lumen,
            sort_key=f"n{n:03}",
            external_id=f"{n}",
            source="t",
        )
        for n in range(500)
    ]
    ConfigurationItem.objects.bulk_create(items)
    rows = Job.objects.bulk_create([Job(item=item, schedule="0 7 * * *") for item in items])
    JobRun.objects.bulk_create(
        [JobRun(job=row, organisation=ops.lumen, at=at(1), planned_at=at(1), due_at=at(1)) for row in rows]
    )
    client = signed("ops")
    page(client, "/operations/jobs/plan/")
    with django_assert_max_num_queries(14):
        first = client.get("/operations/jobs/plan/")
    assert (len(first.context["rows"]), first.context["jobs"], first.context["pages"]) == (50, 501, 11)
    assert len(first.content) < 70_000
    assert first.context["rows"][0].job_id == lead.pk
    last = client.get("/operations/jobs/plan/?page=11")
    assert len(last.context["rows"]) == 1
    with django_assert_max_num_queries(12):
        client.get("/operations/jobs/")


def test_a_job_is_registered_by_its_form(ops, signed, clock):
    lpar, before = server(ops), job(ops, "AVANT")
    client = signed("ops")
    page(client, "/operations/jobs/new/")
    given = FORM | {
        "organisation": ops.lumen.pk,
        "stands_on": lpar.key,
        "predecessors": "AVANT *",
        "resources": "Bandes x 2",
    }
    answer = client.post("/operations/jobs/new/", given)
    made = Job.objects.get(item__name="NUIT_01")
    assert answer["Location"] == made.get_absolute_url()
    assert (made.expected_seconds, made.grace_seconds, made.item.criticality) == (750, 300, 2)
    assert list(made.links.values_list("predecessor", "condition")) == [(before.pk, "done")]
    assert list(made.uses.values_list("resource__name", "units")) == [("Bandes", 2)]
    shown = page(client, made.get_absolute_url())
    assert "AVANT" in shown
    assert str(made.ping_code) in shown


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"schedule": "99 * * * *"}, "schedule"), ({"predecessors": "NOBODY"}, "predecessors"), ({"min_minutes": "9", "max_minutes": "1"}, "max_minutes"),
     ({"days": "nth"}, "nth"), ({"method": "http", "http_url": "ftp://x"}, "http_url"), ({"stands_on": "nothing"}, "stands_on"), ({"time_zone": "X"}, "time_zone")],
)  # fmt: skip
def test_a_wrong_form_says_where(ops, signed, clock, wrong, field):
    answer = signed("ops").post("/operations/jobs/new/", FORM | {"organisation": ops.lumen.pk, "stands_on": ""} | wrong)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_the_form_of_a_job_keeps_what_was_said_and_refuses_a_stale_one(ops, signed, clock):
    one = job(ops, "NUIT_01", schedule="0 1 * * *", expected_seconds=750, resources=[("Bandes", 2)])
    client = signed("ops")
    shown = client.get(f"/operations/jobs/{one.pk}/edit/")
    assert shown.context["form"].initial["resources"] == "Bandes x 2"
    assert (
        client.post(f"/operations/jobs/{one.pk}/edit/", FORM | {"version": "1", "schedule": "0 2 * * *"}).status_code
        == 302
    )
    assert (
        client.post(f"/operations/jobs/{one.pk}/edit/", FORM | {"version": "1", "schedule": "0 3 * * *"}).status_code
        == 409
    )
    one.refresh_from_db()
    assert one.schedule == "0 2 * * *"


def test_hold_release_and_what_was_skipped(ops, signed, clock):
    one = job(ops, schedule="30 6 * * *")
    client = signed("ops")
    assert client.post(f"/operations/jobs/{one.pk}/hold/", {"reason": ""}).status_code == 422
    client.post(f"/operations/jobs/{one.pk}/hold/", {"reason": "Travaux"})
    swept(clock, at(minutes=31))
    assert "1 run was skipped" in page(client, one.get_absolute_url())
    asked = page(client, f"/operations/jobs/{one.pk}/release/")
    assert 'type="checkbox"' in asked
    client.post(f"/operations/jobs/{one.pk}/release/", {"run": [one.runs.get(state="held").pk]})
    assert states(one) == ["waiting"]


def test_a_failed_run_is_answered_for_on_its_page(ops, signed, clock):
    one = job(ops, schedule="30 6 * * *")
    run = services.tell(one.pk, Told("fail", at(minutes=31), exit_status=12, body=b"<b>abend</b> \xff", size=14))
    client = signed("ops")
    shown = page(client, run.get_absolute_url())
    assert "&lt;b&gt;abend" in shown
    assert client.post(run.get_absolute_url() + "accept/", {"note": ""}).status_code == 422
    client.post(run.get_absolute_url() + "accept/", {"note": "vérifié"})
    assert states(one) == ["ok"]


def test_what_if_names_who_moves_and_what_is_missed(ops, signed, clock):
    before = job(ops, "A", schedule="30 6 * * *", expected_seconds=1800, chain="PAIE")
    job(
        ops,
        "B",
        schedule="30 7 * * *",
        expected_seconds=1800,
        chain="PAIE",
        deadline=time(9, 0),
        predecessors=[(before, "ok")],
    )
    found = page(signed("ops"), f"/operations/jobs/{before.pk}/what-if/?hours=4")
    assert "1 service deadline is missed" in found
    assert "Nothing moves" not in found
    assert "does not run" in page(signed("ops"), f"/operations/jobs/{before.pk}/what-if/?hours=0")
    chain = page(signed("ops"), "/operations/jobs/chains/PAIE/")
    assert "B keeps its deadline of 09:00" in chain
    assert "PAIE" in page(signed("ops"), "/operations/jobs/chains/")
    page(signed("ops"), "/operations/jobs/chains/NONE/", 404)


def test_a_crontab_is_looked_at_then_imported_and_again_changes_nothing(ops, signed, clock):
    text = "# comment\nMAILTO=root\nCRON_TZ=UTC\n*/5 * * * * /usr/bin/flock -n /tmp/x /opt/app/poll.sh\n0 2 * * 0 cd /srv && ./weekly.py --all\n@daily backup % input\n@reboot start\n99 * * * * bad\n"
    given = {"organisation": ops.lumen.pk, "host": "srv1", "time_zone": "Europe/Paris", "text": text}
    client = signed("ops")
    lines = client.post("/operations/jobs/crontab/", given).context["lines"]
    assert [(line.number, line.state) for line in lines] == [
        (4, "new"),
        (5, "new"),
        (6, "new"),
        (7, "skipped"),
        (8, "wrong"),
    ]
    client.post("/operations/jobs/crontab/", given | {"import": "1", "line": [4, 5, 6, 7, 8]})
    assert Job.objects.count() == 3
    weekly = Job.objects.get(command="cd /srv && ./weekly.py --all")
    assert (weekly.schedule, weekly.time_zone, weekly.origin) == ("0 2 * * 0", "UTC", "cron srv1")
    again = client.post("/operations/jobs/crontab/", given | {"text": text.replace("0 2 * * 0", "0 3 * * 0")}).context[
        "lines"
    ]
    assert [line.state for line in again] == ["same", "changed", "same", "skipped", "wrong"]


def test_keys_are_made_and_revoked(ops, signed, clock):
    client = signed("ops")
    client.post("/operations/jobs/keys/", {"name": "Linux", "organisation": ops.lumen.pk})
    key = PingKey.objects.get()
    assert key.key in page(client, "/operations/jobs/keys/")
    client.post(f"/operations/jobs/keys/{key.pk}/revoke/")
    assert key.key not in page(client, "/operations/jobs/keys/")


def test_who_sees_and_who_acts(ops, signed, clock):
    one = job(ops, schedule="30 6 * * *")
    for path in ("", "plan/", f"{one.pk}/", f"{one.pk}/what-if/", "chains/"):
        page(signed("customer"), f"/operations/jobs/{path}", 404)
        page(signed("agent"), f"/operations/jobs/{path}")
    page(signed("foreign"), f"/operations/jobs/{one.pk}/", 404)
    assert "PAIE_CALC_J" not in page(signed("foreign"), "/operations/jobs/plan/")
    reader = page(signed("agent"), f"/operations/jobs/{one.pk}/")
    assert 'data-opens="hold"' not in reader
    assert str(one.ping_code) not in reader
    for act in ("hold", "release", "start", "retire", "learned"):
        assert signed("agent").post(f"/operations/jobs/{one.pk}/{act}/").status_code == 404
    assert signed("mainframe").post(f"/operations/jobs/{one.pk}/start/").status_code == 302
    for path in ("new/", "crontab/", "keys/", f"{one.pk}/edit/"):
        page(signed("mainframe"), f"/operations/jobs/{path}", 404)


def test_the_page_of_a_server_names_the_jobs_that_will_not_run_tonight(ops, signed, clock):
    lpar = server(ops)
    one = job(ops, "PAIE_CALC_J", schedule="30 22 * * *", stands_on=lpar)
    job(ops, "AILLEURS", schedule="30 22 * * *")
    found = page(signed("ops"), f"{lpar.get_absolute_url()}panels/")
    assert "Jobs that will not run" in found
    assert "PAIE_CALC_J" in found
    assert "AILLEURS" not in found
    assert "Runs and plan" in page(signed("ops"), f"{one.item.get_absolute_url()}panels/")
    assert panels.will_not_run(Job.objects.all(), [one.pk], at())[0][1] == "PAIE_CALC_J"


def test_the_card_of_the_plan_stands_on_the_page_of_operations(ops, signed, clock):
    assert "Plan of the day" not in page(signed("ops"), "/operations/").split("<main")[1]
    job(ops, schedule="30 6 * * *")
    assert "Plan of the day" in page(signed("ops"), "/operations/").split("<main")[1]


def test_a_held_job_can_be_released_where_its_hold_ended_by_itself(ops, signed, clock):
    one = job(ops, schedule="30 6 * * *")
    holding.hold(one.pk, actor=ops.operator, reason="x", until=at(1))
    swept(clock, at(minutes=31))
    swept(clock, at(1, 1))
    assert "waits for an answer" in page(signed("ops"), one.get_absolute_url())


def test_the_page_of_a_job_warns_of_the_window_that_will_hold_it(ops, signed, clock):
    from itsm.planning import services as planning

    lpar = server(ops)
    one = job(ops, schedule="30 6 * * *", stands_on=lpar)
    planning.plan_window(
        actor=ops.operator,
        organisation_id=ops.lumen.pk,
        name="IPL",
        starts_at=at(),
        ends_at=at(1),
        scope={"items": [lpar.pk]},
    )
    assert "runs that fall into it are held until its end" in page(signed("ops"), one.get_absolute_url())
    services.change_job(one.pk, actor=ops.operator, windows="warn")
    assert "runs that fall into it are marked" in page(signed("ops"), one.get_absolute_url())


def test_lines_that_end_otherwise_are_lines_too(ops):
    with pytest.raises(DomainError):
        crontabs.read("* * * * * a\x0c" * 2001, host="srv", has_user=False, zone="Europe/Paris")
