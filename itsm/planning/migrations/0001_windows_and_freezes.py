"""Windows, freezes and their conditions."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='Window',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='people.organisation')),
                ('kind', models.CharField(choices=[('maintenance', 'Maintenance window'), ('freeze', 'Freeze')], default='maintenance', max_length=12)),
                ('name', models.CharField(max_length=200)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('strict', models.BooleanField(default=True, help_text='Jobs are held in a maintenance window, changes are refused in a freeze. Otherwise one is only warned.', verbose_name='holds back what it touches')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='to')),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50)),
                ('repeats', models.CharField(choices=[('once', 'Once'), ('daily', 'Every day'), ('weekly', 'Every week'), ('monthly', 'Every month, on the same date'), ('monthly_weekday', 'Every month, on the same weekday (first Sunday, last Friday, …)'), ('monthly_end', 'Every month, counted from its end'), ('yearly', 'Every year')], default='once', max_length=16)),
                ('every', models.PositiveSmallIntegerField(default=1, verbose_name='every so many')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, help_text='0 is Monday', size=None)),
                ('until', models.DateField(blank=True, null=True, verbose_name='last day on which it begins')),
                ('record', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='windows', to='records.record')),
                ('cancelled_at', models.DateTimeField(editable=False, null=True)),
                ('cancel_reason', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['starts_at', 'id'], name='window_start'),
                    models.Index(condition=models.Q(('record__isnull', False)), fields=['record'], name='window_record'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='window_ends_after_start'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['maintenance', 'freeze'])), name='window_kind_known'),
                    models.CheckConstraint(condition=models.Q(('every__range', (1, 99))), name='window_every_1_to_99'),
                    models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [0, 1, 2, 3, 4, 5, 6])), name='window_weekdays_0_to_6'),
                    models.CheckConstraint(condition=models.Q(('weekdays', []), ('repeats', 'weekly'), _connector='OR'), name='window_weekdays_of_a_week'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='window_has_a_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Condition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('window', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conditions', to='planning.window')),
                ('about', models.CharField(choices=[('class', 'Class'), ('service', 'Service'), ('site', 'Site'), ('tag', 'Tag'), ('environment', 'Environment'), ('item', 'Item')], max_length=12)),
                ('text', models.CharField(blank=True, max_length=80)),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.configurationitem')),
                ('site', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('window', 'about', 'text', 'item', 'site'), name='window_condition_once', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(models.Q(('about__in', ['class', 'tag', 'environment']), ('item', None), ('site', None), models.Q(('text', ''), _negated=True)), models.Q(('about__in', ['service', 'item']), ('item__isnull', False), ('site', None), ('text', '')), models.Q(('about', 'site'), ('item', None), ('site__isnull', False), ('text', '')), _connector='OR'), name='window_condition_names_one_thing'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PlanningFeed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='planning_feed', to=settings.AUTH_USER_MODEL)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
        ),
    ]
