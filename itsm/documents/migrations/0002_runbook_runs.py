"""Runs of runbooks."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    dependencies = [
        ('cmdb', '0001_items'),
        ('documents', '0001_documents'),
        ('events', '0001_alerts_squashed_0002'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='DocumentRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='documents.document')),
                ('version', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='documents.documentversion')),
                ('organisation', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('alert', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runbook_runs', to='events.alert')),
                ('item', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runbook_runs', to='cmdb.configurationitem')),
                ('record', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='runbook_runs', to='records.record')),
                ('state', models.CharField(choices=[('running', 'Under way'), ('done', 'Done'), ('stopped', 'Stopped')], default='running', max_length=8)),
                ('started_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['document', '-id'], name='document_run_newest'),
                    models.Index(condition=models.Q(('alert__isnull', False)), fields=['alert', '-id'], name='document_run_alert'),
                    models.Index(condition=models.Q(('item__isnull', False)), fields=['item', '-id'], name='document_run_item'),
                    models.Index(condition=models.Q(('record__isnull', False)), fields=['record'], name='document_run_record'),
                    models.Index(condition=models.Q(('state', 'running')), fields=['-id'], name='document_run_under_way'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='document_run_ended_when_not_running'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'stopped'])), name='document_run_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'stopped'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='document_run_stopped_for_a_reason'),
                    models.UniqueConstraint(condition=models.Q(('alert__isnull', False), ('state', 'running')), fields=('document', 'alert'), name='document_run_one_an_alert'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RunStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='documents.documentrun')),
                ('position', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=200)),
                ('state', models.CharField(choices=[('todo', 'To do'), ('done', 'Done'), ('skipped', 'Left out'), ('failed', 'Failed')], default='todo', max_length=8)),
                ('at', models.DateTimeField(null=True)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
            ],
            options={
                'ordering': ['position'],
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'position'), name='run_step_position_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('at', None), ('by', None), ('state', 'todo')), models.Q(models.Q(('state', 'todo'), _negated=True), ('at__isnull', False), ('by__isnull', False)), _connector='OR'), name='run_step_ticked_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['todo', 'done', 'skipped', 'failed'])), name='run_step_state_known'),
                ],
            },
        ),
    ]
