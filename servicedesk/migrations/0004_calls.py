"""Queues, operators, calls."""

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('servicedesk', '0013_macros_of_a_kind'),
        ('servicedesk', '0014_calls'),
        ('servicedesk', '0015_call_exchanges'),
        ('servicedesk', '0016_switchboard'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('cmdb', '0001_items'),
        ('gateway', '0001_doors'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
        ('servicedesk', '0003_accesses'),
    ]
    operations = [
        migrations.CreateModel(
            name='WrapUpCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('outcome', models.CharField(choices=[('solved', 'Solved on the telephone'), ('record', 'Became a record'), ('major', 'Attached to a major incident'), ('chased', 'Asked about an open record'), ('transferred', 'Transferred'), ('call_back', 'Will be called back'), ('nothing', 'Nothing: wrong number, silent')], max_length=12)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='wrap_up_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PauseReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('counts_as_work', models.BooleanField(default=False)),
                ('most_minutes', models.PositiveSmallIntegerField(blank=True, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='pause_reason_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallQueue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_queues', to='people.organisation')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='call_queues', to='people.team')),
                ('language', models.CharField(choices=[('fr', 'Français'), ('en', 'English')], default='fr', max_length=5, verbose_name='language')),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('strategy', models.CharField(choices=[('longest_idle', 'Longest idle'), ('round_robin', 'In turn'), ('skill', 'Best skilled'), ('vip_first', 'VIP callers first')], default='longest_idle', max_length=12, verbose_name='strategy')),
                ('answer_within_seconds', models.PositiveSmallIntegerField(default=30, verbose_name='to be answered within (seconds)')),
                ('short_abandon_seconds', models.PositiveSmallIntegerField(default=10, verbose_name='an abandon is short below (seconds)')),
                ('max_wait_seconds', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='longest wait (seconds)')),
                ('most_waiting', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='callers at most')),
                ('overflow', models.CharField(choices=[('none', 'Keeps waiting'), ('queue', 'Goes to another queue'), ('call_back', 'Is offered a call-back'), ('voicemail', 'Leaves a message')], default='none', max_length=10, verbose_name='then the caller')),
                ('overflow_queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.callqueue')),
                ('wrap_up_seconds', models.PositiveSmallIntegerField(default=30, verbose_name='time to wrap up (seconds)')),
                ('announcement', models.TextField(blank=True, default='', verbose_name='announcement')),
                ('announcement_fr', models.TextField(blank=True, default='', null=True, verbose_name='announcement')),
                ('announcement_en', models.TextField(blank=True, default='', null=True, verbose_name='announcement')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('turn', models.PositiveIntegerField(default=0, editable=False)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='call_queue_code_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('overflow', 'queue'), _negated=True), ('overflow_queue__isnull', False), ('is_active', False), _connector='OR'), name='call_queue_overflows_somewhere'),
                    models.CheckConstraint(condition=models.Q(('overflow_queue', None), models.Q(('overflow_queue', models.F('id')), _negated=True), _connector='OR'), name='call_queue_not_into_itself'),
                    models.CheckConstraint(condition=models.Q(('overflow', 'none'), ('max_wait_seconds__gte', 5), _connector='OR'), name='call_queue_waits'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Operator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='operator', to=settings.AUTH_USER_MODEL)),
                ('extension', models.CharField(blank=True, default='', max_length=40, verbose_name='extension')),
                ('organisation', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('state', models.CharField(choices=[('available', 'Available'), ('ringing', 'Ringing'), ('in_call', 'In call'), ('wrap_up', 'Wrap-up'), ('pause', 'Pause'), ('away', 'Away')], default='away', editable=False, max_length=10)),
                ('since', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('pause_reason', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.pausereason')),
                ('next_state', models.CharField(blank=True, choices=[('available', 'Available'), ('ringing', 'Ringing'), ('in_call', 'In call'), ('wrap_up', 'Wrap-up'), ('pause', 'Pause'), ('away', 'Away')], default='', editable=False, max_length=10)),
                ('next_reason', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.pausereason')),
                ('last_call_at', models.DateTimeField(editable=False, null=True)),
                ('seen_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('extension', ''), _negated=True), fields=('organisation', 'extension'), name='operator_extension_once_a_house', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'pause'), _negated=True), ('pause_reason__isnull', False), _connector='OR'), name='operator_pause_has_a_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=20)),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='people.organisation')),
                ('source', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='gateway.source')),
                ('call_id', models.CharField(blank=True, default='', editable=False, max_length=200)),
                ('direction', models.CharField(choices=[('in', 'In'), ('out', 'Out')], default='in', max_length=3)),
                ('state', models.CharField(choices=[('ringing', 'Ringing'), ('queued', 'Waiting'), ('in_progress', 'In progress'), ('on_hold', 'On hold'), ('wrap_up', 'Wrap-up'), ('closed', 'Closed'), ('abandoned', 'Abandoned'), ('missed', 'Missed'), ('voicemail', 'Message left'), ('call_back_due', 'Call-back due')], default='ringing', editable=False, max_length=13)),
                ('from_number', models.CharField(blank=True, default='', max_length=40)),
                ('to_number', models.CharField(blank=True, default='', max_length=40)),
                ('caller_name', models.CharField(blank=True, default='', max_length=120)),
                ('caller', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to=settings.AUTH_USER_MODEL)),
                ('caller_certain', models.BooleanField(default=False)),
                ('site', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
                ('vip', models.BooleanField(default=False)),
                ('language', models.CharField(default='fr', max_length=5)),
                ('queue', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='servicedesk.callqueue')),
                ('operator', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='calls', to='servicedesk.operator')),
                ('pressed', models.JSONField(default=list, editable=False)),
                ('through_menu', models.BooleanField(default=False, editable=False)),
                ('menu_path', models.JSONField(default=list, help_text='Why it went where it went, step by step.')),
                ('service', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.service')),
                ('category', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category')),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('queued_at', models.DateTimeField(editable=False, null=True)),
                ('answered_at', models.DateTimeField(editable=False, null=True)),
                ('held_since', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('wrapped_at', models.DateTimeField(editable=False, null=True)),
                ('wait_seconds', models.PositiveIntegerField(editable=False, null=True)),
                ('talk_seconds', models.PositiveIntegerField(editable=False, null=True)),
                ('hold_seconds', models.PositiveIntegerField(default=0, editable=False)),
                ('wrap_up_seconds', models.PositiveIntegerField(editable=False, null=True)),
                ('answer_guessed', models.BooleanField(default=False, editable=False)),
                ('told_seconds', models.PositiveIntegerField(editable=False, null=True)),
                ('in_hours', models.BooleanField(default=True)),
                ('cause', models.CharField(blank=True, default='', editable=False, max_length=40)),
                ('handled_by', models.CharField(choices=[('person', 'A person'), ('menu', 'The menu'), ('sweeper', 'Nobody: its end was never told')], default='person', editable=False, max_length=8)),
                ('wrap_up_code', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.wrapupcode')),
                ('note', models.TextField(blank=True, default='')),
                ('transfers', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('major', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='major_calls', to='records.record')),
                ('call_back_at', models.DateTimeField(editable=False, null=True)),
                ('call_back_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.operator')),
                ('call_back_tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('answers', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='called_back', to='servicedesk.call')),
                ('rung_at', models.DateTimeField(editable=False, null=True)),
                ('overflow_at', models.DateTimeField(editable=False, null=True)),
                ('wrap_up_held_at', models.DateTimeField(editable=False, null=True)),
                ('wrap_up_held_seconds', models.PositiveIntegerField(default=0, editable=False)),
                ('call_back_waived', models.BooleanField(default=False, editable=False)),
                ('check_at', models.DateTimeField(default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), editable=False)),
                ('changed_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', '-id'], name='call_list'),
                    models.Index(fields=['organisation', 'started_at'], name='call_began'),
                    models.Index(condition=models.Q(('state__in', ['ringing', 'queued'])), fields=['queue', 'queued_at'], name='call_waiting'),
                    models.Index(condition=models.Q(('state__in', ['ringing', 'queued', 'in_progress', 'on_hold', 'wrap_up'])), fields=['id'], name='call_live'),
                    models.Index(condition=models.Q(('state', 'call_back_due')), fields=['call_back_at'], name='call_back_due'),
                    models.Index(condition=models.Q(('check_at__lt', datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc))), fields=['check_at'], name='call_check'),
                    models.Index(condition=models.Q(('caller__isnull', False)), fields=['caller', '-id'], name='call_caller'),
                    models.Index(condition=models.Q(('from_number', ''), _negated=True), fields=['from_number', '-id'], name='call_from'),
                    models.Index(condition=models.Q(models.Q(('from_number', ''), _negated=True), models.Q(('to_number', ''), _negated=True), models.Q(('caller_name', ''), _negated=True), models.Q(('note', ''), _negated=True), ('caller__isnull', False), _connector='OR'), fields=['started_at', 'id'], name='call_tells'),
                    models.Index(condition=models.Q(('direction', 'out')), fields=['to_number', '-id'], name='call_to'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('caller_name'), name='gin_trgm_ops'), name='call_name_trigram'),
                    models.Index(condition=models.Q(('operator__isnull', False)), fields=['operator', '-id'], name='call_operator'),
                    models.Index(condition=models.Q(('major__isnull', False)), fields=['major'], name='call_major'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('number',), name='call_number_unique'),
                    models.UniqueConstraint(condition=models.Q(('source__isnull', False), models.Q(('call_id', ''), _negated=True)), fields=('source', 'call_id'), name='call_once_an_id'),
                    models.CheckConstraint(condition=models.Q(('state__in', ('ringing', 'queued', 'in_progress', 'on_hold')), ('ended_at__isnull', False), _connector='OR'), name='call_is_live_or_has_ended'),
                    models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='call_ends_after_it_began'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'call_back_due'), _negated=True), ('call_back_at__isnull', False), _connector='OR'), name='call_back_has_a_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('call', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='links', to='servicedesk.call')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_links', to='records.record')),
                ('how', models.CharField(choices=[('created', 'Opened by the call'), ('attached', 'The call was about it'), ('major', 'Its caller is concerned')], max_length=8)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['at'], name='call_link_at'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('call', 'record'), name='call_record_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='gateway.source')),
                ('call', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='servicedesk.call')),
                ('key', models.CharField(blank=True, default='', help_text="The exchange's id of the call.", max_length=200)),
                ('event', models.CharField(max_length=40)),
                ('understood', models.BooleanField(default=True)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('facts', models.JSONField(default=dict)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['call', 'id'], name='call_event_story'),
                    models.Index(fields=['at'], name='call_event_age'),
                    models.Index(condition=models.Q(('understood', False)), fields=['source', '-id'], name='call_event_unknown'),
                ],
            },
        ),
        migrations.CreateModel(
            name='QueueMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('queue', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='servicedesk.callqueue')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='queues', to='servicedesk.operator')),
                ('skill', models.PositiveSmallIntegerField(default=3)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('queue', 'operator'), name='queue_member_once'),
                    models.CheckConstraint(condition=models.Q(('skill__range', (1, 5))), name='queue_member_skill'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OperatorSpan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('operator', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spans', to='servicedesk.operator')),
                ('state', models.CharField(choices=[('available', 'Available'), ('ringing', 'Ringing'), ('in_call', 'In call'), ('wrap_up', 'Wrap-up'), ('pause', 'Pause'), ('away', 'Away')], max_length=10)),
                ('pause_reason', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.pausereason')),
                ('began_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['began_at'], name='operator_span_began'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('operator',), name='operator_one_span_open'),
                    models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('began_at')), _connector='OR'), name='operator_span_forward'),
                ],
            },
        ),
        migrations.AddField(
            model_name='operator',
            name='call',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.call'),
        ),
        migrations.AddField(
            model_name='call',
            name='records',
            field=models.ManyToManyField(related_name='calls', through='servicedesk.CallLink', to='records.record'),
        ),
    ]
