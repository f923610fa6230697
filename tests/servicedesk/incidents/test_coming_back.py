"""Put off and back: the question "until when?", what is set aside, what woke, what is to be followed up."""

import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client

from itsm.core import now
from itsm.escalation import waking
from itsm.notify import outbox
from itsm.notify.models import Notice
from itsm.people.scope import scope_of
from itsm.records import snoozing
from itsm.records.models import FollowUp, Record, Snooze
from servicedesk.entries import waiting_for_my_teams
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

LIST = "/desk/incidents/"
LATER = timedelta(days=3)


def report(world, count: int = 1, **more):
    given = {"actor": world.customer, "requester": world.customer, "title": "Imprimante en panne", "urgency": 3} | more
    return [services.open_incident(**given) for _ in range(count)]


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def rows(page) -> list[str]:
    return re.findall(r'<a class="tt clip" href="/desk/incidents/(INC\d+)/"', page.content.decode())


def tab(client, key: str) -> tuple[list[str], str | None]:
    """What a tab shows, and what it counts."""
    page = client.get(f"{LIST}?tab={key}")
    found = re.search(rf'id="tab-{key}"[^>]*>[^<]*<span class="c">([^<]+)</span>', page.content.decode())
    return rows(page), found and found[1]


def address(incident, rest: str = "") -> str:
    return f"{LIST}{incident.number}/{rest}"


def fresh(incident) -> Incident:
    return Incident.objects.get(pk=incident.pk)


def choices(page) -> dict[str, str]:
    """{words: value} of the buttons of "until when?"."""
    found = re.findall(r'name="when" value="([^"]*)"[^>]*>\s*<span>([^<]+)</span>', page.content.decode())
    return {words.strip(): value for value, words in found}


def test_a_hold_until_monday_without_any_script(world):
    (incident,) = report(world)
    client = signed(world.agent)
    offered = choices(client.get(address(incident, "hold/")))
    assert next(iter(offered.values())) == ""
    (monday,) = [value for words, value in offered.items() if "08:00" in words and "ouvrés" not in words][-1:]
    client.post(address(incident, "hold/"), {"reason": "supplier", "when": monday})
    held = fresh(incident)
    assert held.phase == "waiting"
    assert held.hold_until.isoformat() == monday


def test_a_hold_on_a_date_and_the_two_answers_at_once(world):
    (incident,) = report(world)
    client = signed(world.agent)
    year = now().year + 1
    on_a_date = {"reason": "supplier", "when": "date", "until": f"{year}-01-05T09:30"}
    assert client.post(address(incident, "hold/"), on_a_date | {"until": ""}).status_code == 422
    assert client.post(address(incident, "hold/"), on_a_date | {"until": "1999-01-05T09:30"}).status_code == 422
    both = on_a_date | {"when": (now() + LATER).isoformat()}
    page = client.post(address(incident, "hold/"), both)
    assert page.status_code == 422
    assert "gardez l’un des deux" in page.content.decode()
    assert fresh(incident).phase == "open"
    assert client.post(address(incident, "hold/"), on_a_date).status_code == 302
    assert f"{fresh(incident).hold_until:%F %R}" == f"{year}-01-05 08:30"


@pytest.mark.parametrize("when", ["tomorrow", "2026-13-99", "2026-11-30T08:00", "\x00", "1999-01-01T00:00:00+00:00"])
def test_an_answer_that_was_never_offered_is_refused(world, when):
    (incident,) = report(world)
    assert signed(world.agent).post(address(incident, "hold/"), {"reason": "supplier", "when": when}).status_code == 422
    assert fresh(incident).phase == "open"


def test_a_wait_that_ends_goes_back_tells_once_and_stands_on_top(world):
    first, woken = report(world, 2)
    services.acknowledge(woken.pk, actor=world.agent)
    services.edit(woken.pk, actor=world.agent, urgency=4)
    services.hold(woken.pk, actor=world.agent, reason=world.wait_supplier, until=now() + LATER)
    Record.objects.filter(pk=woken.pk).update(hold_until=now())
    assert [waking.wake_due(), waking.wake_due()] == [1, 0]
    while outbox.drain():
        continue
    assert fresh(woken).state == "in_progress"
    assert list(Notice.objects.filter(template="resumed").values_list("user_id", flat=True)) == [world.agent.pk]
    client = signed(world.agent)
    page = client.get(LIST)
    assert rows(page) == [woken.number, first.number]
    assert "Réveillé" in page.content.decode()
    assert "Réveillé" in client.get(address(woken)).content.decode()
    services.comment(woken.pk, actor=world.agent, body="Relancé", public=False)
    page = client.get(LIST)
    assert rows(page) == [first.number, woken.number]
    assert "Réveillé" not in page.content.decode()


