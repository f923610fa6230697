from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("records", "0012_supplier_waits")]

    operations = [
        AddIndexConcurrently(
            model_name="record",
            index=models.Index(
                fields=["-id"],
                condition=models.Q(
                    ("phase__in", ["open", "waiting"]), models.Q(("major", True), ("child_count__gte", 2), _connector="OR")
                ),
                name="rec_common",
            ),
        ),
    ]
