"""Tokens, sources, webhooks, mappings."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('gateway', '0002_add_webhooks'),
        ('gateway', '0003_add_sources'),
        ('gateway', '0004_add_mailboxes'),
        ('gateway', '0005_add_event_mappings'),
        ('gateway', '0006_limit_mail_crowds'),
    ]
    dependencies = [
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='EventMapping',
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
                    models.UniqueConstraint(fields=('code',), name='event_mapping_code_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('code', ''), _negated=True)), name='event_mapping_has_name_and_code'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('prefix', models.CharField(editable=False, max_length=12)),
                ('previous_digest', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('previous_until', models.DateTimeField(editable=False, null=True)),
                ('rate_per_minute', models.PositiveIntegerField()),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('last_seen_at', models.DateTimeField(editable=False, null=True)),
                ('throttled', models.PositiveBigIntegerField(default=0, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('digest',), name='source_digest_unique'),
                    models.UniqueConstraint(condition=models.Q(('previous_digest', ''), _negated=True), fields=('previous_digest',), name='source_previous_unique'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='source_has_a_name'),
                    models.CheckConstraint(condition=models.Q(('rate_per_minute__range', (1, 100000))), name='source_rate_in_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Inbound',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='inbound', to='gateway.source')),
                ('received_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('method', models.CharField(default='POST', max_length=8)),
                ('content_type', models.CharField(blank=True, max_length=200)),
                ('headers', models.JSONField(default=dict)),
                ('address', models.CharField(blank=True, max_length=45)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('body', models.BinaryField(null=True)),
                ('digest', models.CharField(blank=True, default='', max_length=64)),
                ('is_cut', models.BooleanField(default=False)),
                ('hour', models.DateTimeField(null=True)),
                ('bodies', models.PositiveBigIntegerField(default=1)),
                ('outcome', models.CharField(choices=[('received', 'Cut off'), ('accepted', 'Accepted'), ('rejected', 'Refused'), ('ignored', 'Nothing to do'), ('failed', 'Failed here'), ('throttled', 'Too many')], default='received', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('made', models.JSONField(default=list)),
                ('milliseconds', models.PositiveIntegerField(null=True)),
                ('replays', models.PositiveSmallIntegerField(default=0)),
                ('replayed_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name_plural': 'inbound',
                'indexes': [
                    models.Index(fields=['source', '-id'], name='inbound_log'),
                    models.Index(fields=['source', 'outcome', '-id'], name='inbound_outcome'),
                    models.Index(fields=['received_at'], name='inbound_age'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('hour__isnull', False)), fields=('source', 'hour'), name='inbound_one_line_an_hour'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('url', models.CharField(max_length=500)),
                ('allow_private', models.BooleanField(default=False)),
                ('sealed', models.TextField(editable=False)),
                ('previous_sealed', models.TextField(blank=True, default='', editable=False)),
                ('previous_until', models.DateTimeField(editable=False, null=True)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('priorities', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('off', models.CharField(blank=True, choices=[('by_hand', 'Switched off'), ('failing', 'Switched off: it failed for days'), ('gone', 'Switched off: the receiver answered 410 Gone')], default='', max_length=10)),
                ('failures', models.PositiveIntegerField(default=0, editable=False)),
                ('failing_since', models.DateTimeField(editable=False, null=True)),
                ('rests_until', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('teams', models.ManyToManyField(blank=True, related_name='+', to='people.team')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='webhook_code_unique'),
                    models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('url', ''), _negated=True)), name='webhook_has_name_and_url'),
                    models.CheckConstraint(condition=models.Q(('priorities__contained_by', [1, 2, 3, 4, 5])), name='webhook_priorities_1_to_5'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('webhook', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='gateway.webhook')),
                ('message_id', models.CharField(max_length=60, unique=True)),
                ('fact', models.BigIntegerField(null=True)),
                ('event', models.CharField(max_length=60)),
                ('subject', models.CharField(blank=True, max_length=200)),
                ('body', models.TextField()),
                ('state', models.CharField(choices=[('queued', 'Waiting'), ('sending', 'Being sent'), ('delivered', 'Delivered'), ('failed', 'Failed')], default='queued', max_length=10)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('next_at', models.DateTimeField(null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('tries', models.JSONField(default=list)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('response', models.TextField(blank=True)),
                ('milliseconds', models.PositiveIntegerField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('next_at__isnull', False)), fields=['webhook', 'next_at', 'id'], name='delivery_due'),
                    models.Index(fields=['webhook', '-id'], name='delivery_log'),
                    models.Index(condition=models.Q(('state', 'failed')), fields=['webhook', '-id'], name='delivery_failed'),
                    models.Index(fields=['created_at'], name='delivery_age'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('webhook', 'fact'), name='delivery_once_a_fact'),
                    models.CheckConstraint(condition=models.Q(models.Q(('next_at__isnull', False), ('settled_at', None), ('state__in', ['queued', 'sending'])), models.Q(('next_at', None), ('settled_at__isnull', False), ('state__in', ['delivered', 'failed'])), _connector='OR'), name='delivery_due_or_settled'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
                ('name', models.CharField(max_length=100)),
                ('digest', models.CharField(editable=False, max_length=64)),
                ('prefix', models.CharField(editable=False, max_length=12)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'Read'), ('write', 'Change')], max_length=10), default=list, size=None)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('last_used_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('digest',), name='token_digest_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('key', models.CharField(max_length=255)),
                ('target', models.CharField(max_length=300)),
                ('body_hash', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField(null=True)),
                ('response', models.JSONField(null=True)),
                ('headers', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['created_at'], name='idempotency_age'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'key'), name='idempotency_key_once'),
                    models.CheckConstraint(condition=models.Q(('key', ''), _negated=True), name='idempotency_key_not_empty'),
                ],
            },
        ),
    ]
