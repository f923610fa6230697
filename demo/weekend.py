"""The incident that waited over a week-end with a holiday (Easter, All Saints), in the night of which the clocks changed too."""

from datetime import date, datetime, time, timedelta

from itsm.calendars.models import Calendar
from itsm.calendars.spec import CalendarSpec, spec_of
from itsm.core import now

from . import tickets

TITLE = "Tableur de clôture : les macros ne se lancent plus"
_SUBJECT = ("office", TITLE, "Depuis ce matin, le bouton « Consolider » ne fait plus rien.", 4, [])


def build(c, maker: tickets.Maker) -> None:
    """Load it: opened on the Friday, held until the Tuesday, 2 h 30 on the clock."""
    sunday = last_sunday(
        min(now(), maker.now).date() - timedelta(days=10), spec_of(Calendar.objects.get(code="OFFICE"))
    )
    friday, tuesday, agent = sunday - timedelta(days=2), sunday + timedelta(days=2), c.accounts["agent"]
    life = maker.born(
        _at(friday, 15, 10),
        title=TITLE,
        impact=4,
        urgency=2,
        requester=c.accounts["requester"],
        subject=_SUBJECT,
        channel="phone",
    )
    life.at = _at(friday, 15, 22)
    life.acknowledge(agent)
    life.at = _at(friday, 15, 55)
    life.hold("requester", "Pouvez-vous m’envoyer le classeur, et me dire quand il a servi pour la dernière fois ?")
    life.at = _at(tuesday, 9, 40)
    life.wake("requester", "Le voici, il marchait encore jeudi. Le bureau était fermé hier, jour férié.")
    life.at = _at(tuesday, 11, 25)
    life.resolve(code="configuration")
    life.at = _at(tuesday + timedelta(days=5), 11, 26)
    life.close(None)
    tickets.bulk.load([life.finish()])


def last_sunday(before: date, spec: CalendarSpec) -> date:
    """The newest Sunday on which the clocks changed and whose Monday was a holiday of the calendar."""
    day = before - timedelta(days=(before.weekday() + 1) % 7)
    while not (_changes(day, spec) and _is_holiday(day + timedelta(days=1), spec)):
        day -= timedelta(days=7)
    return day


def _changes(day: date, spec: CalendarSpec) -> bool:
    noon = datetime.combine(day, time(12), spec.zone)
    return noon.utcoffset() != (noon - timedelta(days=1)).utcoffset()


def _is_holiday(day: date, spec: CalendarSpec) -> bool:
    return bool(spec.week[day.weekday()]) and not spec.minutes(day)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), tickets.PARIS)
