"""Coming back to records, merges, silences, repairs."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('records', '0001_initial'),
        ('records', '0019_legs_wait_for_approval'),
    ]
    dependencies = [
        ('people', '0001_people_squashed_0006'),
        ('records', '0002_work'),
    ]
    operations = [
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='follow_up', serialize=False, to='records.record')),
                ('at', models.DateTimeField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('set_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('told_at', models.DateTimeField(help_text='When its day had come and somebody was told', null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('told_at', None)), fields=['at'], name='follow_up_due'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='merges', to='records.record')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='gained', to='records.record')),
                ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('before', models.JSONField(default=dict)),
                ('moved', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(null=True)),
                ('undone_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['source', '-at'], name='merge_source'),
                    models.Index(fields=['target', '-at'], name='merge_target'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('source',), name='merge_one_standing'),
                    models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='merge_not_into_itself'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Repair',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=24)),
                ('how', models.CharField(max_length=10)),
                ('dry', models.BooleanField(default=False)),
                ('choice', models.JSONField(default=dict)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('moved_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('first_id', models.BigIntegerField(default=0)),
                ('last_id', models.BigIntegerField(default=0)),
                ('until_id', models.BigIntegerField(default=0)),
                ('looked', models.PositiveIntegerField(default=0)),
                ('touched', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('sample', models.JSONField(default=list)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('ended_at', None), ('stopped_at', None)), fields=['moved_at'], name='repair_to_do'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('token',), name='repair_token_unique'),
                    models.CheckConstraint(condition=models.Q(('last_id__gte', models.F('first_id'))), name='repair_goes_on'),
                ],
            },
        ),
        migrations.CreateModel(
            name='SilenceRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('is_active', models.BooleanField(default=True, help_text='Switched off, nobody is reminded there, whatever the rule above says.', verbose_name='applies')),
                ('reminder_hours', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2000)]), blank=True, default=list, help_text='Separated by commas: 16,16 reminds after 16 hours of silence and again 16 hours later.', size=None, verbose_name='business hours before each reminder')),
                ('resolve_hours', models.PositiveSmallIntegerField(default=24, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(2000)], verbose_name='business hours from the last reminder to the resolution')),
                ('resolution_code', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.resolutioncode')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organisation',), name='silence_rule_one_each', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('resolve_hours__gte', 1)), name='silence_rule_waits_before_resolving'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='silence', serialize=False, to='records.record')),
                ('since', models.DateTimeField()),
                ('reminders', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField(help_text='Empty: nothing more happens by itself', null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('next_at__isnull', False)), fields=['next_at'], name='silence_due'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Snooze',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to='records.record')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='snoozes', to=settings.AUTH_USER_MODEL)),
                ('since', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('woken_at', models.DateTimeField(null=True)),
                ('why', models.CharField(blank=True, max_length=12)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['record'], name='snooze_record'),
                    models.Index(condition=models.Q(('woken_at', None)), fields=['until'], name='snooze_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('person', 'record'), name='snooze_once'),
                    models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='snooze_until_after_since'),
                    models.CheckConstraint(condition=models.Q(models.Q(('why', ''), ('woken_at', None)), models.Q(models.Q(('woken_at', None), _negated=True), models.Q(('why', ''), _negated=True)), _connector='OR'), name='snooze_woken_says_why'),
                ],
            },
        ),
    ]
