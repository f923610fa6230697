from django.db import migrations, models


def mark(apps, schema_editor):
    """The reason of the product's own list; a site's own reasons are for the site to mark."""
    apps.get_model("records", "HoldReason").objects.filter(code="supplier").update(waits_for_supplier=True)


class Migration(migrations.Migration):
    dependencies = [("records", "0011_queue_of_resolved")]

    operations = [
        migrations.AddField(
            model_name="holdreason",
            name="waits_for_supplier",
            field=models.BooleanField(default=False, verbose_name="a supplier's contract counts meanwhile"),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