def test_what_woke_is_on_the_first_page_and_on_no_other(world):
    made = report(world, 60)
    Record.objects.filter(pk__in=[made[58].pk, made[59].pk]).update(woken_at=now())
    client = signed(world.agent)
    first = client.get(LIST)
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    second = client.get(LIST + following)
    assert rows(first)[:2] == [made[58].number, made[59].number]
    assert sorted(rows(first) + rows(second)) == sorted(incident.number for incident in made)
    back = re.search(r'rel="prev" href="([^"]+)"', second.content.decode())[1].replace("&amp;", "&")
    assert rows(client.get(LIST + back)) == rows(first)


@pytest.mark.parametrize("key", ["open", "team", "unassigned", "overdue"])
def test_what_one_sets_aside_leaves_one_s_queues_and_their_counts(world, key):
    kept, away = report(world, 2, at=now() - timedelta(days=90))
    mine, other = signed(world.agent), signed(world.teammate)
    assert tab(mine, key)[1] == "2"
    snoozing.set_aside(away, actor=world.agent, until=now() + LATER)
    assert tab(mine, key) == ([kept.number], "1")
    assert tab(other, key)[1] == "2"
    assert tab(mine, "snoozed") == ([away.number], "1")
    assert away.number in tab(mine, "all")[0]
    assert waiting_for_my_teams(scope_of(world.agent)) == 1
    facet = mine.get(f"{LIST}?tab={key}").content.decode()
    assert re.search(r'value="open"[^>]*><span>[^<]+</span><i>1<', facet)


def test_setting_aside_on_the_page_and_taking_it_back_in_the_toast(world):
    (incident,) = report(world)
    client = signed(world.agent)
    offered = choices(client.get(address(incident, "snooze/")))
    assert any(words.startswith("Dans 1") for words in offered)
    at = next(iter(offered.values()))
    page = client.post(address(incident, "snooze/"), {"when": at, "version": incident.version}, follow=True)
    text = page.content.decode()
    assert f'action="{address(incident, "wake/")}"' in text.split('class="toasts"')[1]
    assert "Vous avez mis ce ticket de côté" in text
    client.post(address(incident, "wake/"))
    client.post(address(incident, "wake/"))
    assert not Snooze.objects.exists()


def test_what_changed_a_moment_ago_is_not_set_aside_unseen(world):
    (incident,) = report(world)
    services.comment(incident.pk, actor=world.customer, body="Urgent !", public=True)
    client = signed(world.agent)
    sent = {"when": (now() + LATER).isoformat(), "version": incident.version}
    page = client.post(address(incident, "snooze/"), sent)
    assert page.status_code == 409
    assert not Snooze.objects.exists()
    version = re.search(r'name="version" value="(\d+)"', page.content.decode())[1]
    assert client.post(address(incident, "snooze/"), sent | {"version": version}).status_code == 302


@pytest.mark.parametrize("sent", [{}, {"when": ""}, {"when": "date"}, {"when": "date", "until": "2099-01-01T10:00"}])
def test_a_moment_that_is_none_or_too_far_is_said(world, sent):
    (incident,) = report(world)
    assert signed(world.agent).post(address(incident, "snooze/"), {"x": "1"} | sent).status_code == 422
    assert not Snooze.objects.exists()


def test_a_follow_up_is_shown_counted_and_done(world):
    today, later, theirs = report(world, 3)
    services.assign(theirs.pk, actor=world.agent, team=world.n2)
    client = signed(world.agent)
    offered = choices(client.get(address(today, "follow_up/")))
    at = next(iter(offered.values()))
    assert client.post(address(today, "follow_up/"), {"when": at, "reason": " "}).status_code == 422
    for each in (today, later):
        client.post(address(each, "follow_up/"), {"when": at, "reason": "Relancer le fournisseur"})
    services.follow_up(theirs.pk, actor=world.network, on=now() + LATER, reason="x")
    assert tab(client, "follow") == ([], "0")
    Record.objects.filter(pk__in=[today.pk, theirs.pk]).update(follow_up_at=now() - LATER)
    FollowUp.objects.filter(pk=today.pk).update(at=now() - LATER)
    assert tab(client, "follow") == ([today.number], "1")
    assert tab(signed(world.network), "follow") == ([theirs.number], "1")
    assert "calendar-due" in client.get(LIST).content.decode()
    text = client.get(address(today)).content.decode()
    assert "À suivre aujourd’hui" in text
    assert "Relancer le fournisseur" in text
    client.post(address(today, "follow_up/"), {"version": fresh(today).version})
    assert fresh(today).follow_up_at is None


