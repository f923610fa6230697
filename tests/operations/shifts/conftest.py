"""Two shifts of a team at the consoles, with a person each, on the day of the tests."""

from datetime import UTC, datetime, time, timedelta

import pytest

from operations.control.shifts import checking, rostering, services
from operations.control.shifts.models import Shift
from tests.world import person

TODAY = datetime(2026, 3, 3, tzinfo=UTC)
MORNING, EVENING = TODAY.replace(hour=9), TODAY.replace(hour=13, minute=30)


@pytest.fixture
def at(monkeypatch):
    """`at(instant)` moves the clock of the shifts."""

    def move(instant):
        from operations.control.shifts import gathering, handing, machines, rules, undone

        for module in (services, rostering, handing, checking, machines, gathering, rules, undone):
            monkeypatch.setattr(module, "now", lambda: instant)
        return instant

    return move


@pytest.fixture
def watch(ops, at):
    """Morning 06:00 to 14:00 with Sékou, afternoon 14:00 to 22:00 with Maud, night with nobody; it is 10:00 in Paris."""
    at(MORNING)
    w = ops
    w.sekou = person(w, "sekou", "Sékou", "Diallo", [("ops", w.lumen)], [w.pilots])
    w.maud = person(w, "maud", "Maud", "Roy", [("ops", w.lumen)], [w.pilots])
    w.morning = services.save_pattern(
        None, actor=None, organisation_id=w.lumen.pk, team_id=w.pilots.pk, name_fr="Quart du matin", name_en="Morning shift",
        starts=time(6), ends=time(14), turns=[{"user_id": w.sekou.pk, "weekdays": []}],
    )  # fmt: skip
    w.afternoon = services.save_pattern(
        None, actor=None, organisation_id=w.lumen.pk, team_id=w.pilots.pk, name_fr="Quart d’après-midi", name_en="Afternoon shift",
        starts=time(14), ends=time(22), turns=[{"user_id": w.maud.pk, "weekdays": [0, 1, 2, 3, 4]}],
    )  # fmt: skip
    w.night = services.save_pattern(
        None, actor=None, organisation_id=w.lumen.pk, team_id=w.pilots.pk, name_fr="Quart de nuit", starts=time(22), ends=time(6), turns=[],
    )  # fmt: skip
    rostering.plan()
    w.first = Shift.objects.get(pattern=w.morning, starts_at=TODAY.replace(hour=5))
    w.second = Shift.objects.get(pattern=w.afternoon, starts_at=TODAY.replace(hour=13))
    return w


@pytest.fixture
def checks(watch):
    """A list of three checks: two by hand, one by rule."""
    watch.checklist = checking.save_list(
        None, actor=None, organisation_id=watch.lumen.pk, name_fr="Contrôles du matin", name_en="Morning checks", due=time(9, 30),
        checks=[
            {"name_fr": "Sauvegardes de la nuit", "name_en": "Backups of the night", "group_fr": "Sauvegardes", "group_en": "Backups"},
            {"name_fr": "Températures des salles", "group_fr": "Salles"},
            {"name_fr": "Incidents majeurs", "rule": "majors", "group_fr": "Services"},
        ],
    )  # fmt: skip
    watch.backups, watch.rooms, watch.majors = watch.checklist.checks.order_by("position")
    return watch


WEEK = timedelta(days=7)
