"""Agreements, their targets, and the clocks that count them."""

import django.db.models.deletion
from django.db import migrations, models

from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('levels', '0001_initial'),
        ('levels', '0002_initial'),
        ('levels', '0003_agreements'),
        ('levels', '0004_targets_to_agreements'),
        ('levels', '0005_targets_belong_to_agreements'),
        ('levels', '0006_clocks_that_wait_for_approval'),
        ('levels', '0007_conditions_of_metrics'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('kind', models.CharField(choices=[('sla', 'SLA, with the users'), ('ola', 'OLA, between teams'), ('uc', 'UC, with a supplier')], default='sla', max_length=3)),
                ('active', models.BooleanField(default=True, verbose_name='in force')),
                ('valid_from', models.DateField(blank=True, null=True)),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='valid until (included)')),
                ('organisation', models.ForeignKey(blank=True, help_text="The users' organisation, with those below it", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='agreements', to='cmdb.service')),
                ('category', models.ForeignKey(blank=True, help_text='With those below it', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.category')),
                ('record_kind', models.CharField(blank=True, max_length=20, verbose_name='kind of record')),
                ('vip', models.BooleanField(blank=True, null=True, verbose_name='VIP requesters')),
                ('team', models.ForeignKey(blank=True, help_text='OLA: the team that promises', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
                ('level', models.PositiveSmallIntegerField(blank=True, help_text='OLA: any team of this level that has no agreement of its own', null=True)),
                ('supplier', models.ForeignKey(blank=True, help_text='UC: who promises', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contracts_promised', to='people.organisation')),
                ('calendar', models.ForeignKey(blank=True, help_text="Empty: the organisation's own calendar", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('starts', models.CharField(choices=[('opening', 'the opening'), ('approval', 'the last approval')], default='opening', max_length=10, verbose_name='counts from')),
                ('on_change', models.CharField(choices=[('retroactive', 'from the opening, pauses kept'), ('from_now', 'the new target counts from now'), ('reset', 'a new clock from zero; the old one is put away')], default='retroactive', max_length=12, verbose_name='when priority or agreement change')),
                ('on_reopen', models.CharField(choices=[('continue', 'goes on from where it stood'), ('restart', 'starts again; the first result no longer counts'), ('new_cycle', 'a second clock; the first result stands')], default='continue', max_length=10, verbose_name='when reopened')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='agreement_code_unique'),
                    models.CheckConstraint(condition=models.Q(('valid_from', None), ('valid_until', None), ('valid_until__gte', models.F('valid_from')), _connector='OR'), name='agreement_ends_after_it_begins'),
                    models.CheckConstraint(condition=models.Q(('kind', 'ola'), models.Q(('level', None), ('team', None)), _connector='OR'), name='agreement_only_teams_promise_an_ola'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'ola'), _negated=True), ('team__isnull', False), ('level__isnull', False), _connector='OR'), name='agreement_ola_has_a_team'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'uc'), ('supplier__isnull', False)), models.Q(models.Q(('kind', 'uc'), _negated=True), ('supplier', None)), _connector='OR'), name='agreement_uc_has_a_supplier'),
                    models.CheckConstraint(condition=models.Q(('level', None), ('level__lte', 3), _connector='OR'), name='agreement_level_0_to_3'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'uc'), _negated=True), ('starts', 'opening'), _connector='OR'), name='agreement_uc_starts_with_the_wait'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='targets', to='levels.agreement')),
                ('priority', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('metric', models.CharField(choices=[('own', 'Ownership'), ('response', 'First response'), ('update', 'Update interval'), ('transfer', 'Hand-off'), ('resolve', 'Resolution')], max_length=10)),
                ('seconds', models.PositiveIntegerField(blank=True, help_text='Empty: planned, nothing is promised', null=True, verbose_name='target in business seconds')),
                ('calendar', models.ForeignKey(blank=True, help_text='Empty: that of the agreement', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('agreement', 'priority', 'metric'), name='target_once', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('priority', None), ('priority__range', (1, 5)), _connector='OR'), name='target_priority_1_to_5'),
                    models.CheckConstraint(condition=models.Q(('seconds', None), ('seconds__gt', 0), _connector='OR'), name='target_is_some_time'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Terms',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='terms', to='levels.agreement')),
                ('metric', models.CharField(choices=[('own', 'Ownership'), ('response', 'First response'), ('update', 'Update interval'), ('transfer', 'Hand-off'), ('resolve', 'Resolution')], max_length=10)),
                ('start', models.JSONField(blank=True, default=list)),
                ('pause', models.JSONField(blank=True, default=list)),
                ('resume', models.JSONField(blank=True, default=list)),
                ('stop', models.JSONField(blank=True, default=list)),
                ('cancel', models.JSONField(blank=True, default=list)),
                ('reset', models.JSONField(blank=True, default=list)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('agreement', 'metric'), name='terms_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('metric__in', ['own', 'response']), _negated=True), models.Q(('pause', []), ('resume', [])), _connector='OR'), name='terms_response_never_pauses'),
                ],
            },
        ),
        migrations.CreateModel(
            name='FrozenCalendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('spec', models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='clocks', to='records.record')),
                ('kind', models.CharField(choices=[('sla', 'SLA, with the users'), ('ola', 'OLA, between teams'), ('uc', 'UC, with a supplier')], default='sla', max_length=3)),
                ('metric', models.CharField(choices=[('own', 'Ownership'), ('response', 'First response'), ('update', 'Update interval'), ('transfer', 'Hand-off'), ('resolve', 'Resolution')], max_length=10)),
                ('cycle', models.PositiveSmallIntegerField(default=1)),
                ('agreement', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='levels.agreement')),
                ('team', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('state', models.CharField(choices=[('waiting', 'Not started'), ('running', 'Running'), ('paused', 'Paused'), ('stopped', 'Stopped'), ('cancelled', 'Cancelled')], default='running', max_length=10)),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('frozen', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='levels.frozencalendar')),
                ('target_seconds', models.PositiveIntegerField(null=True)),
                ('started_at', models.DateTimeField()),
                ('counted_from', models.DateTimeField(null=True)),
                ('since', models.DateTimeField(null=True)),
                ('elapsed_seconds', models.PositiveIntegerField(default=0)),
                ('segments', models.JSONField(default=list)),
                ('events', models.JSONField(default=list)),
                ('due_at', models.DateTimeField(null=True)),
                ('step', models.PositiveSmallIntegerField(default=0, help_text='The last step done, in per cent of the target')),
                ('repeats', models.PositiveSmallIntegerField(default=0, help_text='How often it was repeated after the last step')),
                ('next_step_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('met', models.BooleanField(null=True)),
                ('conditions', models.JSONField(blank=True, default=dict, help_text='What starts, pauses, stops or cancels it, as agreed when it began')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='clock_due'),
                    models.Index(condition=models.Q(('stopped_at__isnull', False)), fields=['stopped_at'], name='clock_stopped'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('record', 'kind', 'metric', 'cycle'), name='clock_one_a_cycle'),
                    models.UniqueConstraint(condition=models.Q(('state__in', ['waiting', 'running', 'paused'])), fields=('record', 'kind', 'metric'), name='clock_one_alive'),
                    models.CheckConstraint(condition=models.Q(models.Q(('since__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('since', None)), _connector='OR'), name='clock_runs_since'),
                    models.CheckConstraint(condition=models.Q(('next_step_at', None), ('state', 'running'), _connector='OR'), name='clock_steps_only_while_running'),
                    models.CheckConstraint(condition=models.Q(models.Q(('metric__in', ['own', 'response']), _negated=True), models.Q(('conditions__has_key', 'pause'), ('conditions__has_key', 'resume'), _connector='OR', _negated=True), _connector='OR'), name='clock_response_never_pauses'),
                ],
            },
        ),
    ]
