"""The shifts, checks and windows of the demo, at whatever hour it is loaded."""

from zoneinfo import ZoneInfo

from demo.shifts import USUAL
from itsm.cmdb.models import ConfigurationItem
from itsm.people.models import User
from itsm.planning.models import Window
from itsm.planning.services import windows_at
from operations.control.shifts import checking, handing
from operations.control.shifts.models import Handover, LogEntry, Shift
from operations.models import Output


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


def test_what_is_written_in_the_log_fits_its_hour(lumen):
    hours = {text: (since, until) for since, until, text in USUAL}
    rows = LogEntry.objects.filter(text__in=hours)
    assert rows.count() > 80
    for row in rows:
        since, until = hours[row.text]
        assert since <= row.at.astimezone(ZoneInfo("Europe/Paris")).hour < until, row.text


def test_the_switches_of_nantes_are_in_one_window_only(lumen):
    assert Window.objects.filter(name__icontains="commutateur").count() == 1


def test_an_output_is_due_after_its_job_begins(lumen):
    paris = ZoneInfo("Europe/Paris")
    present = lumen.astimezone(paris)
    for output in Output.objects.exclude(job_item=None).select_related("job_item__job"):
        minute, hour = output.job_item.job.schedule.split()[:2]
        if present.hour in range(7, 20):  # at other hours of loading the story runs over midnight
            assert (output.due_at.hour, output.due_at.minute) > (int(hour), int(minute)), output.name
