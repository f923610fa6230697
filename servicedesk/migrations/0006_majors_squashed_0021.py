"""Major incidents, surges, campaigns of calls."""

import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('servicedesk', '0001_initial'),
        ('servicedesk', '0021_fill_houses_and_menus'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
        ('servicedesk', '0005_exchanges'),
    ]
    operations = [
        migrations.CreateModel(
            name='DoNotCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('address', models.CharField(blank=True, default='', max_length=254, verbose_name='number or address')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('reason', models.CharField(blank=True, default='', max_length=200, verbose_name='reason')),
                ('at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', '-id'], name='do_not_call_list'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('organisation', 'person'), name='do_not_call_person_once'),
                    models.UniqueConstraint(condition=models.Q(('address', ''), _negated=True), fields=('organisation', 'address'), name='do_not_call_address_once'),
                    models.CheckConstraint(condition=models.Q(('person__isnull', False), models.Q(('address', ''), _negated=True), _connector='OR'), name='do_not_call_somebody'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ContactHook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                ('kind', models.CharField(choices=[('sms', 'SMS'), ('call', 'Call')], default='sms', max_length=4, verbose_name='kind')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('allow_private', models.BooleanField(default=False, verbose_name='inside the private network')),
                ('idempotent', models.BooleanField(default=False, verbose_name='knows a message again by its key')),
                ('sealed', models.TextField(editable=False)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('last_at', models.DateTimeField(editable=False, null=True)),
                ('fault', models.CharField(blank=True, default='', editable=False, max_length=300)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'kind'), name='contact_hook_once_a_kind'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MajorIncident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='major_incident', to='records.record')),
                ('state', models.CharField(choices=[('proposed', 'Proposed'), ('open', 'Open'), ('over', 'Over'), ('declined', 'Declined')], editable=False, max_length=8)),
                ('why', models.JSONField(default=list, editable=False)),
                ('weight', models.JSONField(default=dict, editable=False)),
                ('proposed_at', models.DateTimeField(editable=False, null=True)),
                ('proposed_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('accepted_at', models.DateTimeField(editable=False, null=True)),
                ('accepted_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('declined_at', models.DateTimeField(editable=False, null=True)),
                ('declined_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, default='', max_length=300)),
                ('over_at', models.DateTimeField(editable=False, null=True)),
                ('all_clear_at', models.DateTimeField(editable=False, null=True)),
                ('all_clear_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('public_fr', models.TextField(blank=True, default='', verbose_name='what users read (French)')),
                ('public_en', models.TextField(blank=True, default='', verbose_name='what users read (English)')),
                ('script_fr', models.TextField(blank=True, default='', verbose_name='what operators read aloud (French)')),
                ('script_en', models.TextField(blank=True, default='', verbose_name='what operators read aloud (English)')),
                ('expected_at', models.DateTimeField(blank=True, null=True, verbose_name='back to normal expected at')),
                ('next_update_at', models.DateTimeField(blank=True, null=True, verbose_name='next update at')),
                ('update_every', models.PositiveSmallIntegerField(default=30, verbose_name='an update every (minutes)')),
                ('updated_at', models.DateTimeField(editable=False, null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['state', '-id'], name='major_state'),
                    models.Index(condition=models.Q(('state__in', ['proposed', 'open'])), fields=['id'], name='major_now'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['proposed', 'open', 'over', 'declined'])), name='major_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'over'), _negated=True), ('over_at__isnull', False), _connector='OR'), name='major_over_since'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'declined'), _negated=True), ('declined_at__isnull', False), _connector='OR'), name='major_declined_since'),
                    models.CheckConstraint(condition=models.Q(('update_every__range', (5, 1440))), name='major_update_in_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallCampaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='people.organisation', verbose_name='organisation')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('running', 'Running'), ('paused', 'Paused'), ('stopped', 'Stopped'), ('finished', 'Finished')], default='draft', editable=False, max_length=8)),
                ('audience', models.JSONField(default=dict)),
                ('major', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='campaigns', to='servicedesk.majorincident')),
                ('is_all_clear', models.BooleanField(default=False, editable=False)),
                ('channels', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('call', 'Call'), ('sms', 'SMS'), ('email', 'E-mail')], max_length=5), size=None, verbose_name='channels, in this order')),
                ('subject_fr', models.CharField(blank=True, default='', max_length=200, verbose_name='subject of the mail (French)')),
                ('subject_en', models.CharField(blank=True, default='', max_length=200, verbose_name='subject of the mail (English)')),
                ('message_fr', models.TextField(blank=True, default='', verbose_name='message (French)')),
                ('message_en', models.TextField(blank=True, default='', verbose_name='message (English)')),
                ('per_minute', models.PositiveSmallIntegerField(default=30, verbose_name='contacts a minute at most')),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar', verbose_name='calendar')),
                ('hours_from', models.TimeField(default=datetime.time(8, 0), verbose_name='not before (where the person is)')),
                ('hours_to', models.TimeField(default=datetime.time(20, 0), verbose_name='not after (where the person is)')),
                ('max_tries', models.PositiveSmallIntegerField(default=2, verbose_name='tries a channel')),
                ('retry_minutes', models.PositiveSmallIntegerField(default=30, verbose_name='between two tries (minutes)')),
                ('created_by', models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('started_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('next_slot_at', models.DateTimeField(editable=False, null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', '-id'], name='call_campaign_list'),
                    models.Index(condition=models.Q(('state', 'running')), fields=['next_slot_at'], name='call_campaign_running'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'running', 'paused', 'stopped', 'finished'])), name='call_campaign_state_known'),
                    models.CheckConstraint(condition=models.Q(('channels__contained_by', ['call', 'sms', 'email']), ('channels__len__gt', 0)), name='call_campaign_has_channels'),
                    models.CheckConstraint(condition=models.Q(('per_minute__range', (1, 6000))), name='call_campaign_pace_in_reason'),
                    models.CheckConstraint(condition=models.Q(('max_tries__range', (1, 5))), name='call_campaign_tries_1_to_5'),
                    models.CheckConstraint(condition=models.Q(('hours_to__gt', models.F('hours_from'))), name='call_campaign_hours_forward'),
                    models.CheckConstraint(condition=models.Q(('state', 'draft'), ('started_at__isnull', False), _connector='OR'), name='call_campaign_started_once_no_draft'),
                    models.UniqueConstraint(condition=models.Q(('is_all_clear', True), ('state__in', ['draft', 'running', 'paused'])), fields=('major',), name='call_campaign_all_clear_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MajorCaller',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('major', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='callers', to='servicedesk.majorincident')),
                ('person', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('number', models.CharField(blank=True, default='', max_length=40)),
                ('how', models.CharField(choices=[('call', 'Called'), ('key', 'Pressed a key'), ('portal', 'On the portal'), ('child', 'Has a ticket under it'), ('hand', 'Entered by hand')], max_length=6)),
                ('call', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.call')),
                ('language', models.CharField(blank=True, default='', max_length=5)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('told_at', models.DateTimeField(editable=False, null=True)),
                ('outcome', models.CharField(choices=[('waits', 'Not told yet'), ('told', 'Told'), ('failed', 'Not reached'), ('skipped', 'Not to be told'), ('unknown', 'Not known')], default='waits', editable=False, max_length=7)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['major', '-id'], name='major_caller_list'),
                    models.Index(condition=models.Q(('person__isnull', False)), fields=['person'], name='major_caller_person'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('major', 'person'), name='major_caller_person_once'),
                    models.UniqueConstraint(condition=models.Q(('person', None)), fields=('major', 'number'), name='major_caller_number_once'),
                    models.CheckConstraint(condition=models.Q(('person__isnull', False), models.Q(('number', ''), _negated=True), _connector='OR'), name='major_caller_is_somebody'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CampaignTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='servicedesk.callcampaign')),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('caller', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.majorcaller')),
                ('name', models.CharField(blank=True, default='', max_length=200)),
                ('number', models.CharField(blank=True, default='', max_length=40)),
                ('mobile', models.CharField(blank=True, default='', max_length=40)),
                ('email', models.CharField(blank=True, default='', max_length=254)),
                ('language', models.CharField(default='fr', max_length=5)),
                ('time_zone', models.CharField(blank=True, default='', max_length=50)),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('claimed', 'Being contacted'), ('sent', 'Call placed, no answer known yet'), ('reached', 'Reached'), ('failed', 'Not reached'), ('unknown', 'Not known: the contact was interrupted'), ('stopped', 'Not contacted: stopped'), ('skipped', 'Left out')], default='waiting', max_length=7)),
                ('why', models.CharField(blank=True, default='', max_length=20)),
                ('channel', models.PositiveSmallIntegerField(default=0)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(null=True)),
                ('claimed_at', models.DateTimeField(null=True)),
                ('done_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'waiting')), fields=['campaign', 'next_at', 'id'], name='call_target_due'),
                    models.Index(fields=['campaign', 'state', 'id'], name='call_target_list'),
                    models.Index(condition=models.Q(('state__in', ['claimed', 'sent'])), fields=['claimed_at'], name='call_target_under_way'),
                    models.Index(condition=models.Q(('person__isnull', False)), fields=['person'], name='call_target_person'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('person__isnull', False)), fields=('campaign', 'person'), name='call_target_person_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'waiting'), _negated=True), ('next_at__isnull', False), _connector='OR'), name='call_target_waits_for_a_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CampaignAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='servicedesk.campaigntarget')),
                ('channel', models.CharField(choices=[('call', 'Call'), ('sms', 'SMS'), ('email', 'E-mail')], max_length=5)),
                ('number', models.PositiveSmallIntegerField()),
                ('key', models.CharField(max_length=60)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('done_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(choices=[('claimed', 'Under way'), ('good', 'Delivered'), ('placed', 'Call placed'), ('bad', 'Failed'), ('unknown', 'Interrupted')], default='claimed', max_length=7)),
                ('detail', models.CharField(blank=True, default='', max_length=300)),
                ('call', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.call')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('target', 'channel', 'number'), name='call_attempt_once'),
                    models.UniqueConstraint(fields=('key',), name='call_attempt_key_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MajorRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('about', models.CharField(choices=[('incident', 'An incident'), ('surge', 'A surge of calls')], default='incident', max_length=8, verbose_name='about')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                ('priority', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='priority at most')),
                ('criticality', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='criticality of the service at most')),
                ('calls', models.PositiveIntegerField(blank=True, null=True, verbose_name='calls at least')),
                ('children', models.PositiveIntegerField(blank=True, null=True, verbose_name='tickets under it at least')),
                ('minutes', models.PositiveSmallIntegerField(default=15, verbose_name='within (minutes)')),
                ('times', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, verbose_name='times the usual number')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='major_rule_code_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('about', 'incident'), ('times', None), models.Q(('priority__isnull', False), ('calls__isnull', False), ('children__isnull', False), ('criticality__isnull', False), _connector='OR')), models.Q(('about', 'surge'), ('calls__isnull', False), ('children', None), ('priority', None), ('times__isnull', False)), _connector='OR'), name='major_rule_has_conditions'),
                    models.CheckConstraint(condition=models.Q(('priority', None), ('priority__range', (1, 5)), _connector='OR'), name='major_rule_priority_1_to_5'),
                    models.CheckConstraint(condition=models.Q(('criticality', None), ('criticality__range', (1, 4)), _connector='OR'), name='major_rule_criticality_1_to_4'),
                    models.CheckConstraint(condition=models.Q(('minutes__range', (1, 1440))), name='major_rule_minutes_in_reason'),
                    models.CheckConstraint(condition=models.Q(('times', None), ('times__gt', 1), _connector='OR'), name='major_rule_times_more_than_usual'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Surge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('service', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cmdb.service')),
                ('category', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.category')),
                ('state', models.CharField(choices=[('open', 'Going on'), ('taken', 'An incident stands for it'), ('dismissed', 'Set aside')], default='open', max_length=9)),
                ('began_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('seen_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('ended_at', models.DateTimeField(null=True)),
                ('calls', models.PositiveIntegerField()),
                ('most_calls', models.PositiveIntegerField()),
                ('usual', models.DecimalField(decimal_places=1, max_digits=7)),
                ('minutes', models.PositiveSmallIntegerField()),
                ('record', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='records.record')),
                ('decided_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', '-id'], name='surge_list'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('organisation', 'service', 'category'), name='surge_once_at_a_time', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(models.Q(('category', None), ('service__isnull', False)), models.Q(('category__isnull', False), ('service', None)), _connector='OR'), name='surge_about_one_thing'),
                ],
            },
        ),
    ]