def test_only_who_works_it_plans_and_only_who_reads_it_sets_it_aside(world):
    (incident,) = report(world)
    planning = {"when": (now() + LATER).isoformat(), "reason": "x"}
    assert signed(world.mainframe).post(address(incident, "follow_up/"), planning).status_code == 403
    assert signed(world.mainframe).post(address(incident, "snooze/"), planning).status_code == 302
    for person in (world.customer, world.foreign_agent):
        for act in ("follow_up/", "snooze/", "wake/"):
            assert signed(person).post(address(incident, act), planning).status_code == 404


def test_the_list_costs_the_same_with_many_set_aside(world, django_assert_max_num_queries):
    made = report(world, 30)
    client = signed(world.agent)
    client.get(LIST)
    for each in made[:20]:
        snoozing.set_aside(each, actor=world.agent, until=now() + LATER)
    Record.objects.filter(pk=made[25].pk).update(woken_at=now(), follow_up_at=now())
    with django_assert_max_num_queries(14):
        assert len(rows(client.get(LIST))) == 10


@pytest.mark.parametrize("wanted", ["rec_woken", "rec_follow_up", "snooze_due", "follow_up_due"])
def test_what_is_due_is_found_by_its_index(world, wanted):
    at = now()
    queries = {
        "rec_woken": Record.objects.filter(woken_at__isnull=False),
        "rec_follow_up": Record.objects.active().filter(follow_up_at__lt=at),
        "snooze_due": Snooze.objects.filter(woken_at=None, until__lte=at),
        "follow_up_due": FollowUp.objects.filter(told_at=None, at__lte=at),
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert wanted in queries[wanted].explain()


def test_over_rest_it_is_planned_read_and_ended(world):
    (incident,) = report(world)
    client = signed(world.agent)
    url = f"/api/v1/incidents/{incident.number}/follow-up/"
    at = (now() + LATER).replace(microsecond=0)

    def post(**body):
        return client.post(url, body, content_type="application/json")

    assert post(at="yesterday").status_code == 400
    assert post().status_code == 400
    assert post(at=at.isoformat()).status_code in (400, 422)
    assert post(at=(now() - LATER).isoformat(), reason="x").status_code in (400, 422)
    made = post(at=at.isoformat(), reason="Relancer")
    assert made.status_code == 200
    assert datetime.fromisoformat(made.json()["follow_up_at"]) == at
    found = client.get(f"/api/v1/incidents/?follow_up_before={(at + LATER).isoformat().replace('+00:00', 'Z')}").json()
    assert [row["number"] for row in found["results"]] == [incident.number]
    asked = f"/api/v1/incidents/{incident.number}/"
    assert signed(world.customer).get(asked).json()["follow_up_at"] is None
    assert post(at=None).json()["follow_up_at"] is None
    assert signed(world.foreign_agent).post(url, {"at": None}, content_type="application/json").status_code == 404
    assert signed(world.customer).post(url, {"at": None}, content_type="application/json").status_code == 403


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_held_until_monday_then_set_aside_and_undone_by_keyboard_alone(world, browse):
    held, away = report(world, 2)
    page = browse(login="agent", language="en")
    page.goto(address(held))
    page.keyboard.press("h")
    page.locator("#dialog select[name=reason]:focus").wait_for()
    while page.evaluate("document.activeElement.value") != "supplier":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    for _each in range(8):  # "Monday", which is "Tomorrow" on a Sunday
        page.keyboard.press("ArrowDown")
        if page.evaluate("new Date(document.activeElement.value).getDay()") == 1:
            break
    page.keyboard.press("Control+Enter")
    page.get_by_text("On hold:").first.wait_for()
    assert fresh(held).hold_until.weekday() == 0
    page.goto(address(away))
    page.keyboard.press("z")
    page.locator("#dialog input[name=when]:focus").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    page.get_by_text("You set this ticket aside until").wait_for()
    assert Snooze.objects.get().person_id == world.agent.pk
    page.keyboard.press("u")
    page.locator(".toasts").get_by_text("is back in your queues").wait_for()
    assert not Snooze.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_typed_date_is_the_answer(world, browse):
    (incident,) = report(world)
    page = browse(login="agent", language="en", width=390)
    page.goto(address(incident, "snooze/"))
    assert page.locator("input[name=until]").is_hidden()
    page.locator("input[name=when][value=date]").check()
    page.fill("input[name=until]", "2099-01-05T09:30")
    assert page.is_checked("input[name=when][value=date]")
    page.locator("input[name=when]").first.check()
    assert page.input_value("input[name=until]") == ""
    assert page.locator("input[name=until]").is_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
