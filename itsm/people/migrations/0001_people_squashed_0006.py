"""Organisations, sites, people, teams, roles."""

import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('people', '0001_initial'),
        ('people', '0002_add_shortcuts'),
        ('people', '0003_catalogue_permission'),
        ('people', '0004_operations_permissions'),
        ('people', '0005_calls_permission'),
        ('people', '0006_working_hours'),
    ]
    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('calendars', '0001_initial'),
        ('core', '0001_extensions'),
    ]
    operations = [
        migrations.CreateModel(
            name='Organisation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='people.organisation')),
                ('path', models.CharField(default='', editable=False, max_length=500)),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('sort_key', models.CharField(db_index=True, editable=False, max_length=200)),
                ('kind', models.CharField(choices=[('own', 'Own organisation'), ('customer', 'Customer'), ('supplier', 'Supplier')], default='own', max_length=10)),
                ('language', models.CharField(choices=[('fr', 'French'), ('en', 'English')], default='fr', max_length=5)),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50)),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='organisation_code_unique'),
                    models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='organisation_not_its_own_parent'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Site',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='people.site')),
                ('path', models.CharField(default='', editable=False, max_length=500)),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=200)),
                ('sort_key', models.CharField(db_index=True, editable=False, max_length=200)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='sites', to='people.organisation')),
                ('address', models.TextField(blank=True)),
                ('country', models.CharField(default='FR', max_length=2)),
                ('time_zone', models.CharField(default='Europe/Paris', max_length=50)),
                ('phone', models.CharField(blank=True, max_length=20)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='site_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Role',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('permissions', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('portal.use', 'Open and follow own tickets'), ('records.read', 'Read the records of the organisation'), ('records.work', 'Work the records of own teams'), ('records.manage', 'Work every record of the organisation'), ('records.override_priority', 'Override a computed priority'), ('records.read_own_organisation', 'Follow the tickets of the own organisation'), ('cmdb.read', 'Read configuration items'), ('cmdb.edit', 'Change configuration items'), ('people.read', 'Look people up'), ('kpis.read', 'Read indicators'), ('imports.run', 'Import data'), ('notify.mailbox', 'See every message sent'), ('settings.manage', 'Administer'), ('api.use', 'Use the REST interface'), ('calls.take', 'Answer calls'), ('calls.manage', 'Manage the switchboard and campaigns'), ('changes.manage', 'Manage changes'), ('catalogue.manage', 'Keep the catalogue of requests'), ('operations.read', 'See the consoles of operations'), ('operations.work', 'Work at the consoles of operations'), ('operations.manage', 'Keep jobs, queues, backup plans, shifts and windows')], max_length=40), blank=True, default=list, size=None)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='role_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='people.organisation')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='people', to='people.site')),
                ('manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to=settings.AUTH_USER_MODEL)),
                ('calendar', models.ForeignKey(blank=True, help_text='Empty: the hours of the team', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar', verbose_name='working hours')),
                ('job_title', models.CharField(blank=True, max_length=120)),
                ('department', models.CharField(blank=True, max_length=120)),
                ('cost_centre', models.CharField(blank=True, max_length=40)),
                ('phone', models.CharField(blank=True, max_length=20, verbose_name='phone (E.164)')),
                ('mobile', models.CharField(blank=True, max_length=20, verbose_name='mobile (E.164)')),
                ('vip', models.BooleanField(default=False)),
                ('language', models.CharField(blank=True, choices=[('fr', 'French'), ('en', 'English')], max_length=5)),
                ('time_zone', models.CharField(blank=True, max_length=50)),
                ('theme', models.CharField(choices=[('system', 'As the system'), ('light', 'Light'), ('dark', 'Dark')], default='system', max_length=10)),
                ('shortcuts', models.JSONField(blank=True, default=dict, editable=False)),
                ('external_id', models.CharField(blank=True, max_length=120)),
                ('sort_key', models.CharField(editable=False, max_length=310)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['sort_key', 'id'], name='user_sort'),
                    models.Index(django.db.models.functions.text.Lower('email'), name='user_email_any_case'),
                    models.Index(condition=models.Q(('phone', ''), _negated=True), fields=['phone'], name='user_phone'),
                    models.Index(condition=models.Q(('mobile', ''), _negated=True), fields=['mobile'], name='user_mobile'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('sort_key', name='gin_trgm_ops'), name='user_name_trigram'),
                ],
                'constraints': [
                    models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_username_unique_any_case'),
                    models.CheckConstraint(condition=models.Q(('phone', ''), ('phone__regex', '^\\+[1-9][0-9]{5,14}$'), _connector='OR'), name='user_phone_is_e164'),
                    models.CheckConstraint(condition=models.Q(('mobile', ''), ('mobile__regex', '^\\+[1-9][0-9]{5,14}$'), _connector='OR'), name='user_mobile_is_e164'),
                ],
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='RoleGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL)),
                ('role', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='people.role')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='grants', to='people.organisation')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'role', 'organisation'), name='grant_unique'),
                    models.UniqueConstraint(condition=models.Q(('organisation', None)), fields=('user', 'role'), name='grant_everywhere_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Circle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('members', models.ManyToManyField(blank=True, related_name='circles', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='circle_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('function', models.CharField(choices=[('desk', 'Service desk'), ('technical', 'Technical management'), ('operations', 'Operations management'), ('applications', 'Application management'), ('governance', 'Governance'), ('supplier', 'Supplier')], default='desk', max_length=12)),
                ('level', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='support level')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='people.organisation')),
                ('leader', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='leads', to=settings.AUTH_USER_MODEL)),
                ('next_team', models.ForeignKey(blank=True, help_text='Where an escalation goes when the category names no team', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='previous_teams', to='people.team')),
                ('calendar', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='team_code_unique'),
                    models.CheckConstraint(condition=models.Q(('level', None), ('level__lte', 3), _connector='OR'), name='team_level_0_to_3'),
                    models.CheckConstraint(condition=models.Q(('next_team', None), models.Q(('next_team', models.F('id')), _negated=True), _connector='OR'), name='team_not_its_own_next'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='people.team')),
                ('since', models.DateField(auto_now_add=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'team'), name='membership_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('substitute', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='substitutes_for', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, max_length=200)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['user', 'ends_at'], name='absence_user'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_ends_after_start'),
                    models.CheckConstraint(condition=models.Q(('substitute', None), models.Q(('substitute', models.F('user')), _negated=True), _connector='OR'), name='absence_substitute_is_another'),
                ],
            },
        ),
        migrations.AddField(
            model_name='team',
            name='members',
            field=models.ManyToManyField(related_name='teams', through='people.Membership', to=settings.AUTH_USER_MODEL),
        ),
    ]
