"""Facts of records and samples of indicators."""

from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('kpis', '0001_initial'),
        ('kpis', '0002_queue_and_hour'),
    ]
    dependencies = []
    operations = [
        migrations.CreateModel(
            name='Fact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation_id', models.BigIntegerField()),
                ('team_id', models.BigIntegerField(null=True)),
                ('level', models.PositiveSmallIntegerField(null=True)),
                ('priority', models.PositiveSmallIntegerField(null=True)),
                ('kpi', models.CharField(max_length=40)),
                ('source_id', models.BigIntegerField()),
                ('record_id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('value', models.FloatField(null=True)),
                ('calendar_value', models.FloatField(null=True)),
                ('numerator', models.FloatField(default=0)),
                ('denominator', models.FloatField(default=1)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('category_id', models.BigIntegerField(null=True)),
                ('service_id', models.BigIntegerField(null=True)),
                ('channel', models.CharField(blank=True, max_length=10)),
                ('site_id', models.BigIntegerField(null=True)),
                ('queue_id', models.BigIntegerField(null=True)),
                ('hour', models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['kpi', 'day', 'organisation_id'], name='fact_day'),
                    models.Index(fields=['kpi', '-at', '-id'], name='fact_newest'),
                    models.Index(fields=['record_id'], name='fact_record'),
                    models.Index(fields=['kpi', 'ended_on'], name='fact_ended'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('kpi', 'source_id'), name='fact_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation_id', models.BigIntegerField()),
                ('team_id', models.BigIntegerField(null=True)),
                ('level', models.PositiveSmallIntegerField(null=True)),
                ('priority', models.PositiveSmallIntegerField(null=True)),
                ('kpi', models.CharField(max_length=40)),
                ('day', models.DateField()),
                ('n', models.PositiveIntegerField()),
                ('total', models.FloatField(default=0)),
                ('calendar_total', models.FloatField(default=0)),
                ('numerator', models.FloatField(default=0)),
                ('denominator', models.FloatField(default=0)),
                ('made_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('kpi', 'day', 'organisation_id', 'team_id', 'level', 'priority'), name='sample_once', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='DirtyRecord',
            fields=[
                ('record_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('since', models.DateTimeField(default=itsm.core.clock.now)),
            ],
        ),
    ]
