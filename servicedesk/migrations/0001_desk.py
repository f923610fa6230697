"""Incidents, macros, actions on many, surveys, imports."""

import django.core.validators
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('servicedesk', '0002_imports'),
        ('servicedesk', '0003_survey_rules'),
        ('servicedesk', '0004_macros_and_bulk'),
        ('servicedesk', '0005_add_checklists'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('levels', '0001_levels_squashed_0007'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='BulkRun',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('act', models.CharField(max_length=12)),
                ('token', models.CharField(max_length=40)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('told', models.BooleanField(default=False, verbose_name='people were told')),
                ('rows', models.JSONField(default=list)),
                ('moved_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('actor', 'token'), name='bulk_run_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('path', models.CharField(max_length=500)),
                ('name', models.CharField(max_length=200)),
                ('mapping', models.CharField(max_length=200)),
                ('digest', models.CharField(max_length=64)),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('state', models.CharField(choices=[('ready', 'Ready'), ('running', 'Running'), ('stopped', 'Stopped'), ('done', 'Done'), ('failed', 'Failed')], default='ready', max_length=10)),
                ('size', models.BigIntegerField()),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('share', models.PositiveSmallIntegerField(default=0, verbose_name='per cent done')),
                ('made', models.PositiveIntegerField(default=0)),
                ('known', models.PositiveIntegerField(default=0)),
                ('rejected', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('digest', 'mapping'), name='import_file_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportReject',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rejects', to='servicedesk.importrun')),
                ('line', models.PositiveIntegerField()),
                ('key', models.CharField(max_length=100)),
                ('reason', models.TextField()),
                ('rows', models.JSONField(default=list)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'line'), name='import_reject_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ImportedPromise',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='records.record')),
                ('theirs', models.BooleanField(null=True, verbose_name='kept, says the file')),
                ('ours', models.BooleanField(null=True, verbose_name='kept, says the agreement')),
                ('agreement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='levels.agreement')),
                ('terms', models.CharField(blank=True, help_text='Tells two states of the agreement apart', max_length=16)),
                ('counted_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('agreement__isnull', False), ('counted_at__isnull', False)), models.Q(('agreement', None), ('counted_at', None), ('ours', None)), _connector='OR'), name='imported_promise_counted_under'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('record_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='records.record')),
                ('resolution', models.TextField(blank=True)),
                ('cause_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.causecode')),
                ('cause_item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.configurationitem')),
                ('resolved_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('occurred_at', models.DateTimeField(blank=True, null=True)),
                ('follows', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='followed_by', to='servicedesk.incident')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('resolved_by', None), models.Q(('resolution', ''), _negated=True), _connector='OR'), name='incident_resolved_by_a_person_says_how'),
                ],
            },
            bases=('records.record',),
        ),
        migrations.CreateModel(
            name='CannedReply',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('language', models.CharField(choices=[('fr', 'Français'), ('en', 'English')], default='fr', max_length=2, verbose_name='language')),
                ('body', models.TextField(max_length=5000, verbose_name='text')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team', verbose_name='team')),
            ],
            options={
                'verbose_name': 'canned reply',
                'verbose_name_plural': 'canned replies',
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('owner', 'team', 'language', 'name'), name='canned_reply_name', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('owner', None), ('team', None), _connector='OR'), name='canned_reply_one_shelf'),
                    models.CheckConstraint(condition=models.Q(('body', ''), _negated=True), name='canned_reply_not_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ChecklistTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team', verbose_name='team')),
                ('lines', models.TextField(max_length=5000, verbose_name='tasks')),
            ],
            options={
                'verbose_name': 'checklist',
                'verbose_name_plural': 'checklists',
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('owner', 'team', 'name'), name='checklist_name', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('owner', None), ('team', None), _connector='OR'), name='checklist_one_shelf'),
                    models.CheckConstraint(condition=models.Q(('lines', ''), _negated=True), name='checklist_not_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Macro',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='name')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='owner')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team', verbose_name='team')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('kind', models.CharField(blank=True, max_length=20, verbose_name='for')),
                ('take', models.BooleanField(default=False, verbose_name='take charge')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category', verbose_name='category')),
                ('impact', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'Extensive: whole organisation or vital service'), (2, 'Significant: site, department, service'), (3, 'Moderate: a team'), (4, 'Minor: one person')], null=True, verbose_name='impact')),
                ('urgency', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'Critical: work stopped, no workaround'), (2, 'High'), (3, 'Medium'), (4, 'Low')], null=True, verbose_name='urgency')),
                ('to_team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team', verbose_name='assign to the team')),
                ('reply', models.TextField(blank=True, max_length=5000, verbose_name='reply')),
                ('public', models.BooleanField(default=True, verbose_name='the requester reads the reply')),
                ('task', models.CharField(blank=True, max_length=200, verbose_name='task')),
                ('task_days', models.PositiveSmallIntegerField(default=1, verbose_name='days for the task')),
                ('checklist', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.RESTRICT, related_name='+', to='servicedesk.checklisttemplate', verbose_name='checklist')),
                ('hold_reason', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.holdreason', verbose_name='hold')),
                ('hold_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='wake up after days')),
                ('follow_up_days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='follow up after working days')),
                ('resolution_code', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.resolutioncode', verbose_name='resolve')),
                ('resolution', models.TextField(blank=True, max_length=5000, verbose_name='what was done')),
            ],
            options={
                'verbose_name': 'macro',
                'verbose_name_plural': 'macros',
                'ordering': ['name', 'id'],
                'constraints': [
                    models.UniqueConstraint(fields=('owner', 'team', 'name'), name='macro_name', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('owner', None), ('team', None), _connector='OR'), name='macro_one_shelf'),
                    models.CheckConstraint(condition=models.Q(('hold_reason', None), ('resolution_code', None), _connector='OR'), name='macro_one_end'),
                    models.CheckConstraint(condition=models.Q(('resolution_code', None), models.Q(('resolution', ''), _negated=True), _connector='OR'), name='macro_says_what_was_done'),
                    models.CheckConstraint(condition=models.Q(('follow_up_days', None), models.Q(('follow_up_days__gte', 1), ('follow_up_days__lte', 365), ('resolution_code', None)), _connector='OR'), name='macro_follows_up_what_stays'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Survey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='surveys', to='records.record')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='surveys', to=settings.AUTH_USER_MODEL)),
                ('resolved_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('due', 'Due'), ('sent', 'Sent'), ('answered', 'Answered'), ('expired', 'Expired'), ('skipped', 'Not asked')], default='due', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=40, verbose_name='why it was not asked')),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('due_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('score', models.PositiveSmallIntegerField(null=True)),
                ('comment', models.TextField(blank=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'due')), fields=['due_at'], name='survey_due'),
                    models.Index(condition=models.Q(('state', 'sent')), fields=['expires_at'], name='survey_open'),
                    models.Index(fields=['person', '-sent_at'], name='survey_person'),
                    models.Index(condition=models.Q(('state', 'answered')), fields=['answered_at'], name='survey_answered'),
                    models.Index(fields=['record'], name='survey_record'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('record', 'resolved_at'), name='survey_one_a_resolution'),
                    models.CheckConstraint(condition=models.Q(('score', None), ('score__range', (1, 5)), _connector='OR'), name='survey_score_1_to_5'),
                    models.CheckConstraint(condition=models.Q(models.Q(('score__isnull', False), ('state', 'answered')), models.Q(models.Q(('state', 'answered'), _negated=True), ('score', None)), _connector='OR'), name='survey_answer_has_score'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SurveyRule',
            fields=[
                ('service', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='cmdb.service', verbose_name='service')),
                ('share', models.PositiveSmallIntegerField(default=100, validators=[django.core.validators.MaxValueValidator(100)], verbose_name='share of the tickets, in per cent')),
            ],
            options={
                'verbose_name': 'survey rule',
                'verbose_name_plural': 'survey rules',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('share__range', (0, 100))), name='survey_rule_share_in_per_cent'),
                ],
            },
        ),
    ]
