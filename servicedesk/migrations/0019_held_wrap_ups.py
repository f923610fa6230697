"""A wrap-up that is held remembers since when, and for how long it was held: its countdown goes on where it stood."""

from django.db import migrations, models
from django.db.models import F


def carry(apps, _schema):
    apps.get_model("servicedesk", "Call").objects.filter(wrap_up_held=True).update(wrap_up_held_at=F("changed_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("servicedesk", "0018_majors_and_campaigns"),
    ]

    operations = [
        migrations.AddField("call", "wrap_up_held_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("call", "wrap_up_held_seconds", models.PositiveIntegerField(default=0, editable=False)),
        migrations.RunPython(carry, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField("call", "wrap_up_held"),
    ]
