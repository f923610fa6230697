"""Exchanges, menus and what the console of calls shows."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('servicedesk', '0017_call_console'),
        ('servicedesk', '0018_majors_and_campaigns'),
        ('servicedesk', '0019_held_wrap_ups'),
        ('servicedesk', '0020_houses_menus_and_indexes'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('cmdb', '0001_items'),
        ('gateway', '0001_doors'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
        ('servicedesk', '0004_calls'),
    ]
    operations = [
        migrations.CreateModel(
            name='CallerNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='caller_note', to=settings.AUTH_USER_MODEL)),
                ('text', models.CharField(max_length=500, verbose_name='note')),
                ('until', models.DateField(blank=True, null=True, verbose_name='shown until')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='CallNature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.category')),
                ('position', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'category'), name='call_nature_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='exchange', to='gateway.source')),
                ('adapter', models.CharField(choices=[('push', 'HTTP: it tells us, we answer'), ('ami', 'Asterisk Manager Interface (TCP)')], default='push', max_length=8, verbose_name='adapter')),
                ('reply', models.CharField(choices=[('json', 'JSON: {} or an action'), ('xml', 'XML: Response, as sipgate.io')], default='json', max_length=8, verbose_name='what it is answered')),
                ('order_url', models.URLField(blank=True, default='', max_length=500, verbose_name='address that takes orders to call')),
                ('order_secret', models.TextField(blank=True, default='', editable=False)),
                ('host', models.CharField(blank=True, default='', max_length=200, verbose_name='host')),
                ('port', models.PositiveIntegerField(default=5038, verbose_name='port')),
                ('username', models.CharField(blank=True, default='', max_length=80, verbose_name='user')),
                ('secret', models.TextField(blank=True, default='', editable=False)),
                ('channel', models.CharField(blank=True, default='PJSIP/{extension}', help_text='{extension} stands for the operator’s extension.', max_length=80, verbose_name='channel of an extension')),
                ('context', models.CharField(blank=True, default='from-internal', max_length=80, verbose_name='context of calls out')),
                ('connected_at', models.DateTimeField(editable=False, null=True)),
                ('heard_at', models.DateTimeField(editable=False, null=True)),
                ('trouble', models.CharField(blank=True, default='', editable=False, max_length=300)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('adapter', 'ami'), _negated=True), models.Q(('host', ''), _negated=True), _connector='OR'), name='exchange_ami_has_a_host'),
                    models.CheckConstraint(condition=models.Q(('port__range', (1, 65535))), name='exchange_port_is_one'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('spec', models.JSONField(default=dict, verbose_name='mapping')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='call_mapping_code_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('code', ''), _negated=True)), name='call_mapping_has_name_and_code'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('numbers_days', models.PositiveSmallIntegerField(default=365, verbose_name='numbers and names of callers are kept (days)')),
                ('story_days', models.PositiveSmallIntegerField(default=90, verbose_name='what exchanges said is kept (days)')),
                ('ring_seconds', models.PositiveSmallIntegerField(default=20, verbose_name='an operator is rung for (seconds)')),
                ('lost_ringing_minutes', models.PositiveSmallIntegerField(default=60, verbose_name='a call nobody answered is over after (minutes)')),
                ('lost_talking_minutes', models.PositiveSmallIntegerField(default=240, verbose_name='a conversation is over after (minutes)')),
                ('call_back_minutes', models.PositiveSmallIntegerField(default=2, verbose_name='a call-back is owed when the caller has not come back after (minutes)')),
                ('changed_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'verbose_name_plural': 'call policies',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('id', 1)), name='call_policy_is_one'),
                    models.CheckConstraint(condition=models.Q(('numbers_days__gte', 1), ('story_days__gte', 1)), name='call_policy_keeps_a_day'),
                    models.CheckConstraint(condition=models.Q(('lost_ringing_minutes__gte', 1), ('lost_talking_minutes__gte', 5), ('ring_seconds__range', (5, 300))), name='call_policy_waits'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallMenu',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_menus', to='people.organisation')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='call_menu_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MenuStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('menu', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='servicedesk.callmenu')),
                ('parent', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='servicedesk.menustep')),
                ('branch', models.CharField(blank=True, default='', max_length=24)),
                ('kind', models.CharField(choices=[('language', 'Language'), ('ask', 'Question with keys'), ('hours', 'Open or closed'), ('major', 'Major incident'), ('vip', 'VIP caller'), ('known', 'Known number'), ('site', 'Site of the caller'), ('full', 'Queue full'), ('announce', 'Announcement'), ('queue', 'Into a queue'), ('call_back', 'Call-back'), ('voicemail', 'Voicemail'), ('dial', 'Another number'), ('hang_up', 'Farewell'), ('goto', 'Back to a step')], max_length=10, verbose_name='what it does')),
                ('label', models.CharField(blank=True, default='', max_length=80, verbose_name='name of the choice')),
                ('label_fr', models.CharField(blank=True, default='', max_length=80, null=True, verbose_name='name of the choice')),
                ('label_en', models.CharField(blank=True, default='', max_length=80, null=True, verbose_name='name of the choice')),
                ('say', models.TextField(blank=True, default='', verbose_name='what is said')),
                ('say_fr', models.TextField(blank=True, default='', null=True, verbose_name='what is said')),
                ('say_en', models.TextField(blank=True, default='', null=True, verbose_name='what is said')),
                ('language', models.CharField(blank=True, choices=[('fr', 'Français'), ('en', 'English')], default='', max_length=5, verbose_name='language from here on')),
                ('service', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.service')),
                ('category', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category')),
                ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.callqueue')),
                ('calendar', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('goto', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='servicedesk.menustep')),
                ('number', models.CharField(blank=True, default='', max_length=40, verbose_name='number')),
                ('tries', models.PositiveSmallIntegerField(default=2, verbose_name='asked at most (times)')),
                ('register_key', models.CharField(blank=True, default='', max_length=1, verbose_name='key to be told of its end')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('parent', 'branch'), name='menu_step_one_a_branch'),
                    models.UniqueConstraint(condition=models.Q(('parent', None)), fields=('menu',), name='menu_one_first_step'),
                    models.CheckConstraint(condition=models.Q(models.Q(('branch', ''), ('parent', None)), models.Q(('parent__isnull', False), models.Q(('branch', ''), _negated=True)), _connector='OR'), name='menu_step_comes_by_a_branch'),
                    models.CheckConstraint(condition=models.Q(('tries__range', (1, 5))), name='menu_step_tries'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CallNumber',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, verbose_name='number')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='call_numbers', to='people.organisation')),
                ('site', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
                ('service', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.service')),
                ('language', models.CharField(choices=[('fr', 'Français'), ('en', 'English')], default='fr', max_length=5, verbose_name='language')),
                ('calendar', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('menu', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='numbers', to='servicedesk.callmenu')),
                ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.callqueue')),
                ('welcome', models.TextField(blank=True, default='', verbose_name='welcome')),
                ('welcome_fr', models.TextField(blank=True, default='', null=True, verbose_name='welcome')),
                ('welcome_en', models.TextField(blank=True, default='', null=True, verbose_name='welcome')),
                ('when_closed', models.CharField(choices=[('reject', 'Hears the text, then the end'), ('voicemail', 'Leaves a message'), ('call_back', 'Is called back'), ('queue', 'Goes to a queue'), ('menu', 'Is led through the menu all the same')], default='reject', max_length=10, verbose_name='when closed, the caller')),
                ('closed_text', models.TextField(blank=True, default='', verbose_name='said when closed')),
                ('closed_text_fr', models.TextField(blank=True, default='', null=True, verbose_name='said when closed')),
                ('closed_text_en', models.TextField(blank=True, default='', null=True, verbose_name='said when closed')),
                ('closed_queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='servicedesk.callqueue')),
                ('is_active', models.BooleanField(default=True, verbose_name='in service')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('number',), name='call_number_dialled_unique'),
                    models.CheckConstraint(condition=models.Q(('number__regex', '^\\+[1-9][0-9]{4,17}$')), name='call_number_is_e164'),
                    models.CheckConstraint(condition=models.Q(models.Q(('when_closed', 'queue'), _negated=True), ('closed_queue__isnull', False), _connector='OR'), name='call_number_closed_somewhere'),
                ],
            },
        ),
    ]
