"""Which calendar applies, and the ones that ship."""

import pytest
from django.db import IntegrityError, transaction

from itsm.calendars.calendars import calendar_for
from itsm.calendars.defaults import ensure_default_calendars
from itsm.calendars.models import Calendar, Opening
from itsm.core import reference, versions
from itsm.people.models import Organisation

pytestmark = pytest.mark.django_db


def test_the_nearest_organisation_up_the_tree_gives_the_calendar(world):
    assert calendar_for(world.finance).code == "OFFICE"
    Organisation.objects.filter(pk=world.lumen.pk).update(calendar=Calendar.objects.get(code="OFFICE-MTL"))
    versions.bump("people")
    reference.forget_everything()
    assert calendar_for(world.finance).code == "OFFICE-MTL"
    assert calendar_for(world.finance, "ONCALL24").always_open


def test_the_shipped_calendars_are_made_once_and_a_sites_changes_stay(world):
    Calendar.objects.filter(code="OFFICE").update(time_zone="UTC")
    Opening.objects.filter(calendar__code="DESK-EXT", weekday=5).delete()
    ensure_default_calendars()
    assert Calendar.objects.get(code="OFFICE").time_zone == "UTC"
    assert Opening.objects.filter(calendar__code="DESK-EXT").count() == 5


def test_an_opening_ends_after_it_starts(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        Opening.objects.create(calendar=Calendar.objects.first(), weekday=0, starts=600, ends=500)
