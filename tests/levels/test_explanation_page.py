"""The page "why this deadline": the mock-up in words of both languages, and every other state that a clock may be in."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from itsm.calendars.models import Calendar
from itsm.core import reference, versions
from itsm.levels.models import Clock
from itsm.records.explained import page
from itsm.records.models import Record
from servicedesk.incidents import services

from .agreed import HOUR, agree, contract
from .test_explaining import PARIS, at, told  # noqa: F401 - the fixture of the mock-up

NBSP = "\u00a0"


def rows_of(record, language: str, asked: str = "", when=None) -> list[tuple]:
    with translation.override(language):
        found = page.context(record, asked, at=when or at(17, 9))
    return [(row["from"], row["to"], row["counted"].replace(NBSP, " "), row["total"].replace(NBSP, " "), row["why"].replace(NBSP, " ")) for row in found["rows"]]  # fmt: skip


def opened(world, when, **more):
    return services.open_incident(
        actor=world.agent,
        requester=world.customer,
        title="Lent",
        urgency=more.pop("urgency", 3),
        channel="phone",
        at=when,
        **more,
    )


def get(world, record, who="agent", query=""):
    client = Client()
    client.force_login(getattr(world, who))
    return client.get(f"/desk/incidents/{record.number}/clocks/{query}")


def test_the_rows_of_the_mock_up_in_french(told):  # noqa: F811
    assert rows_of(told, "fr") == [
        ("mar. 10, 16:20", "mar. 10, 18:00", "1 h 40", "1 h 40", "Ouverture, P4, cible 40 h"),
        ("mar. 10, 18:00", "jeu. 12, 08:00", "0", "1 h 40", "Fermé : Armistice, calendrier Heures de bureau"),
        ("jeu. 12, 08:00", "jeu. 12, 10:15", "2 h 15", "3 h 55", "Chez N2-RES"),
        ("jeu. 12, 10:15", "jeu. 12, 15:00", "0", "3 h 55", "Attente demandeur : 3 h 45 ouvrées rendues, heures fermées déduites"),
        ("jeu. 12, 15:00", "jeu. 12, 18:00", "3 h", "6 h 55", "16:00 : P4 → P3, cible 16 h, rétroactive, pause conservée"),
        ("ven. 13, 08:00", "ven. 13, 17:00", "8 h", "14 h 55", "Chez N3-ZOS · Vendredi ferme à 17:00"),
        ("lun. 16, 08:00", "lun. 16, 09:05", "1 h 05", "16 h", "Temps écoulé"),
        ("lun. 16, 09:05", "lun. 16, 10:02", "57 min", "16 h 57", "Résolu par N3-ZOS"),
    ]  # fmt: skip


def test_and_in_english(told):  # noqa: F811
    assert [row[4] for row in rows_of(told, "en")] == [
        "Opening, P4, target 40h", "Closed: Armistice Day, calendar Office hours", "With N2-RES",
        "Waiting for requester: 3h 45m of business time given back, closed hours left out",
        "16:00: P4 → P3, target 16h, retroactive, pause kept", "With N3-ZOS · Friday closes at 17:00", "Time used up", "Resolved by N3-ZOS",
    ]  # fmt: skip


def test_the_head_says_the_conclusion(told, world):  # noqa: F811
    with translation.override("fr"):
        found = page.context(told, at=at(17, 9))
    assert found["sentence"] == "Pourquoi ce délai est dépassé"
    assert f"dépassé de 57{NBSP}min" in found["chip"]
    facts = [(fact["v"], fact["x"]) for fact in found["facts"]]
    assert facts[0] == (f"16{NBSP}h{NBSP}57 / 16{NBSP}h", "heures ouvrées")
    assert facts[1] == ("lun. 16 nov., 09:05", f"résolu{NBSP}: 10:02")
    assert facts[2][0] == f"Engagement standard, P3, 16{NBSP}h"
    assert facts[3][0] == f"N3-ZOS : 12{NBSP}h{NBSP}02 sur 16{NBSP}h{NBSP}57".replace("N3-ZOS :", f"N3-ZOS{NBSP}:")
    assert found["frozen"]


def test_the_picture_has_a_column_a_worked_day_and_what_the_table_has(told):  # noqa: F811
    with translation.override("fr"):
        drawn = page.context(told, at=at(17, 9))["picture"]
    assert [day["text"] for day in drawn["days"]] == [
        "mar. 10 nov.",
        "mer. 11 nov.",
        "jeu. 12 nov.",
        "ven. 13 nov.",
        "lun. 16 nov.",
    ]
    assert [day["holiday"] for day in drawn["holidays"]] == ["Armistice"]
    assert [band["title"] for band in drawn["priorities"]] == ["P4", "P3 depuis jeu. 16:00"]
    assert {bar["tone"] for bar in drawn["runs"]} == {"blue", "red", "pause"}
    assert [band["tone"] for band in drawn["teams"]] == ["green", "green", "red"]
    assert "échéance 09:05" in drawn["due"]["text"]
    assert any(fact["change"] and "P4 → P3" in fact["text"] for fact in drawn["facts"])


def test_the_page_in_few_queries_and_bytes(told, world, django_assert_max_num_queries):  # noqa: F811
    client = Client()
    client.force_login(world.agent)
    client.get("/desk/incidents/")
    with django_assert_max_num_queries(12):
        answer = client.get(f"/desk/incidents/{told.number}/clocks/")
    assert answer.status_code == 200
    assert len(answer.content) < 60_000
    assert "style=" not in answer.content.decode()


def test_only_those_who_read_it_as_the_desk(told, world):  # noqa: F811
    statuses = {
        who: get(world, told, who).status_code
        for who in ("agent", "mainframe", "lead", "manager", "customer", "stranger", "foreign_agent")
    }
    assert statuses == {
        "agent": 200, "mainframe": 200, "lead": 200, "manager": 200, "customer": 404, "stranger": 404, "foreign_agent": 404,
    }  # fmt: skip


def test_each_leg_can_be_chosen_and_a_clock_of_another_record_cannot(told, world):  # noqa: F811
    leg = Clock.objects.get(record=told, kind="ola", team=world.n3)
    assert rows_of(told, "fr", str(leg.pk))[0][4] == "Affecté à N3-ZOS, cible 2 h · Temps écoulé"
    assert rows_of(told, "fr", str(leg.pk))[-1][4] == "Pris en charge par N3-ZOS"
    other = Clock.objects.get(record=opened(world, at(16, 9)), metric="resolve")
    assert rows_of(told, "fr", str(other.pk)) == rows_of(told, "fr") == rows_of(told, "fr", "x\x00")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_state_of_a_clock_has_its_page(world, language):
    contract()
    monday = at(16, 9)
    running = opened(world, monday)
    paused = opened(world, monday)
    services.hold(paused.pk, actor=world.agent, reason=world.wait_supplier, at=monday + timedelta(hours=1))
    met = opened(world, monday)
    services.resolve(
        met.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.", at=monday + timedelta(hours=1)
    )
    cancelled = opened(world, monday)
    services.cancel(cancelled.pk, actor=world.agent, reason="Doublon", at=monday + timedelta(hours=1))
    planned = opened(world, monday, impact=4, urgency=4)
    day_and_night = opened(world, monday, impact=1, urgency=1)
    expected = {
        running: ("Why it is due on", "Pourquoi l’échéance est"), paused: ("Why this clock is paused", "Pourquoi cette horloge est en pause"),
        met: ("Why this deadline was kept", "Pourquoi ce délai est tenu"), cancelled: ("Why this deadline no longer counts", "Pourquoi ce délai ne compte plus"),
        planned: ("Why no deadline is promised", "Pourquoi aucun délai n’est promis"), day_and_night: ("Why this deadline is missed", "Pourquoi ce délai est dépassé"),
    }  # fmt: skip
    for record, (english, french) in expected.items():
        world.agent.language = language
        world.agent.save(update_fields=["language"])
        for clock in Clock.objects.filter(record=record):
            assert get(world, record, query=f"?clock={clock.pk}").status_code == 200
        with translation.override(language):
            found = page.context(Record.objects.get(pk=record.pk), at=monday + timedelta(hours=6))
        assert found["sentence"].startswith(english if language == "en" else french)


def test_a_record_without_any_clock_says_so(world):
    record = opened(world, at(16, 9))
    Clock.objects.filter(record=record).delete()
    assert get(world, record).status_code == 200


def test_a_clock_of_before_there_were_events(told, world):  # noqa: F811
    Clock.objects.filter(record=told).update(events=[], frozen=None)
    found = rows_of(told, "fr")
    assert found[0][4] == "Ouverture, cible 16 h"
    assert found[-1][4] == "Résolu par N3-ZOS"
    assert get(world, told).status_code == 200


def test_a_year_is_told_a_line_a_week_and_drawn_on_a_plain_scale(world):
    record = opened(world, datetime(2025, 10, 1, 9, tzinfo=PARIS), urgency=3)
    found = page.context(Record.objects.get(pk=record.pk), at=at(17, 9))
    assert len(found["rows"]) < 90
    assert found["picture"]["hours"] == []
    assert 5 <= len(found["picture"]["days"]) <= 13
    assert get(world, record).status_code == 200
    assert len(get(world, record).content) < 60_000


def test_times_are_those_of_the_calendar_and_the_page_says_so_elsewhere(told, world):  # noqa: F811
    with timezone.override(ZoneInfo("America/Montreal")):
        found = page.context(told, at=at(17, 9))
    assert found["zone"] == "Europe/Paris"
    assert found["rows"][0]["from"].endswith("16:20")


def test_a_day_of_23_hours_day_and_night(world):
    """29 March 2026: the clocks go from 2 to 3 o’clock."""
    agree(
        "NIGHT",
        {(None, "resolve"): 30 * HOUR},
        calendar=Calendar.objects.get(code="ONCALL24"),
        organisation=world.lumen,
    )
    record = opened(world, datetime(2026, 3, 28, 22, tzinfo=PARIS))
    services.resolve(
        record.pk,
        actor=world.agent,
        resolution_code=world.solved,
        resolution="Fait.",
        at=datetime(2026, 3, 30, 8, tzinfo=PARIS),
    )
    found = page.context(Record.objects.get(pk=record.pk), at=at(17, 9))
    assert found["counted"].replace(NBSP, " ") == "33 h"
    assert [row["total"].replace(NBSP, " ") for row in found["rows"]][-1] == "33 h"
    assert len(found["picture"]["days"]) == 3


def test_a_calendar_changed_later_leaves_an_old_clock_with_a_note(told, world):  # noqa: F811
    Clock.objects.filter(record=told).update(frozen=None)
    office = Calendar.objects.get(code="OFFICE")
    office.openings.filter(weekday=4).delete()
    versions.bump("calendars")
    reference.forget_everything()
    assert page.context(told, at=at(17, 9))["differs"]


def test_the_pills_lead_here_and_count_business_time(world):
    record = opened(world, datetime.now(PARIS) - timedelta(minutes=5))
    client = Client()
    client.force_login(world.agent)
    text = client.get(f"/desk/incidents/{record.number}/").content.decode()
    clock = Clock.objects.get(record=record, metric="resolve")
    assert f"/desk/incidents/{record.number}/clocks/?clock={clock.pk}" in text
    assert 'data-left="' in text
    assert 'data-open="' in text


def test_a_contract_says_whose_it_is(world):
    monday = at(16, 9)
    contract()
    maker = contract(code="MAT", name="Mainteneur")
    record = opened(world, monday)
    services.hold(
        record.pk,
        actor=world.agent,
        reason=world.wait_supplier,
        supplier=maker.supplier,
        at=monday + timedelta(hours=1),
    )
    services.resume(record.pk, actor=world.agent, at=monday + timedelta(hours=2))
    clock = Clock.objects.get(record=record, kind="uc")
    rows = rows_of(record, "fr", str(clock.pk), monday + timedelta(hours=3))
    assert rows[0][4] == "Attente fournisseur : Mainteneur, cible 4 h · L’attente de Mainteneur est terminée"
    with translation.override("fr"):
        found = page.context(Record.objects.get(pk=record.pk), str(clock.pk), at=monday + timedelta(hours=3))
        assert found["name"] == "Fournisseur Mainteneur"
        assert "promis par Mainteneur" in next(fact["x"] for fact in found["facts"] if "UC-MAT" in fact["v"])
    client = Client()
    client.force_login(world.agent)
    assert "Attente fournisseur (Mainteneur)" in client.get(f"/desk/incidents/{record.number}/").content.decode()
