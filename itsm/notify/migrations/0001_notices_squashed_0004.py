"""The outbox, messages, notices and what people chose."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('notify', '0001_initial'),
        ('notify', '0002_initial'),
        ('notify', '0003_mails_that_came_back'),
        ('notify', '0004_hold_mails'),
    ]
    dependencies = [
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('topic', models.CharField(max_length=60)),
                ('record', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.record')),
                ('payload', models.JSONField(default=dict)),
                ('delivered', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('processed_at', models.DateTimeField(null=True)),
                ('error', models.TextField(blank=True, default='')),
            ],
            options={
                'verbose_name_plural': 'outbox',
                'indexes': [
                    models.Index(condition=models.Q(('processed_at', None)), fields=['next_try_at', 'id'], name='outbox_due'),
                    models.Index(condition=models.Q(('processed_at__isnull', False)), fields=['processed_at'], name='outbox_done'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('to_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to=settings.AUTH_USER_MODEL)),
                ('to_address', models.CharField(max_length=254)),
                ('language', models.CharField(default='fr', max_length=5)),
                ('template', models.CharField(max_length=60)),
                ('subject', models.CharField(max_length=300)),
                ('body_text', models.TextField()),
                ('body_html', models.TextField(blank=True)),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='records.record')),
                ('message_id', models.CharField(blank=True, max_length=200)),
                ('state', models.CharField(choices=[('queued', 'Queued'), ('sending', 'Sending'), ('sent', 'Sent'), ('failed', 'Failed'), ('withheld', 'Not sent'), ('bounced', 'Came back')], default='queued', max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('sent_at', models.DateTimeField(null=True)),
                ('held', models.CharField(blank=True, choices=[('digest', 'Digest'), ('quiet', 'Quiet hours'), ('group', 'Together')], default='', max_length=6)),
                ('bundle', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='bundled', to='notify.message')),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('state__in', ['queued', 'sending'])), fields=['next_try_at'], name='message_due'),
                    models.Index(fields=['state', '-id'], name='message_state'),
                    models.Index(condition=models.Q(('state', 'queued'), models.Q(('held', ''), _negated=True)), fields=['next_try_at'], name='message_held'),
                    models.Index(fields=['to_user', 'record', 'created_at'], name='message_thread'),
                    models.Index(condition=models.Q(('message_id', ''), _negated=True), fields=['message_id'], name='message_message_id'),
                    models.Index(fields=['to_address', 'created_at'], name='message_address', opclasses=['varchar_pattern_ops', 'timestamptz_ops']),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='message_key_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=200)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('template', models.CharField(max_length=60)),
                ('data', models.JSONField(default=dict)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.record')),
                ('read_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['user', '-id'], name='notice_user'),
                    models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='notice_unread'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='notice_key_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Preference',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_preferences', to=settings.AUTH_USER_MODEL)),
                ('template', models.CharField(max_length=60)),
                ('email', models.BooleanField(default=True)),
                ('in_app', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'template'), name='notification_preference_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Rhythm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail_rhythm', to=settings.AUTH_USER_MODEL)),
                ('digest', models.CharField(choices=[('off', 'At once'), ('hourly', 'One mail an hour'), ('daily', 'One mail a day')], default='off', max_length=8)),
                ('digest_hour', models.PositiveSmallIntegerField(default=8)),
                ('quiet_from', models.TimeField(blank=True, null=True)),
                ('quiet_until', models.TimeField(blank=True, null=True)),
                ('group_minutes', models.PositiveSmallIntegerField(default=5)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('digest_hour__range', (0, 23))), name='rhythm_hour_of_a_day'),
                    models.CheckConstraint(condition=models.Q(models.Q(('quiet_from', None), ('quiet_until', None)), models.Q(('quiet_from__isnull', False), ('quiet_until__isnull', False)), _connector='OR'), name='rhythm_quiet_hours_have_both_ends'),
                ],
            },
        ),
    ]
