from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("records", "0010_add_time_entries")]

    operations = [
        AddIndexConcurrently(
            model_name="record",
            index=models.Index(fields=["queue_at", "id"], condition=models.Q(phase="resolved"), name="rec_queue_resolved"),
        ),
    ]
