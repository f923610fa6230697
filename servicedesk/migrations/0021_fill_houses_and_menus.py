"""Operators are of their person's organisation; calls that never waited went through a menu where their number has one now."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Subquery


def fill(apps, _editor):
    """What was not written down when it happened is taken from what there is."""
    operator, call = apps.get_model("servicedesk", "Operator"), apps.get_model("servicedesk", "Call")
    person, number = apps.get_model("people", "User"), apps.get_model("servicedesk", "CallNumber")
    theirs = person.objects.filter(pk=OuterRef("person_id")).values("organisation")[:1]
    operator.objects.update(organisation=Subquery(theirs))
    sorted_by = number.objects.filter(number=OuterRef("to_number"), menu__isnull=False)
    unheard = call.objects.filter(direction="in", answered_at=None, queued_at=None)
    unheard.filter(Exists(sorted_by)).update(through_menu=True)


class Migration(migrations.Migration):
    dependencies = [("servicedesk", "0020_houses_menus_and_indexes")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
