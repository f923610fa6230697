"""Morning checks: one colour a day, by a person or by a rule."""

from datetime import timedelta

import pytest

from itsm.core.errors import DomainError, IllegalMove
from itsm.events.models import Alert
from itsm.events.services import raise_event
from itsm.records.models import Record
from operations.control.shifts import checking
from operations.control.shifts.models import CheckList, CheckResult
from tests.cmdb.factories import make_ci

from .conftest import MORNING, TODAY


def test_a_check_has_one_colour_a_day_and_it_may_change(checks):
    checking.tick(checks.backups.pk, actor=checks.sekou, colour="green")
    checking.tick(checks.backups.pk, actor=checks.maud, colour="red", note="Messagerie : 2 nuits")
    result = CheckResult.objects.get()
    assert (result.colour, result.by, result.times, result.day) == ("red", checks.maud, 2, MORNING.date())
    assert checking.progress(checking.today(checks.lumen.pk)) == (1, 3)


def test_what_is_not_good_is_explained(checks):
    for wrong in ({"colour": "amber"}, {"colour": "pink", "note": "?"}):
        with pytest.raises(DomainError):
            checking.tick(checks.backups.pk, actor=checks.sekou, **wrong)
    assert not CheckResult.objects.exists()


def test_days_to_come_and_days_long_ago_are_not_ticked(checks):
    for days in (1, -8):
        with pytest.raises(DomainError):
            checking.tick(
                checks.backups.pk, actor=checks.sekou, colour="green", day=(TODAY + timedelta(days=days)).date()
            )
    assert checking.tick(checks.backups.pk, actor=checks.sekou, colour="green", day=(TODAY - timedelta(days=1)).date())


def test_a_rule_ticks_and_a_person_overrules_it_for_the_day(checks):
    assert checking.run_rules(checks.checklist, MORNING) == 1
    assert checking.run_rules(checks.checklist, MORNING) == 0
    result = CheckResult.objects.get(check_of=checks.majors)
    assert (result.colour, result.by) == ("green", None)
    checking.tick(checks.majors.pk, actor=checks.sekou, colour="amber", note="En observation")
    assert checking.run_rules(checks.checklist, MORNING) == 0
    result.refresh_from_db()
    assert result.colour == "amber"


def test_a_rule_reads_an_alert_by_its_key_and_the_state_of_an_item(checks):
    item = make_ci(organisation=checks.lumen, state="degraded")
    checking.save_list(
        checks.checklist.pk, actor=None,
        checks=[
            {"name_fr": "Espace DB2", "rule": "alert", "subject": "db2/TSPAIE03"},
            {"name_fr": "Baie", "rule": "item-state", "item_id": item.pk},
            {"name_fr": "Alertes de la baie", "rule": "alerts-of-item", "item_id": item.pk},
            {"name_fr": "Sans objet", "rule": "job"},
        ],
    )  # fmt: skip
    raise_event(
        organisation=checks.lumen, source="db2", key="db2/TSPAIE03", severity="critical", title="Tablespace plein"
    )
    checking.run_rules(checks.checklist, MORNING)
    found = dict(CheckResult.objects.values_list("check_of__name_fr", "colour"))
    assert found == {"Espace DB2": "red", "Baie": "amber", "Alertes de la baie": "green"}
    raise_event(
        organisation=checks.lumen,
        source="db2",
        key="db2/TSPAIE03",
        severity="ok",
        title="Tablespace",
        status="resolved",
    )
    checking.run_rules(checks.checklist, MORNING)
    assert CheckResult.objects.get(check_of__name_fr="Espace DB2").colour == "green"


def test_the_sweep_runs_rules_from_two_hours_before_the_time_and_not_again_at_once(checks, at):
    at(TODAY.replace(hour=4))
    assert checking.sweep() == 0
    assert CheckList.objects.get().next_at == TODAY.replace(hour=6, minute=30)
    at(TODAY.replace(hour=6, minute=31))
    assert checking.sweep() == 1
    assert checking.sweep() == 0


def test_a_list_that_is_not_done_in_time_raises_one_alert_that_ends_with_the_last_check(checks, at):
    at(TODAY.replace(hour=8, minute=31))
    checking.sweep()
    alert = Alert.objects.get()
    assert (alert.source, alert.severity, alert.state, "1" in alert.title) == ("checks", "minor", "open", True)
    at(TODAY.replace(hour=8, minute=42))
    checking.sweep()
    alert.refresh_from_db()
    assert alert.count == 1, "said once, not at every sweep"
    checking.tick(checks.backups.pk, actor=checks.sekou, colour="green")
    checking.tick(checks.rooms.pk, actor=checks.sekou, colour="amber", note="28 °C")
    alert.refresh_from_db()
    assert alert.cleared_at or alert.closed_at
    assert CheckList.objects.get().late_on is None


def test_a_late_list_of_yesterday_alarms_nobody_today(checks, at):
    at(TODAY.replace(hour=20))
    checking.sweep()
    at(TODAY + timedelta(days=1, hours=1))
    checking.sweep()
    assert Alert.objects.get().closed_at or Alert.objects.get().cleared_at


def test_a_list_of_working_days_is_not_done_on_a_holiday(checks, at):
    from itsm.calendars.models import Calendar

    checking.save_list(checks.checklist.pk, actor=None, calendar_id=Calendar.objects.get(code="OFFICE").pk)
    checks.checklist.refresh_from_db()
    assert checking.is_due(checks.checklist, TODAY.date())
    assert not checking.is_due(checks.checklist, TODAY.replace(month=5, day=1).date())
    assert not checking.is_due(checks.checklist, TODAY.replace(day=7).date())


def test_a_bad_check_opens_one_incident_on_its_item(checks):
    item = make_ci(organisation=checks.lumen)
    checks.backups.item = item
    checks.backups.save()
    result = checking.tick(checks.backups.pk, actor=checks.sekou, colour="red", note="Deux échecs")
    with_record = checking.open_incident(result.pk, actor=checks.sekou)
    record = Record.objects.get(pk=with_record.record_id)
    assert record.title == "Sauvegardes de la nuit"
    assert "Deux échecs" in record.description
    assert record.requester == checks.sekou
    assert record.affected.filter(item=item).exists()
    with pytest.raises(IllegalMove):
        checking.open_incident(result.pk, actor=checks.sekou)


def test_a_check_taken_from_the_list_keeps_its_past(checks):
    checking.tick(checks.backups.pk, actor=checks.sekou, colour="green")
    checking.save_list(checks.checklist.pk, actor=None, checks=[{"id": checks.rooms.pk, "name_fr": "Salles"}])
    assert CheckResult.objects.count() == 1
    names = [row["check"].name_fr for row in checking.rows_of(checks.checklist, MORNING.date())]
    assert set(names) == {"Sauvegardes de la nuit", "Salles"}
