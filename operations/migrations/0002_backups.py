"""Backup plans, copies, runs, tests of restoring."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
import operations.control.backups.models
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('operations', '0004_consoles'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('gateway', '0001_doors'),
        ('operations', '0001_jobs'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='BackupPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='backup_plan', to='cmdb.configurationitem')),
                ('tool', models.CharField(choices=[('restic', 'restic'), ('borg', 'BorgBackup'), ('other', 'Other')], default='other', max_length=8, verbose_name='tool')),
                ('kind', models.CharField(choices=[('full', 'Full'), ('incremental', 'Incremental'), ('differential', 'Differential'), ('snapshot', 'Snapshot')], default='incremental', max_length=12, verbose_name='type')),
                ('starts_at', models.TimeField(verbose_name='starts at')),
                ('every_hours', models.PositiveSmallIntegerField(default=24, verbose_name='every (hours)')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=operations.control.backups.models.whole_week, size=None, verbose_name='days')),
                ('grace_minutes', models.PositiveIntegerField(default=240, verbose_name='result at the latest after (minutes)')),
                ('rpo_minutes', models.PositiveIntegerField(verbose_name='RPO (minutes)')),
                ('rto_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='RTO (minutes)')),
                ('retention_days', models.PositiveIntegerField(blank=True, null=True, verbose_name='retention (days)')),
                ('paths', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), blank=True, default=list, size=None, verbose_name='paths')),
                ('least_files', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='at least so many files')),
                ('drop_percent', models.PositiveSmallIntegerField(default=10, verbose_name='accepted loss of files (%)')),
                ('growth_factor', models.PositiveSmallIntegerField(default=5, verbose_name='suspect from so many times the usual volume')),
                ('restore_every_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='restore test every (days)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='gateway.source', verbose_name='source')),
                ('expected_at', models.DateTimeField(editable=False, null=True)),
                ('next_check_at', models.DateTimeField(editable=False, null=True)),
                ('last_run_at', models.DateTimeField(editable=False, null=True)),
                ('last_result', models.CharField(blank=True, default='', editable=False, max_length=8)),
                ('last_good_at', models.DateTimeField(editable=False, null=True)),
                ('rpo_told', models.BooleanField(default=False, editable=False)),
                ('restore_due_on', models.DateField(editable=False, null=True)),
                ('restore_told', models.BooleanField(default=False, editable=False)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('is_active', True)), fields=['next_check_at'], name='backup_plan_due'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('tool__in', ['restic', 'borg', 'other'])), name='backup_plan_tool_known'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['full', 'incremental', 'differential', 'snapshot'])), name='backup_plan_kind_known'),
                    models.CheckConstraint(condition=models.Q(('every_hours__in', [1, 2, 3, 4, 6, 8, 12, 24])), name='backup_plan_divides_the_day'),
                    models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [1, 2, 3, 4, 5, 6, 7]), ('weekdays__len__gt', 0)), name='backup_plan_has_days'),
                    models.CheckConstraint(condition=models.Q(('grace_minutes__gt', 0), ('rpo_minutes__gt', 0)), name='backup_plan_promises'),
                    models.CheckConstraint(condition=models.Q(('drop_percent__lte', 100), ('growth_factor__gte', 2)), name='backup_plan_limits'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BackupCopy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='operations.backupplan')),
                ('place', models.CharField(max_length=120, verbose_name='place')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site', verbose_name='site')),
                ('medium', models.CharField(choices=[('disk', 'Disk'), ('tape', 'Tape'), ('object', 'Object storage'), ('optical', 'Optical disc')], default='disk', max_length=8, verbose_name='medium')),
                ('is_offsite', models.BooleanField(default=False, verbose_name='at another site')),
                ('is_immutable', models.BooleanField(default=False, verbose_name='cannot be altered')),
                ('is_encrypted', models.BooleanField(default=False, verbose_name='encrypted')),
            ],
            options={
                'verbose_name_plural': 'backup copies',
                'constraints': [
                    models.UniqueConstraint(fields=('plan', 'place'), name='backup_copy_once'),
                    models.CheckConstraint(condition=models.Q(('place', ''), _negated=True), name='backup_copy_has_a_place'),
                    models.CheckConstraint(condition=models.Q(('medium__in', ['disk', 'tape', 'object', 'optical'])), name='backup_copy_medium_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BackupRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='operations.backupplan')),
                ('night', models.DateField()),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('received_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('origin', models.CharField(choices=[('door', 'Source'), ('api', 'Interface'), ('hand', 'By hand'), ('sweep', 'Silence')], max_length=5)),
                ('result', models.CharField(choices=[('ok', 'OK'), ('warning', 'Incomplete'), ('failed', 'Failed'), ('missed', 'No news')], max_length=8)),
                ('exit_status', models.SmallIntegerField(null=True)),
                ('files', models.BigIntegerField(null=True)),
                ('changed_files', models.BigIntegerField(null=True)),
                ('size', models.BigIntegerField(null=True)),
                ('added', models.BigIntegerField(null=True)),
                ('snapshot', models.CharField(blank=True, default='', max_length=100)),
                ('paths', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=500), default=list, size=None)),
                ('reasons', models.JSONField(default=list)),
                ('messages', models.TextField(blank=True, default='')),
                ('digest', models.CharField(max_length=64)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('accepted_why', models.CharField(blank=True, default='', max_length=500)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['plan', '-started_at', '-id'], name='backup_run_of_plan'),
                    models.Index(fields=['night', 'plan'], name='backup_run_night'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('plan', 'digest'), name='backup_run_once'),
                    models.CheckConstraint(condition=models.Q(('result__in', ['ok', 'warning', 'failed', 'missed'])), name='backup_run_result_known'),
                    models.CheckConstraint(condition=models.Q(('origin__in', ['door', 'api', 'hand', 'sweep'])), name='backup_run_origin_known'),
                    models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='backup_run_ends_after_it_began'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RestoreTest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='restore_tests', to='operations.backupplan')),
                ('state', models.CharField(choices=[('requested', 'Requested'), ('started', 'Under way'), ('done', 'Verified'), ('cancelled', 'Cancelled')], default='requested', max_length=9)),
                ('what', models.CharField(max_length=300, verbose_name='what to restore')),
                ('planned_on', models.DateField(blank=True, null=True, verbose_name='planned on')),
                ('requested_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('requested_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('failure_at', models.DateTimeField(null=True)),
                ('started_at', models.DateTimeField(null=True)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='operations.backuprun')),
                ('recovered_point', models.DateTimeField(null=True)),
                ('verified_at', models.DateTimeField(null=True)),
                ('verified_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rto_seconds', models.BigIntegerField(null=True)),
                ('rpo_seconds', models.BigIntegerField(null=True)),
                ('verdict', models.CharField(blank=True, choices=[('passed', 'Passed'), ('above', 'Above target'), ('failed', 'Failed')], default='', max_length=6)),
                ('notes', models.TextField(blank=True, default='', max_length=5000, verbose_name='findings')),
                ('evidence', models.FileField(blank=True, max_length=200, upload_to=operations.control.backups.models.evidence_path)),
                ('evidence_name', models.CharField(blank=True, default='', max_length=200)),
                ('evidence_type', models.CharField(blank=True, default='', max_length=100)),
                ('evidence_sha256', models.CharField(blank=True, default='', max_length=64)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['plan', '-requested_at', '-id'], name='restore_test_of_plan'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['requested', 'started', 'done', 'cancelled'])), name='restore_test_state_known'),
                    models.CheckConstraint(condition=models.Q(('verdict__in', ['', 'passed', 'above', 'failed'])), name='restore_test_verdict_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'done'), _negated=True), models.Q(('verified_at__isnull', False), models.Q(('verdict', ''), _negated=True)), _connector='OR'), name='restore_test_done_has_a_verdict'),
                    models.CheckConstraint(condition=models.Q(('verified_at', None), ('verified_at__gte', models.F('started_at')), _connector='OR'), name='restore_test_ends_after_it_began'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['requested', 'started'])), fields=('plan',), name='restore_test_one_at_a_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='BackupExemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='backup_exemption', to='cmdb.configurationitem')),
                ('reason', models.CharField(max_length=300, verbose_name='reason')),
                ('until', models.DateField(verbose_name='until')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='backup_exemption_has_a_reason'),
                ],
            },
        ),
    ]
