"""Jobs, what they wait for, their runs."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('operations', '0002_backups_and_printing'),
        ('operations', '0003_shifts_and_checks'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('cmdb', '0001_items'),
        ('documents', '0001_documents'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='job_resources', to='people.organisation')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('capacity', models.PositiveSmallIntegerField(default=1, verbose_name='units')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'name'), name='job_resource_once'),
                    models.CheckConstraint(condition=models.Q(('capacity__gte', 1)), name='job_resource_capacity'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PingKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ping_keys', to='people.organisation')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('key', models.CharField(editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('refused', models.PositiveIntegerField(default=0, editable=False)),
                ('refused_at', models.DateTimeField(editable=False, null=True)),
                ('refused_why', models.CharField(blank=True, default='', editable=False, max_length=10)),
                ('refused_slug', models.CharField(blank=True, default='', editable=False, max_length=80)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='ping_key_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='job', serialize=False, to='cmdb.configurationitem')),
                ('ping_code', models.UUIDField(default=uuid.uuid4, editable=False)),
                ('slug', models.SlugField(blank=True, db_index=False, max_length=80, verbose_name='short name in addresses')),
                ('origin', models.CharField(blank=True, max_length=120, verbose_name='system of origin')),
                ('command', models.CharField(blank=True, max_length=500, verbose_name='command')),
                ('chain', models.CharField(blank=True, max_length=60, verbose_name='chain')),
                ('schedule', models.CharField(blank=True, max_length=120, verbose_name='schedule')),
                ('days', models.CharField(choices=[('every', 'Whatever the day'), ('working', 'Working days only'), ('closed', 'Closed days only'), ('before', 'On a closed day: the working day before'), ('after', 'On a closed day: the working day after'), ('nth', 'One working day of the month')], default='every', max_length=8, verbose_name='days')),
                ('nth', models.SmallIntegerField(blank=True, null=True, verbose_name='which working day')),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='calendars.calendar', verbose_name='calendar')),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50, verbose_name='time zone')),
                ('expected_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('min_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('max_seconds', models.PositiveIntegerField(blank=True, null=True)),
                ('grace_seconds', models.PositiveIntegerField(default=300)),
                ('deadline', models.TimeField(blank=True, null=True, verbose_name='service deadline')),
                ('learned', models.JSONField(blank=True, default=dict, editable=False)),
                ('restart', models.TextField(blank=True, verbose_name='restart procedure')),
                ('runbook', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='jobs', to='documents.document', verbose_name='runbook')),
                ('windows', models.CharField(choices=[('hold', 'Hold it until the window ends, where the window says so'), ('warn', 'Warn only'), ('ignore', 'Do nothing')], default='hold', max_length=6, verbose_name='during a maintenance window')),
                ('method', models.CharField(choices=[('told', 'Another system starts it and tells of it'), ('http', 'Started from here by an HTTP call')], default='told', max_length=4, verbose_name='how it starts')),
                ('http_method', models.CharField(default='POST', max_length=6, verbose_name='method')),
                ('http_url', models.CharField(blank=True, max_length=500, verbose_name='address')),
                ('http_headers', models.TextField(blank=True, editable=False)),
                ('http_body', models.TextField(blank=True, verbose_name='body')),
                ('http_timeout', models.PositiveIntegerField(default=60, verbose_name='time-out (seconds)')),
                ('http_retries', models.PositiveSmallIntegerField(default=0, verbose_name='tries after a failure')),
                ('http_private', models.BooleanField(default=False, verbose_name='an address inside the private network')),
                ('held_at', models.DateTimeField(editable=False, null=True)),
                ('held_until', models.DateTimeField(editable=False, null=True)),
                ('held_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('held_reason', models.CharField(blank=True, editable=False, max_length=300)),
                ('is_active', models.BooleanField(default=True)),
                ('alerting', models.BooleanField(default=False, editable=False)),
                ('forecast_alerting', models.BooleanField(default=False, editable=False)),
                ('last_state', models.CharField(blank=True, editable=False, max_length=12)),
                ('last_run_at', models.DateTimeField(editable=False, null=True)),
                ('next_run_at', models.DateTimeField(editable=False, null=True)),
                ('planned_until', models.DateTimeField(editable=False, null=True)),
                ('next_check_at', models.DateTimeField(editable=False, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('made_by_key', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='jobs', to='operations.pingkey')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='job_due'),
                    models.Index(condition=models.Q(('slug', ''), _negated=True), fields=['slug'], name='job_slug'),
                    models.Index(condition=models.Q(('made_by_key__isnull', False)), fields=['made_by_key'], name='job_made_by_key'),
                    models.Index(condition=models.Q(('chain', ''), _negated=True), fields=['chain'], name='job_chain'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('ping_code',), name='job_ping_code_unique'),
                    models.CheckConstraint(condition=models.Q(('days__in', ['every', 'working', 'closed', 'before', 'after', 'nth'])), name='job_days_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('days', 'nth'), _negated=True), models.Q(('nth__range', (-23, 23)), models.Q(('nth', 0), _negated=True)), _connector='OR'), name='job_nth_working_day'),
                    models.CheckConstraint(condition=models.Q(('method__in', ['told', 'http'])), name='job_method_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('method', 'http'), _negated=True), models.Q(('http_url', ''), _negated=True), _connector='OR'), name='job_http_has_address'),
                    models.CheckConstraint(condition=models.Q(('http_timeout__range', (1, 1800))), name='job_http_timeout_range'),
                    models.CheckConstraint(condition=models.Q(('http_retries__lte', 10)), name='job_http_retries_few'),
                    models.CheckConstraint(condition=models.Q(('min_seconds', None), ('max_seconds', None), ('max_seconds__gte', models.F('min_seconds')), _connector='OR'), name='job_max_not_below_min'),
                ],
            },
        ),
        migrations.CreateModel(
            name='JobLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='operations.job')),
                ('predecessor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='followers', to='operations.job')),
                ('condition', models.CharField(choices=[('ok', 'has ended well'), ('done', 'has ended, however')], default='ok', max_length=4)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('job', 'predecessor'), name='job_link_once'),
                    models.CheckConstraint(condition=models.Q(('job', models.F('predecessor')), _negated=True), name='job_link_not_itself'),
                ],
            },
        ),
        migrations.CreateModel(
            name='JobResource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='operations.job')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='users', to='operations.resource')),
                ('units', models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('job', 'resource'), name='job_uses_resource_once'),
                    models.CheckConstraint(condition=models.Q(('units__gte', 1)), name='job_uses_units'),
                ],
            },
        ),
        migrations.CreateModel(
            name='JobRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='operations.job')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('state', models.CharField(choices=[('planned', 'Planned'), ('waiting', 'Waiting'), ('late', 'Late'), ('running', 'Running'), ('too_long', 'Too long'), ('ok', 'Ended OK'), ('too_fast', 'Too fast'), ('failed', 'Failed'), ('not_started', 'Not started'), ('held', 'Held'), ('cancelled', 'Cancelled')], default='planned', max_length=12)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('trigger', models.CharField(default='schedule', max_length=10)),
                ('at', models.DateTimeField()),
                ('planned_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('deadline_at', models.DateTimeField(null=True)),
                ('deadline_told', models.BooleanField(default=False)),
                ('started_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('seconds', models.PositiveIntegerField(null=True)),
                ('exit_status', models.SmallIntegerField(null=True)),
                ('rid', models.UUIDField(null=True)),
                ('attempt', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['job', '-at', '-id'], name='run_of_job'),
                    models.Index(fields=['at', 'job'], name='run_at'),
                    models.Index(fields=['organisation', '-id'], name='run_of_organisation'),
                    models.Index(condition=models.Q(('state__in', ['planned', 'waiting', 'late', 'running', 'too_long', 'held'])), fields=['job', 'at'], name='run_open'),
                    models.Index(condition=models.Q(('state__in', ['failed', 'too_fast', 'not_started'])), fields=['-id'], name='run_went_wrong'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('planned_at__isnull', False)), fields=('job', 'planned_at'), name='run_planned_once'),
                    models.UniqueConstraint(condition=models.Q(('rid__isnull', False)), fields=('job', 'rid'), name='run_rid_once'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'waiting', 'late', 'running', 'too_long', 'ok', 'too_fast', 'failed', 'not_started', 'held', 'cancelled'])), name='run_state_known'),
                    models.CheckConstraint(condition=models.Q(('started_at', None), ('ended_at', None), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='run_order'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['running', 'too_long']), _negated=True), ('started_at__isnull', False), _connector='OR'), name='run_has_begun'),
                ],
            },
        ),
        migrations.CreateModel(
            name='JobPing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('job', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='pings', to='operations.job')),
                ('run', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='pings', to='operations.jobrun')),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('kind', models.CharField(max_length=8, verbose_name='kind')),
                ('exit_status', models.SmallIntegerField(null=True)),
                ('body', models.BinaryField(null=True)),
                ('size', models.PositiveIntegerField(default=0)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('agent', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['job', '-id'], name='ping_of_job'),
                    models.Index(condition=models.Q(('run__isnull', False)), fields=['run', 'id'], name='ping_of_run'),
                    models.Index(fields=['at'], name='ping_at'),
                ],
            },
        ),
    ]
