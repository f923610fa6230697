"""The wall: who reads it, what it says in words, that nothing changed costs nothing, and that it names nobody."""

import pytest

from itsm.core import now, versions
from itsm.records.models import Record
from kpis import figures as kpi_figures
from kpis.registry import KPIS
from servicedesk.calls import judging
from servicedesk.calls.console import tiles
from servicedesk.calls.wallboard import board
from servicedesk.incidents import services as incidents

from .by_hand import MONDAY, call, operator, queue

pytestmark = pytest.mark.django_db
WALL = "/calls/wall/"


@pytest.fixture
def wall(world, client, time_machine):
    time_machine.move_to(MONDAY.replace(hour=10, minute=42), tick=False)
    w = world
    w.line, w.english = queue(w, name="N1 Assistance"), queue(w, "EN", name="English")
    w.operator = operator(w, queues=[w.line])
    w.operator.state = "in_call"
    w.operator.save()
    call(w, queue=w.line, wait=12, talk=100)
    call(w, queue=w.line, wait=300, minutes=3)
    call(
        w,
        queue=w.line,
        state="queued",
        wait=0,
        answered=False,
        at=now(),
        minutes=-3,
        caller=w.customer,
        caller_name="Claire",
    )
    client.force_login(w.operator.person)
    return client


def test_figures_stand_with_what_they_mean(wall):
    page = wall.get(WALL).content.decode()
    for text in (
        "En attente",
        "3:00",
        "beaucoup trop longue",
        "50 %",
        "manqué",
        "1 sur 2 décrochés ou abandonnés",
        "N1 Assistance",
        "English",
        "En appel",
    ):
        assert text in page.replace("\u00a0", " "), text


def test_the_queues_and_what_is_outside_them_sum_up_to_the_whole(wall, world):
    call(world, answered=False, wait=0, minutes=8)
    call(world, queue=queue(world, "OLD", is_active=False), wait=5, talk=20, minutes=9)
    context = wall.get(WALL).context
    assert [(row["name"], row["calls"]) for row in context["rows"]] == [
        ("English", "0"),
        ("N1 Assistance", "3"),
        ("Hors file", "2"),
    ]
    assert context["tiles"][-1]["value"] == "5"
    wall.force_login(world.lead)
    for page in (WALL, "/calls/"):
        shown = wall.get(page).content.decode().replace("\u00a0", " ")
        assert "2 hors file" in shown, page
        assert "décrochés ou abandonnés" in shown, page


@pytest.mark.parametrize(
    ("calls", "usual", "said"),
    [(133, 103, "more"), (110, 103, "usual"), (80, 103, "fewer"), (160, 103, "busy"), (5, 3, "usual"), (4, None, "")],
)
def test_as_usual_is_said_within_a_sensible_band(calls, usual, said):
    assert judging.busyness(calls, usual) == said


def test_the_same_share_has_the_same_colour_on_the_console_and_the_wall(world):
    found = {
        "in_time_percent": 76.0,
        "asa_seconds": 29,
        "abandon_percent": 9.0,
        "threshold_seconds": None,
        "since": now(),
        "calls": 9,
        "received": 9,
    }
    found |= {
        "usual": None,
        "oldest_at": None,
        "oldest_seconds": None,
        "waiting": 0,
        "abandoned": 1,
        "call_backs": 0,
        "call_backs_late": 0,
    }
    found |= {"call_backs_soon": 0, "elsewhere": {"calls": 0, "waiting": 0}}
    console, on_wall = tiles._tiles(found), board._tiles(found, now())
    assert [tile.get("tone") for tile in console[1:4]] == ["amber", "", "red"]
    assert [tile["tone"] for tile in on_wall[1:4]] == ["amber", "green", "red"]
    assert on_wall[1]["word"] == "proche"
    assert "proche" in console[1]["note"]


def test_it_names_nobody(wall, world):
    page = wall.get(WALL).content.decode()
    for secret in ("Claire", "Fontaine", "Nadia", "Petit", "55004208", "5500"):
        assert secret not in page


def test_one_queue_by_its_address_and_none_that_does_not_exist(wall):
    page = wall.get(WALL + "?queue=EN").content.decode()
    assert "personne n’attend" in page
    assert "queue=EN" in page
    assert wall.get(WALL + "?queue=NONE").status_code == 404


def test_an_unchanged_poll_is_told_so_and_a_change_comes(wall, world, django_assert_num_queries, time_machine):
    versions.current("calls")
    asked = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "wall"}
    token = wall.get(WALL).context["version"]
    with django_assert_num_queries(1):  # who asks
        assert wall.get(WALL, {"v": token}, **asked).status_code == 204
    versions.cache.set(versions.PREFIX + "calls", "changed", None)
    part = wall.get(WALL, {"v": token}, **asked)
    assert part.status_code == 200
    assert "<html" not in part.content.decode()


def test_a_major_incident_stands_above_all(wall, world):
    record = incidents.open_incident(
        actor=world.agent, requester=world.customer, title="Messagerie indisponible", impact=1, urgency=1
    )
    Record.objects.filter(pk=record.pk).update(major=True)
    page = wall.get(WALL).content.decode()
    assert record.number in page
    assert "Messagerie indisponible" in page


@pytest.mark.parametrize("who", ["customer", "agent", "stranger", "manager"])
def test_for_everybody_else_it_does_not_exist(wall, world, who):
    wall.force_login(getattr(world, who))
    assert wall.get(WALL).status_code == 404


def test_where_no_queue_is_in_service_it_says_so(world, client):
    client.force_login(world.lead)
    assert "Aucune file" in client.get(WALL).content.decode()


def test_a_duration_is_written_alike_on_the_console_the_wall_and_the_indicators(wall, world):
    call(world, queue=world.line, wait=388, talk=10)
    written = kpi_figures.value(KPIS.get("asa"), 200.0)
    assert written == "3\u00a0min\u00a020"
    for page in (WALL, "/calls/"):
        shown = wall.get(page).content.decode()
        assert written in shown, page
        assert "≤ 30\u00a0s" in shown or "cible 30\u00a0s" in shown, page
