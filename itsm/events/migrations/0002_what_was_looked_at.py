"""When the sweep looked at what a silence covers; when a step of an alert was written, by the clock of the database; words of closed ones."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models import F
from django.db.models.functions import Now, Upper


def begun(apps, schema_editor):
    """Silences that hold already were looked at."""
    silences = apps.get_model("events", "Silence").objects.filter(starts_at__lte=Now())
    silences.update(begun_at=F("starts_at"))


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]
    operations = [
        migrations.AddField("silence", "begun_at", models.DateTimeField(editable=False, null=True)),
        migrations.RunPython(begun, migrations.RunPython.noop),
        migrations.AddField("alertentry", "written_at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.AddIndex(
            "alert",
            GinIndex(
                OpClass(Upper("title"), name="gin_trgm_ops"),
                OpClass(Upper("key"), name="gin_trgm_ops"),
                OpClass(Upper("said_item"), name="gin_trgm_ops"),
                condition=models.Q(closed_at__isnull=False),
                name="alert_words_closed",
            ),
        ),
    ]
