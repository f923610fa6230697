"""Many incidents at once: one question, each row its outcome, no mail unless asked, taken back while nobody touched it."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.notify import outbox
from itsm.notify.models import Message
from itsm.records.models import Hop, Link
from servicedesk.bulk import services as bulk
from servicedesk.bulk.models import BulkRun
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

ASK = "/desk/bulk/"


def report(world, count: int):
    return [
        services.open_incident(actor=world.customer, requester=world.customer, title=f"Panne {n}", urgency=3)
        for n in range(count)
    ]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def fresh(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def numbers(found) -> list[str]:
    return [incident.number for incident in found]


def test_one_question_then_the_outcome_of_each_row(world):
    made = report(world, 3)
    services.resolve(made[2].pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    client = signed(world.agent)
    asked = client.post(ASK, {"act": "assign", "number": numbers(made), "back": "/desk/incidents/?tab=mine"})
    assert asked.status_code == 200
    assert not BulkRun.objects.exists()
    token = re.search(r'name="token" value="([^"]+)"', asked.content.decode())[1]
    sent = {"act": "assign", "number": numbers(made), "team": "N2-RES", "sure": "1", "token": token, "back": "/desk/incidents/?tab=mine"}  # fmt: skip
    answer = client.post(ASK, sent)
    page = client.get(answer.url).content.decode()
    assert [fresh(i).team_id for i in made[:2]] == [world.n2.pk, world.n2.pk]
    assert fresh(made[2]).state == "resolved"
    assert "« Résolu »" in page or "Résolu" in page
    assert "/desk/incidents/?tab=mine" in page
    again = client.post(ASK, sent)
    assert again.url == answer.url
    assert fresh(made[0]).reassignment_count == 1


def test_a_form_that_lacks_something_keeps_the_rows(world):
    made = report(world, 2)
    page = signed(world.agent).post(ASK, {"act": "hold", "number": numbers(made), "sure": "1", "reason": ""})
    assert page.status_code == 422
    for incident in made:
        assert f'name="number" value="{incident.number}"' in page.content.decode()


def test_what_one_may_not_see_is_left_alone_and_not_named(world):
    made = report(world, 1)
    given = {"act": "assign", "values": {"team": world.n2}}
    run = bulk.perform([made[0].number, "INC9999999"], actor=world.foreign_agent, token="a", **given)
    assert [(row["ok"], row["title"], row["message"]) for row in run.rows] == [(False, "", run.rows[0]["message"])] * 2
    assert fresh(made[0]).team_id != world.n2.pk
    run = bulk.perform([made[0].number], actor=world.network, token="b", **given)
    assert not run.rows[0]["ok"]
    assert fresh(made[0]).team_id != world.n2.pk


def test_nobody_gets_a_mail_unless_it_is_asked(world):
    made = report(world, 4)
    outbox.drain()
    before = Message.objects.count()
    bulk.perform(numbers(made[:2]), actor=world.agent, act="assign", values={"team": world.n2}, token="q")
    outbox.drain()
    assert Message.objects.count() == before
    bulk.perform(
        numbers(made[2:]), actor=world.agent, act="hold", token="t", tell=True,
        values={"reason": world.wait_requester, "comment": "Quel poste ?"},
    )  # fmt: skip
    outbox.drain()
    assert Message.objects.count() > before


def test_an_assignment_is_taken_back_where_nobody_touched_it(world):
    made = report(world, 3)
    teams = [fresh(i).team_id for i in made]
    states = [fresh(i).state for i in made]
    run = bulk.perform(
        numbers(made), actor=world.agent, act="assign", values={"team": world.n2, "assignee": world.network}, token="u"
    )
    services.comment(made[1].pk, actor=world.network, body="Je regarde.", public=False)
    run = bulk.undo(run, actor=world.agent)
    found = [fresh(i) for i in made]
    assert (found[0].team_id, found[0].state, found[0].assignee_id, found[0].reassignment_count) == (
        teams[0],
        states[0],
        None,
        0,
    )
    assert found[1].team_id == world.n2.pk
    assert [row.get("undone") for row in sorted(run.rows, key=lambda r: r["number"])] == [True, False, True]
    assert Hop.objects.filter(record_id=made[0].pk, ended_at=None).count() == 1
    with pytest.raises(DomainError):
        bulk.undo(run, actor=world.agent)


def test_a_wait_and_a_link_are_taken_back(world):
    made = report(world, 3)
    held = bulk.perform(
        numbers(made[:2]), actor=world.agent, act="hold", token="h",
        values={"reason": world.wait_supplier, "comment": "Pièce commandée", "until": now() + timedelta(days=2)},
    )  # fmt: skip
    assert {fresh(i).phase for i in made[:2]} == {"waiting"}
    bulk.undo(held, actor=world.agent)
    assert {fresh(i).phase for i in made[:2]} == {"open"}
    tied = bulk.perform(
        numbers(made[:2]), actor=world.agent, act="link", values={"to": made[2], "type": "child_of"}, token="l"
    )
    assert fresh(made[2]).child_count == 2
    bulk.undo(tied, actor=world.agent)
    assert fresh(made[2]).child_count == 0
    tied = bulk.perform(
        numbers(made[:1]), actor=world.agent, act="link", values={"to": made[2], "type": "related"}, token="r"
    )
    assert Link.objects.count() == 1
    bulk.undo(tied, actor=world.agent)
    assert not Link.objects.exists()


def test_a_tie_of_before_survives_and_a_child_goes_back_to_its_parent(world):
    made = report(world, 4)
    services.link(made[0].pk, actor=world.agent, to=made[3], type="related")
    run = bulk.perform(
        numbers(made[:2]), actor=world.agent, act="link", values={"to": made[3], "type": "related"}, token="a"
    )
    assert [row["ok"] for row in run.rows] == [False, True]
    bulk.undo(run, actor=world.agent)
    assert list(Link.objects.values_list("source_id", flat=True)) == [made[0].pk]
    services.link(made[1].pk, actor=world.agent, to=made[2], type="child_of")
    run = bulk.perform(
        numbers(made[1:2]), actor=world.agent, act="link", values={"to": made[3], "type": "child_of"}, token="b"
    )
    assert fresh(made[1]).parent_id == made[3].pk
    bulk.undo(run, actor=world.agent)
    assert fresh(made[1]).parent_id == made[2].pk
    assert [fresh(made[n]).child_count for n in (2, 3)] == [1, 0]


def test_taking_back_that_was_cut_short_goes_on(world, monkeypatch):
    made = report(world, 3)
    run = bulk.perform(numbers(made), actor=world.agent, act="assign", values={"team": world.n2}, token="z")
    give_back = services.give_back

    def dies(pk, **more):
        if pk == made[1].pk:
            raise KeyboardInterrupt
        return give_back(pk, **more)

    monkeypatch.setattr(services, "give_back", dies)
    with pytest.raises(KeyboardInterrupt):
        bulk.undo(run, actor=world.agent)
    monkeypatch.undo()
    run.refresh_from_db()
    run = bulk.undo(run, actor=world.agent)
    assert [row["undone"] for row in run.rows] == [True, True, True]
    assert {fresh(i).reassignment_count for i in made} == {0}


def test_closing_is_final_and_too_late_is_too_late(world):
    made = report(world, 1)
    services.resolve(made[0].pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.")
    run = bulk.perform(numbers(made), actor=world.agent, act="close", values={}, token="c")
    assert fresh(made[0]).state == "closed"
    assert not bulk.may_undo(run)
    other = bulk.perform(
        numbers(report(world, 1)), actor=world.agent, act="assign", values={"team": world.n2}, token="o"
    )
    assert bulk.may_undo(other)
    BulkRun.objects.filter(pk=other.pk).update(at=now() - timedelta(minutes=11))
    other.refresh_from_db()
    assert not bulk.may_undo(other)


def test_results_are_their_author_s_and_back_leads_only_to_the_list(world):
    run = bulk.perform(numbers(report(world, 1)), actor=world.agent, act="assign", values={"team": world.n2}, token="p")
    assert signed(world.teammate).get(f"/desk/bulk/{run.pk}/").status_code == 404
    assert signed(world.teammate).post(f"/desk/bulk/{run.pk}/undo/").status_code == 404
    page = signed(world.agent).get(f"/desk/bulk/{run.pk}/?back=//evil.example/desk/incidents/").content.decode()
    assert 'href="//evil' not in page
    assert 'href="/desk/incidents/"' in page


def test_a_run_cut_short_says_which_rows_it_never_reached(world, monkeypatch):
    made = report(world, 3)
    assign = services.assign

    def dies(pk, **more):
        if pk == made[1].pk:
            raise KeyboardInterrupt
        return assign(pk, **more)

    monkeypatch.setattr(services, "assign", dies)
    given = {"actor": world.agent, "act": "assign", "values": {"team": world.n2}, "token": "cut"}
    with pytest.raises(KeyboardInterrupt):
        bulk.perform(numbers(made), **given)
    monkeypatch.undo()
    run = bulk.perform(numbers(made), **given)
    assert [row["ok"] for row in run.rows] == [True, False, False]
    assert "Non traité" in run.rows[2]["message"]
    assert fresh(made[2]).team_id != world.n2.pk
    bulk.undo(run, actor=world.agent)
    assert fresh(made[0]).team_id != world.n2.pk


def test_while_it_runs_nothing_is_taken_back_and_the_page_follows_it(world, monkeypatch):
    made, seen = report(world, 2), []
    assign, client = services.assign, signed(world.agent)

    def meanwhile(pk, **more):
        run = BulkRun.objects.get()
        seen.append((bulk.may_undo(run), client.get(f"/desk/bulk/{run.pk}/").content.decode()))
        with pytest.raises(DomainError):
            bulk.undo(run, actor=world.agent)
        return assign(pk, **more)

    monkeypatch.setattr(services, "assign", meanwhile)
    run = bulk.perform(numbers(made), actor=world.agent, act="assign", values={"team": world.n2}, token="slow")
    assert [may for may, _page in seen] == [False, False]
    assert all("every 2s" in page and "/undo/" not in page for _may, page in seen)
    after = client.get(f"/desk/bulk/{run.pk}/").content.decode()
    assert "every 2s" not in after
    assert "/undo/" in after


def test_a_run_that_was_taken_back_goes_no_further_and_keeps_the_marks(world, monkeypatch):
    made = report(world, 3)
    assign = services.assign

    def taken_back_meanwhile(pk, **more):
        BulkRun.objects.update(undone_at=now())
        return assign(pk, **more)

    monkeypatch.setattr(services, "assign", taken_back_meanwhile)
    run = bulk.perform(numbers(made), actor=world.agent, act="assign", values={"team": world.n2}, token="late")
    assert run.undone_at is not None
    assert [row["ok"] for row in run.rows] == [True, False, False]
    assert [fresh(i).team_id == world.n2.pk for i in made] == [True, False, False]


def test_each_row_is_written_under_the_lock_that_undo_takes(world):
    made = report(world, 2)
    with CaptureQueriesContext(connection) as spent:
        run = bulk.perform(numbers(made), actor=world.agent, act="assign", values={"team": world.n2}, token="lock")
        bulk.undo(run, actor=world.agent)
    locks = [q["sql"] for q in spent if "bulkrun" in q["sql"] and "FOR NO KEY UPDATE" in q["sql"]]
    assert len(locks) == 2 + 3


def test_a_run_whose_process_died_without_a_word_is_taken_back_after_a_minute(world):
    run = bulk.perform(numbers(report(world, 1)), actor=world.agent, act="assign", values={"team": world.n2}, token="d")
    BulkRun.objects.update(finished_at=None)
    run.refresh_from_db()
    assert not bulk.may_undo(run)
    BulkRun.objects.update(moved_at=now() - timedelta(minutes=2))
    run.refresh_from_db()
    assert bulk.may_undo(run)


@pytest.mark.django_db(transaction=True)
def test_the_same_form_sent_twice_at_once_acts_once(world):
    made = report(world, 3)
    runs = []

    def go():
        try:
            runs.append(
                bulk.perform(
                    numbers(made), actor=world.agent, act="assign", values={"team": world.n2}, token="twice"
                ).pk
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(runs) == 2
    assert len(set(runs)) == 1
    assert {fresh(i).reassignment_count for i in made} == {1}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_five_rows_are_assigned_by_keyboard_alone(world, browse):
    made = report(world, 5)
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/")
    for _ in made:
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.get_by_text("5 chosen").wait_for()
    page.keyboard.press("a")
    page.get_by_role("heading", name="Assign 5 tickets?").wait_for()
    page.select_option("#dialog select[name=team]", "N2-RES")
    page.keyboard.press("Control+Enter")
    page.get_by_text("5 done").wait_for()
    assert {fresh(i).team_id for i in made} == {world.n2.pk}
    page.keyboard.press("u")
    page.get_by_text("5 taken back").wait_for()
