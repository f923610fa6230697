"""The shifts, checks and windows of the demo, at whatever hour it is loaded."""

from itsm.cmdb.models import ConfigurationItem
from itsm.people.models import User
from itsm.planning.services import windows_at
from operations.control.shifts import checking, handing
from operations.control.shifts.models import Handover, LogEntry, Shift


def test_the_operator_is_in_the_shift_of_now_and_somebody_else_comes(lumen):
    shift = Shift.objects.at(lumen).get()
    people = handing.people_of(shift)
    assert User.objects.get(username="ops").pk in people
    assert len(people) >= 2
    assert all(each.accepted_by_id != each.signed_by_id for each in Handover.objects.all())


def test_two_of_twenty_checks_are_still_to_do(lumen):
    organisation = Shift.objects.at(lumen).get().organisation_id
    assert checking.progress(checking.today(organisation)) == (18, 20)


def test_the_log_has_two_weeks_and_points_to_follow(lumen):
    assert LogEntry.objects.count() > 80
    assert LogEntry.objects.to_follow().count() == 2
    assert LogEntry.objects.filter(text__startswith="TSPAIE03").get().actor.display_name == "Sékou Diallo"


def test_the_switch_of_nantes_is_in_its_window(lumen):
    item = ConfigurationItem.objects.get(name="SW-NTE-12")
    assert windows_at([item.pk], lumen)[item.pk].name.startswith("Remplacement")
