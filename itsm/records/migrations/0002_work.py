"""What hangs on a record: comments, links, tasks and plans, time, files, approvals."""

import django.core.serializers.json
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
import itsm.records.models.attachments
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('records', '0010_add_time_entries'),
        ('records', '0011_queue_of_resolved'),
        ('records', '0012_supplier_waits'),
        ('records', '0013_add_index_of_common'),
        ('records', '0014_approval_rules_and_plans'),
        ('records', '0015_supplier_of_a_wait'),
        ('records', '0016_supplier_of_waits_under_a_contract'),
        ('records', '0017_repairs_in_rows'),
        ('records', '0018_hand_on_approvals'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='ApprovalRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='approval_runs', to='records.record')),
                ('rule', models.JSONField()),
                ('facts', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('state', models.CharField(choices=[('running', 'Under way'), ('granted', 'Approved'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='running', max_length=10)),
                ('offset', models.PositiveSmallIntegerField(default=0)),
                ('stage', models.PositiveSmallIntegerField(default=0)),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', '-id'], name='approval_run_record'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('record',), name='approval_run_one_at_a_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state', 'running')), models.Q(('ended_at__isnull', False), ('state__in', ['granted', 'refused', 'withdrawn'])), _connector='OR'), name='approval_run_ended_has_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Approval',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='records.record')),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='records.approvalrun')),
                ('approver', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.PositiveSmallIntegerField(default=1)),
                ('state', models.CharField(choices=[('pending', 'Pending'), ('approved', 'Approved'), ('refused', 'Refused'), ('expired', 'Expired'), ('withdrawn', 'Withdrawn'), ('handed_on', 'Handed on')], default='pending', max_length=10)),
                ('asked_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('asked_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.TextField(blank=True)),
                ('why', models.CharField(blank=True, choices=[('manager', 'Manager of the requester'), ('item_owner', 'Owner of the item'), ('application_owner', 'Owner of the application'), ('service_owner', 'Owner of the service'), ('person', 'Named by the rule'), ('team', 'Member of the team')], default='', max_length=20)),
                ('instead', models.CharField(blank=True, choices=[('self', 'Nobody approves their own request'), ('submitter', 'Nobody approves what they ordered for somebody'), ('inactive', 'The person has left'), ('role', 'The person has this role no longer'), ('nobody', 'Nobody was found'), ('escalated', 'No answer in time'), ('earlier', 'Approved in an earlier stage'), ('circle', 'Confidential: somebody of the circle')], default='', max_length=10)),
                ('instead_of', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('remind_at', models.DateTimeField(blank=True, null=True)),
                ('next_step_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('stranded_at', models.DateTimeField(blank=True, editable=False, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'stage', 'id'], name='approval_record'),
                    models.Index(fields=['approver', '-id'], name='approval_approver'),
                    models.Index(condition=models.Q(('next_step_at__isnull', False), ('state', 'pending')), fields=['next_step_at', 'id'], name='approval_due'),
                    models.Index(condition=models.Q(('state', 'pending')), fields=['approver', 'due_at'], name='approval_to_decide'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('record', 'stage', 'approver'), name='approval_asked_once_a_stage'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'approved', 'refused', 'expired', 'withdrawn', 'handed_on'])), name='approval_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'pending')), models.Q(models.Q(('state', 'pending'), _negated=True), ('decided_at__gte', models.F('asked_at')), ('decided_at__isnull', False)), _connector='OR'), name='approval_decided_has_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['approved', 'refused']), _negated=True), ('decided_by__isnull', False), _connector='OR'), name='approval_answer_has_author'),
                    models.CheckConstraint(condition=models.Q(('reason', ''), ('state', 'refused'), _negated=True), name='approval_refusal_has_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='records.record')),
                ('author', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('body', models.TextField()),
                ('public', models.BooleanField(default=True)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('channel', models.CharField(blank=True, max_length=10)),
                ('origin', models.ForeignKey(db_index=False, help_text='The record it was merged or copied from', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.record')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'at', 'id'], name='comment_record'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('body', ''), _negated=True), name='comment_not_empty'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Link',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='records.record')),
                ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='backlinks', to='records.record')),
                ('type', models.CharField(choices=[('related', 'Related to'), ('caused_by', 'Caused by'), ('duplicates', 'Duplicate of'), ('follows', 'Follows'), ('split_from', 'Split off from')], default='related', max_length=12)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('source', 'target', 'type'), name='link_unique'),
                    models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='link_not_to_self'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Hop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='hops', to='records.record')),
                ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('level', models.PositiveSmallIntegerField(null=True)),
                ('kind', models.CharField(choices=[('opening', 'Opening'), ('assignment', 'Reassignment'), ('escalation', 'Functional escalation')], default='opening', max_length=12)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('moved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'started_at', 'id'], name='hop_record'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('record',), name='hop_one_at_a_time'),
                    models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='hop_ends_after_start'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AffectedItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='affected', to='records.record')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='affected', to='cmdb.configurationitem')),
                ('is_cause', models.BooleanField(default=False)),
                ('added_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('record', 'item'), name='affected_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Watch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to='records.record')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='watches', to=settings.AUTH_USER_MODEL)),
                ('since', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record'], name='watch_record'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'record'), name='watch_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='records.record')),
                ('comment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attachments', to='records.comment')),
                ('name', models.CharField(max_length=200)),
                ('file', models.FileField(max_length=200, upload_to=itsm.records.models.attachments.attachment_path)),
                ('size', models.BigIntegerField()),
                ('content_type', models.CharField(max_length=100)),
                ('sha256', models.CharField(max_length=64)),
                ('public', models.BooleanField(default=True)),
                ('uploaded_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'id'], name='attachment_record'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PlanRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='plans', to='records.record')),
                ('plan', models.JSONField()),
                ('facts', models.JSONField(default=dict, encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('stopped', models.BooleanField(default=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'id'], name='plan_run_record'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='records.record')),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to=settings.AUTH_USER_MODEL)),
                ('key', models.CharField(blank=True, default='', max_length=100)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('done_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plan', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='records.planrun')),
                ('step', models.CharField(blank=True, default='', max_length=40)),
                ('action', models.CharField(blank=True, default='', max_length=40)),
                ('opened_at', models.DateTimeField(blank=True, default=itsm.core.clock.now, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('', 'Done'), ('skipped', 'Skipped'), ('failed', 'Failed')], default='', max_length=10)),
                ('result', models.TextField(blank=True, default='')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'id'], name='task_record'),
                    models.Index(condition=models.Q(('done_at', None), ('opened_at__isnull', False), ('team__isnull', False)), fields=['team', 'id'], name='task_open_team'),
                    models.Index(condition=models.Q(('assignee__isnull', False), ('done_at', None), ('opened_at__isnull', False)), fields=['assignee', 'id'], name='task_open_assignee'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('key',), name='task_key_unique'),
                    models.UniqueConstraint(fields=('plan', 'step'), name='task_once_a_plan'),
                    models.CheckConstraint(condition=models.Q(('done_at', None), ('opened_at__isnull', False), _connector='OR'), name='task_done_was_open'),
                    models.CheckConstraint(condition=models.Q(('outcome', ''), models.Q(('done_at__isnull', False), ('outcome', 'skipped')), models.Q(('done_at', None), ('outcome', 'failed')), _connector='OR'), name='task_outcome_known'),
                    models.CheckConstraint(condition=models.Q(('outcome', ''), models.Q(('result', ''), _negated=True), _connector='OR'), name='task_outcome_has_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='TimeEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='times', to='records.record')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('minutes', models.PositiveSmallIntegerField(null=True, verbose_name='minutes')),
                ('kind', models.CharField(choices=[('work', 'Work'), ('travel', 'Travel'), ('call', 'Call')], default='work', max_length=10, verbose_name='kind')),
                ('billable', models.BooleanField(default=False, verbose_name='billable')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('day', models.DateField(verbose_name='day')),
                ('task', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='times', to='records.task')),
                ('started_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record', 'id'], name='time_record'),
                    models.Index(fields=['person', 'day'], name='time_person'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('minutes', None), ('minutes__range', (1, 1440)), _connector='OR'), name='time_within_a_day'),
                    models.CheckConstraint(condition=models.Q(('minutes__isnull', False), ('started_at__isnull', False), _connector='OR'), name='time_runs_since'),
                    models.UniqueConstraint(condition=models.Q(('minutes', None)), fields=('person',), name='time_one_timer_a_person'),
                ],
            },
        ),
    ]
