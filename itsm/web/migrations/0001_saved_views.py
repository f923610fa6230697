"""Saved views and lists as people like them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    dependencies = [
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='saved_views', to='people.team', verbose_name='team')),
                ('place', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('query', models.CharField(blank=True, max_length=1000)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('changed_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(models.F('owner'), models.F('place'), django.db.models.functions.text.Lower('name'), name='saved_view_name_unique'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_has_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ListPreference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('place', models.CharField(max_length=40)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, null=True, size=None)),
                ('first_view', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='web.savedview')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('owner', 'place'), name='list_preference_unique'),
                ],
            },
        ),
    ]
