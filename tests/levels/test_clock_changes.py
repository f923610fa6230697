"""A night in which the clocks change is said where it happened, in words of both languages."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from itsm.calendars.models import Calendar
from itsm.calendars.spec import spec_of
from itsm.levels.explaining import clock_change
from itsm.records.explained import page
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def at(month: int, day: int, hour: int, minute: int = 0, year: int = 2024) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("begins", "ends", "found"),
    [
        (at(3, 29, 16), at(4, 2, 9), (at(3, 31, 0).date(), True)),
        (at(10, 25, 16), at(10, 28, 9), (at(10, 27, 0).date(), False)),
        (at(3, 31, 1), at(3, 31, 4), (at(3, 31, 0).date(), True)),
        (at(3, 31, 4), at(4, 2, 9), None),
        (at(3, 29, 16), at(3, 31, 1, 59), None),
        (datetime(2024, 3, 31, 0, tzinfo=UTC), datetime(2024, 3, 31, 2, tzinfo=UTC), (at(3, 31, 0).date(), True)),
        (at(1, 1, 0), at(12, 31, 0), (at(10, 27, 0).date(), False)),
        (at(1, 1, 0, year=2020), at(12, 31, 0), None),
    ],
)
def test_the_day_of_the_change_is_found(world, begins, ends, found):
    assert clock_change(spec_of(Calendar.objects.get(code="OFFICE")), begins, ends) == found


def reasons(incident, language: str) -> list[str]:
    with translation.override(language):
        rows = page.context(incident, at=at(4, 3, 9))["rows"]
    return [f"{row['counted']} | {row['why']}".replace("\u00a0", " ") for row in rows]


def incident(world, **more):
    return services.open_incident(
        actor=world.agent, requester=world.customer, title="Waits", channel="phone", at=at(3, 29, 15, 10), **more
    )


def test_a_wait_over_easter_gives_back_what_was_open(world):
    waits = incident(world, urgency=2)
    services.acknowledge(waits.pk, actor=world.agent, at=at(3, 29, 15, 22))
    services.hold(waits.pk, actor=world.agent, reason=world.wait_supplier, comment="?", at=at(3, 29, 15, 55))
    services.resume(waits.pk, actor=world.agent, at=at(4, 2, 9, 40))
    services.resolve(waits.pk, actor=world.agent, resolution_code=world.solved, resolution="ok", at=at(4, 2, 11, 25))
    french, english = reasons(waits, "fr"), reasons(waits, "en")
    assert french[1] == (
        "0 | Attente fournisseur : 2 h 45 ouvrées rendues, heures fermées déduites (Lundi de Pâques)"
        " · passage à l’heure d’été le dim. 31 mars"
    )
    assert english[1] == (
        "0 | Waiting for supplier: 2h 45m of business time given back, closed hours left out (Easter Monday)"
        " · clocks forward one hour on Sun 31 Mar"
    )
    assert [row.partition(" |")[0] for row in english] == ["45m", "0", "1h 45m"]


def test_round_the_clock_the_hour_that_was_not_there_is_not_counted(world):
    always = incident(world, urgency=1, impact=1)
    services.resolve(always.pk, actor=world.agent, resolution_code=world.solved, resolution="ok", at=at(4, 1, 15, 10))
    clock = always.clocks.get(kind="sla", metric="resolve")
    assert clock.elapsed_seconds == 71 * 3600
    assert any("clocks forward one hour on Sun 31 Mar" in why for why in reasons(always, "en"))
