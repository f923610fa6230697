"""Outages and drifts, which name records."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.cmdb.models.services
import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('cmdb', '0001_initial'),
        ('cmdb', '0019_index_of_the_facets'),
    ]
    dependencies = [
        ('cmdb', '0003_trust'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='Drift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='drifts', to='cmdb.configurationitem')),
                ('source', models.CharField(max_length=40)),
                ('field', models.CharField(max_length=120)),
                ('said', models.JSONField(null=True)),
                ('kept', models.JSONField(null=True)),
                ('seen_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('last_seen_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('times', models.PositiveIntegerField(default=1)),
                ('state', models.CharField(choices=[('open', 'To decide'), ('recorded', 'Record opened'), ('accepted', 'Accepted'), ('ignored', 'Ignored'), ('agreed', 'Agrees again')], default='open', max_length=10)),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=200)),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='drifts', to='records.record')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['state', '-last_seen_at', '-id'], name='drift_newest'),
                    models.Index(fields=['item', 'source', 'field'], name='drift_of_item'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state__in', ['open', 'recorded'])), fields=('item', 'source', 'field'), name='drift_once_undecided'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['open', 'recorded', 'accepted', 'ignored', 'agreed'])), name='drift_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('source', ''), _negated=True), models.Q(('field', ''), _negated=True)), name='drift_says_who_and_what'),
                    models.CheckConstraint(condition=models.Q(('last_seen_at__gte', models.F('seen_at'))), name='drift_seen_in_order'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='drift_decided_when_not_open'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Outage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='outages', to='cmdb.configurationitem')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, null=True)),
                ('planned', models.BooleanField(default=False)),
                ('degraded', models.BooleanField(default=False, verbose_name='works, but not well')),
                ('followed', models.CharField(blank=True, choices=[('', 'Nothing'), ('begun', 'Begun'), ('over', 'Over')], default='', editable=False, max_length=5)),
                ('cause', models.CharField(blank=True, max_length=200)),
                ('expected_at', models.DateTimeField(blank=True, null=True)),
                ('public_fr', models.CharField(blank=True, default='', max_length=500)),
                ('public_en', models.CharField(blank=True, default='', max_length=500)),
                ('record', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='outages', to='records.record')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['item', '-starts_at'], name='outage_item'),
                    models.Index(condition=models.Q(('ends_at', None)), fields=['item'], name='outage_open'),
                    models.Index(condition=models.Q(('planned', True), models.Q(('followed', 'over'), _negated=True)), fields=['starts_at'], name='outage_to_follow'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='outage_ends_after_start'),
                    django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('item', '='), ('planned', '='), (itsm.cmdb.models.services.TsTzRange('starts_at', 'ends_at', django.contrib.postgres.fields.ranges.RangeBoundary()), '&&')], name='outage_no_overlap'),
                ],
            },
        ),
    ]
