from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("servicedesk", "0006_majors_squashed_0021")]

    operations = [
        migrations.AddField(
            model_name="exchange",
            name="dialplan",
            field=models.CharField(
                blank=True,
                default="",
                help_text="With it the dialplan queues, reads aloud and takes messages for us; its extensions are in the documentation.",
                max_length=80,
                verbose_name="context that takes orders",
            ),
        ),
    ]
