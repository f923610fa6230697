"""Planned outages from before: what was followed up to an hour late until now counts as followed."""

from datetime import timedelta

from django.db import migrations
from django.db.models import Q
from django.utils import timezone


def mark(apps, _schema_editor=None):
    rows = apps.get_model("cmdb", "Outage").objects.filter(planned=True, followed="")
    at = timezone.now()
    late = at - timedelta(hours=1)
    rows.filter(ends_at__lte=late).update(followed="over")
    begun = Q(starts_at__lte=late) | Q(starts_at__lte=at, item__state="maintenance")
    rows.filter(begun, followed="").update(followed="begun")


class Migration(migrations.Migration):
    dependencies = [("cmdb", "0008_add_followed_to_outage")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop, elidable=True)]
