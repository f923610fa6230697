"""Shifts, their log and checks; consoles."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('operations', '0001_scheduling'),
        ('operations', '0007_limits_and_versions'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('cmdb', '0001_items'),
        ('events', '0001_alerts_squashed_0002'),
        ('operations', '0003_printing'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='Console',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='console', serialize=False, to='cmdb.configurationitem')),
                ('post', models.CharField(blank=True, default='', help_text='Where it stands, and its phone.', max_length=80, verbose_name='post')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team', verbose_name='team')),
                ('authority', models.CharField(choices=[('info', 'Information only'), ('sys', 'System commands (SYS)'), ('io', 'Devices (IO)'), ('cons', 'Consoles (CONS)'), ('master', 'Master')], default='info', max_length=8, verbose_name='authority')),
                ('view', models.CharField(blank=True, default='', max_length=1000)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('rings', models.BooleanField(default=True, verbose_name='rings for a new critical alert')),
                ('operator', models.ForeignKey(blank=True, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('operator_since', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('operator', None), ('operator_since', None)), models.Q(('operator__isnull', False), ('operator_since__isnull', False)), _connector='OR'), name='console_operator_since'),
                    models.CheckConstraint(condition=models.Q(('authority__in', ['info', 'sys', 'io', 'cons', 'master'])), name='console_authority_known'),
                    models.UniqueConstraint(condition=models.Q(('operator__isnull', False)), fields=('operator',), name='console_one_a_person'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ConsoleEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('console', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='operations.console')),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('kind', models.CharField(choices=[('order', 'Order'), ('message', 'Message that waits for a reply'), ('note', 'Remark'), ('arrival', 'Sat down'), ('leaving', 'Left')], max_length=8)),
                ('system', models.CharField(blank=True, default='', max_length=20)),
                ('text', models.CharField(blank=True, default='', max_length=500)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reply_id', models.PositiveIntegerField(null=True)),
                ('key', models.CharField(blank=True, default='', help_text='What a machine calls its message.', max_length=100)),
                ('answer', models.CharField(blank=True, default='', max_length=500)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('withdrawn', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name_plural': 'console entries',
                'indexes': [
                    models.Index(fields=['console', '-id'], name='console_entry_newest'),
                    models.Index(condition=models.Q(('answered_at', None), ('kind', 'message')), fields=['console', 'id'], name='console_entry_waiting'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('answered_at', None), ('kind', 'message')), fields=('console', 'system', 'reply_id'), name='console_reply_once_open'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'message'), ('reply_id__isnull', False)), models.Q(models.Q(('kind', 'message'), _negated=True), ('reply_id', None)), _connector='OR'), name='console_message_has_reply_id'),
                    models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('console', 'system', 'key'), name='console_key_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['order', 'message', 'note', 'arrival', 'leaving'])), name='console_entry_kind_known'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['arrival', 'leaving']), models.Q(('text', ''), _negated=True), _connector='OR'), name='console_entry_says_something'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CheckList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='check_lists', to='people.organisation')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('name_fr', models.CharField(max_length=120)),
                ('name_en', models.CharField(blank=True, max_length=120)),
                ('due', models.TimeField(verbose_name='to be done by')),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('is_active', models.BooleanField(default=True)),
                ('next_at', models.DateTimeField(editable=False, null=True)),
                ('late_on', models.DateField(editable=False, help_text='The day for which an alert says that it is late.', null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('is_active', True)), fields=['next_at'], name='check_list_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'name_fr'), name='check_list_name_once'),
                    models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [0, 1, 2, 3, 4, 5, 6])), name='check_list_weekdays_0_to_6'),
                    models.CheckConstraint(condition=models.Q(('name_fr', ''), _negated=True), name='check_list_has_a_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('checklist', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='checks', to='operations.checklist')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('group_fr', models.CharField(blank=True, max_length=80)),
                ('group_en', models.CharField(blank=True, max_length=80)),
                ('name_fr', models.CharField(max_length=160)),
                ('name_en', models.CharField(blank=True, max_length=160)),
                ('how', models.TextField(blank=True, verbose_name='how it is done')),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='checks', to='cmdb.configurationitem')),
                ('rule', models.CharField(blank=True, max_length=40)),
                ('subject', models.CharField(blank=True, max_length=300)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['checklist', 'position', 'id'], name='check_order'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('name_fr', ''), _negated=True), name='check_has_a_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CheckResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_of', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='results', to='operations.check')),
                ('day', models.DateField()),
                ('colour', models.CharField(choices=[('green', 'Good'), ('amber', 'To watch'), ('red', 'Bad')], max_length=5)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('url', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='records.record')),
                ('times', models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['day'], name='check_result_day'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('check_of', 'day'), name='check_one_colour_a_day'),
                    models.CheckConstraint(condition=models.Q(('colour__in', ['green', 'amber', 'red'])), name='check_colour_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LogCursor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, unique=True)),
                ('last_id', models.BigIntegerField(default=0)),
                ('last_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='ShiftPattern',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shift_patterns', to='people.organisation')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shift_patterns', to='people.team')),
                ('name_fr', models.CharField(max_length=80)),
                ('name_en', models.CharField(blank=True, max_length=80)),
                ('starts', models.TimeField()),
                ('ends', models.TimeField()),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, help_text='0 is Monday', size=None)),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('is_active', models.BooleanField(default=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('team', 'name_fr'), name='shift_pattern_name_once'),
                    models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [0, 1, 2, 3, 4, 5, 6])), name='shift_pattern_weekdays_0_to_6'),
                    models.CheckConstraint(condition=models.Q(('starts', models.F('ends')), _negated=True), name='shift_pattern_has_a_length'),
                    models.CheckConstraint(condition=models.Q(('name_fr', ''), _negated=True), name='shift_pattern_has_a_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ShiftTurn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='turns', to='operations.shiftpattern')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('first_day', models.DateField(blank=True, null=True)),
                ('last_day', models.DateField(blank=True, null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [0, 1, 2, 3, 4, 5, 6])), name='shift_turn_weekdays_0_to_6'),
                    models.CheckConstraint(condition=models.Q(('first_day', None), ('last_day', None), ('last_day__gte', models.F('first_day')), _connector='OR'), name='shift_turn_ends_after_it_begins'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pattern', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shifts', to='operations.shiftpattern')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('team', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', 'starts_at'], name='shift_organisation'),
                    models.Index(fields=['team', 'starts_at'], name='shift_team'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('pattern', 'starts_at'), name='shift_once'),
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='shift_ends_after_start'),
                ],
            },
        ),
        migrations.CreateModel(
            name='LogEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('shift', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='log', to='operations.shift')),
                ('team', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('kind', models.CharField(choices=[('person', 'By hand'), ('machine', 'By machine'), ('handover', 'Hand-over')], default='person', max_length=8)),
                ('source', models.CharField(blank=True, max_length=20)),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('text', models.CharField(max_length=2000)),
                ('folded', models.TextField(editable=False)),
                ('item', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cmdb.configurationitem')),
                ('record', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='records.record')),
                ('alert', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='events.alert')),
                ('follow', models.BooleanField(default=False)),
                ('done_at', models.DateTimeField(null=True)),
                ('done_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', '-at', '-id'], name='log_organisation'),
                    models.Index(condition=models.Q(('done_at', None), ('follow', True)), fields=['organisation', '-id'], name='log_to_follow'),
                    models.Index(condition=models.Q(('item__isnull', False)), fields=['item', '-id'], name='log_item'),
                    models.Index(condition=models.Q(('record__isnull', False)), fields=['record', '-id'], name='log_record'),
                    models.Index(condition=models.Q(('alert__isnull', False)), fields=['alert'], name='log_alert'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('folded', name='gin_trgm_ops'), name='log_words'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='log_entry_says_something'),
                    models.CheckConstraint(condition=models.Q(models.Q(('kind', 'person'), _negated=True), ('actor__isnull', False), _connector='OR'), name='log_entry_by_hand_has_a_person'),
                    models.CheckConstraint(condition=models.Q(models.Q(('done_at', None), ('done_by', None)), models.Q(('done_at__isnull', False), ('done_by__isnull', False), ('follow', True)), _connector='OR'), name='log_entry_settled_by_somebody'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ShiftPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shift', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='operations.shift')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to=settings.AUTH_USER_MODEL)),
                ('why', models.CharField(choices=[('turn', 'By the turns'), ('substitute', 'Stands in'), ('added', 'Added')], default='turn', max_length=10)),
                ('instead_of', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('removed', models.BooleanField(default=False, help_text='Taken out by hand: the turns do not put the person back.')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('shift', 'user'), name='shift_person_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('shift', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='handover', to='operations.shift')),
                ('to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken', to='operations.shift')),
                ('summary', models.JSONField(default=list)),
                ('note', models.TextField(blank=True)),
                ('signed_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('signed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('accepted_at', models.DateTimeField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answer', models.TextField(blank=True)),
                ('points', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('accepted_at', None), ('accepted_by', None)), models.Q(('accepted_at__isnull', False), ('accepted_by__isnull', False)), _connector='OR'), name='handover_accepted_by_somebody'),
                    models.CheckConstraint(condition=models.Q(('accepted_by', None), models.Q(('accepted_by', models.F('signed_by')), _negated=True), _connector='OR'), name='handover_takes_two_people'),
                    models.CheckConstraint(condition=models.Q(('to', None), models.Q(('to', models.F('shift')), _negated=True), _connector='OR'), name='handover_to_another_shift'),
                ],
            },
        ),
    ]
