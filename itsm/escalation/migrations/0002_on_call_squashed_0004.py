"""Who is on call, and who is called in turn."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('escalation', '0001_routing'),
        ('escalation', '0004_add_on_call'),
    ]
    dependencies = [
        ('escalation', '0001_policies'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='Rota',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rotas', to='people.team')),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50)),
                ('always', models.BooleanField(default=True, help_text='Otherwise only the hours of the layers must be covered.', verbose_name='somebody must be on call day and night')),
                ('active', models.BooleanField(default=True, verbose_name='in use')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='rota_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Layer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='layers', to='escalation.rota')),
                ('rank', models.PositiveSmallIntegerField(choices=[(1, 'First line'), (2, 'Second line'), (3, 'Third line')], default=1, verbose_name='line')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('name', models.CharField(blank=True, max_length=80)),
                ('first_day', models.DateField(verbose_name='first handover on')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='last day (included)')),
                ('handover', models.TimeField(verbose_name='handover at')),
                ('days', models.PositiveSmallIntegerField(default=7, verbose_name='length of a turn, in days')),
                ('hours', models.JSONField(blank=True, default=list, help_text='Only these hours of the week: [[weekday, from minute, to minute], …]')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('rota', 'rank', 'position'), name='layer_position_once'),
                    models.CheckConstraint(condition=models.Q(('days__range', (1, 366))), name='layer_turn_of_some_days'),
                    models.CheckConstraint(condition=models.Q(('rank__range', (1, 3))), name='layer_line_1_to_3'),
                    models.CheckConstraint(condition=models.Q(('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='layer_ends_after_it_begins'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LayerPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('layer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='escalation.layer')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('position', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('layer', 'position'), name='layer_person_position_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Swap',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('layer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='swaps', to='escalation.layer')),
                ('turn', models.IntegerField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('layer', 'turn'), name='swap_one_a_turn'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Override',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='escalation.rota')),
                ('rank', models.PositiveSmallIntegerField(choices=[(1, 'First line'), (2, 'Second line'), (3, 'Third line')], default=1, verbose_name='line')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('made_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['rota', 'ends_at'], name='override_rota'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='override_ends_after_start'),
                    models.CheckConstraint(condition=models.Q(('rank__range', (1, 3))), name='override_line_1_to_3'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Chain',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('rounds', models.PositiveSmallIntegerField(default=2, verbose_name='rounds at most')),
                ('p1_skips_waits', models.BooleanField(default=False, verbose_name='a P1 calls everybody of a round at once')),
                ('active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='chain_code_unique'),
                    models.CheckConstraint(condition=models.Q(('rounds__range', (1, 9))), name='chain_some_rounds'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ChainStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('chain', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='escalation.chain')),
                ('position', models.PositiveSmallIntegerField()),
                ('who', models.CharField(choices=[('first', 'On call, first line'), ('second', 'On call, second line'), ('person', 'A person'), ('leader', 'The leader of the team'), ('manager', 'The service-desk manager')], max_length=10)),
                ('rota', models.ForeignKey(blank=True, help_text='Empty: the rotas of the team that holds the ticket', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='escalation.rota')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('wait_minutes', models.PositiveSmallIntegerField(default=5, verbose_name='then wait (minutes)')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('chain', 'position'), name='chain_step_position_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('user__isnull', False), ('who', 'person')), models.Q(models.Q(('who', 'person'), _negated=True), ('user', None)), _connector='OR'), name='chain_step_person_is_named'),
                    models.CheckConstraint(condition=models.Q(('wait_minutes__lte', 1440)), name='chain_step_waits_a_day_at_most'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Page',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pages', to='records.record')),
                ('chain', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pages', to='escalation.chain')),
                ('state', models.CharField(choices=[('running', 'Calling'), ('answered', 'Has answered'), ('exhausted', 'Nobody answered'), ('ended', 'No longer needed')], default='running', max_length=10)),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('position', models.PositiveSmallIntegerField(default=0, help_text='Steps of this round that were done')),
                ('next_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state', 'running')), fields=['next_at'], name='page_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'running')), fields=('record',), name='page_one_runs'),
                    models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('next_at__isnull', False), ('state', 'running')), models.Q(models.Q(('state', 'running'), _negated=True), ('ended_at__isnull', False), ('next_at', None)), _connector='OR'), name='page_runs_or_ended'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PageCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calls', to='escalation.page')),
                ('at', models.DateTimeField()),
                ('round', models.PositiveSmallIntegerField()),
                ('step', models.PositiveSmallIntegerField()),
                ('who', models.CharField(choices=[('first', 'On call, first line'), ('second', 'On call, second line'), ('person', 'A person'), ('leader', 'The leader of the team'), ('manager', 'The service-desk manager')], max_length=10)),
                ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='page_calls', to=settings.AUTH_USER_MODEL)),
                ('outcome', models.CharField(choices=[('called', 'Called'), ('answered', 'Has answered'), ('silent', 'No answer'), ('passed', 'Passed on'), ('nobody', 'Nobody on call'), ('unable', 'May not work this ticket')], default='called', max_length=10)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('outcome', 'called')), fields=['user'], name='page_call_open'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('page', 'round', 'step', 'user'), name='page_call_once', nulls_distinct=False),
                ],
            },
        ),
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='shift_feed', to=settings.AUTH_USER_MODEL)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
        ),
    ]
