"""A calendar may be of an organisation, which has a calendar."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('calendars', '0001_initial'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.AddField(
            model_name='calendar',
            name='organisation',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendars', to='people.organisation'),
        ),
    ]
