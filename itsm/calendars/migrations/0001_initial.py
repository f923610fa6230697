"""Calendars of working hours."""

import django.db.models.deletion
from django.db import migrations, models

import itsm.calendars.models
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50, validators=[itsm.calendars.models.validate_zone])),
                ('always_open', models.BooleanField(default=False, verbose_name='open day and night')),
                ('holiday_country', models.CharField(blank=True, max_length=2)),
                ('holiday_subdivision', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='calendar_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Opening',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='openings', to='calendars.calendar')),
                ('weekday', models.PositiveSmallIntegerField(help_text='0 is Monday')),
                ('starts', models.PositiveSmallIntegerField(help_text='Minutes from midnight')),
                ('ends', models.PositiveSmallIntegerField(help_text='Minutes from midnight, at most 1440')),
            ],
            options={
                'ordering': ['weekday', 'starts'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='opening_weekday_0_to_6'),
                    models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts')), ('ends__lte', 1440)), name='opening_ends_after_start'),
                    models.UniqueConstraint(fields=('calendar', 'weekday', 'starts'), name='opening_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SpecialDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='special_days', to='calendars.calendar')),
                ('date', models.DateField()),
                ('label', models.CharField(blank=True, max_length=120)),
                ('starts', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('ends', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                'ordering': ['date', 'starts'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('ends', None), ('starts', None)), models.Q(('ends__gt', models.F('starts')), ('ends__lte', 1440), ('starts__isnull', False)), _connector='OR'), name='special_day_closed_or_open'),
                ],
            },
        ),
    ]
