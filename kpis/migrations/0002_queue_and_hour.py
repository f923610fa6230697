from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial")]

    operations = [
        migrations.AddField("fact", "hour", models.PositiveSmallIntegerField(null=True)),
        migrations.AddField("fact", "queue_id", models.BigIntegerField(null=True)),
    ]
