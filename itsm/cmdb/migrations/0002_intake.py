"""Sources and what they say of items, changes of many items, baselines."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


def hand(apps, _schema):
    """People have their place among the sources."""
    apps.get_model("cmdb", "DataSource").objects.get_or_create(code="hand", defaults={"name": "Saisie", "rank": 10})


class Migration(Tables):
    replaces = [
        ('cmdb', '0008_add_followed_to_outage'),
        ('cmdb', '0009_mark_followed_outages'),
        ('cmdb', '0010_add_intake'),
        ('cmdb', '0011_fill_identifiers'),
        ('cmdb', '0012_baselines_and_drifts'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='Baseline',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('at', models.DateTimeField(verbose_name='instant')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                ('ci_class', models.CharField(blank=True, default='', max_length=40, verbose_name='class')),
                ('note', models.CharField(blank=True, default='', max_length=500, verbose_name='note')),
                ('made_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['-at', '-id'], name='baseline_newest'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'name'), name='baseline_name_unique', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='baseline_has_a_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DataSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('rank', models.PositiveSmallIntegerField(default=50, help_text='1 is believed before 99', verbose_name='rank')),
                ('keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), blank=True, default=list, help_text='Empty: all', size=None)),
                ('may_create', models.BooleanField(default=True, verbose_name='may add items')),
                ('stale_days', models.PositiveSmallIntegerField(default=30, verbose_name='stale after (days)')),
                ('brake_percent', models.PositiveSmallIntegerField(default=20, verbose_name='brake (per cent)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='data_source_code_unique'),
                    models.CheckConstraint(condition=models.Q(('rank__range', (1, 99))), name='data_source_rank_1_to_99'),
                    models.CheckConstraint(condition=models.Q(('brake_percent__range', (1, 100))), name='data_source_brake_1_to_100'),
                    models.CheckConstraint(condition=models.Q(('stale_days__gte', 1)), name='data_source_stale_from_1'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PrecedenceRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rules', to='cmdb.datasource')),
                ('ci_class', models.CharField(blank=True, default='', max_length=40)),
                ('field', models.CharField(blank=True, default='', max_length=80)),
                ('rank', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('source', 'ci_class', 'field'), name='precedence_rule_once'),
                    models.CheckConstraint(condition=models.Q(('rank__range', (1, 99))), name='precedence_rule_rank_1_to_99'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Identifier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='identifiers', to='cmdb.configurationitem')),
                ('kind', models.CharField(choices=[('uuid', 'UUID'), ('serial', 'Serial number'), ('asset_tag', 'Asset tag'), ('mac', 'MAC address'), ('fqdn', 'Full host name')], max_length=10)),
                ('value', models.CharField(max_length=200)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['value', 'kind'], include=('item',), name='identifier_value'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('item', 'kind', 'value'), name='identifier_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['uuid', 'serial', 'asset_tag', 'mac', 'fqdn'])), name='identifier_kind_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IntakeRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='cmdb.datasource')),
                ('format', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=200)),
                ('file', models.CharField(blank=True, max_length=300)),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('options', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('reading', 'Reading'), ('ready', 'To be confirmed'), ('running', 'Running'), ('stopped', 'Stopped'), ('done', 'Done'), ('failed', 'Failed')], default='reading', max_length=10)),
                ('is_full', models.BooleanField(default=False)),
                ('brake', models.PositiveIntegerField(default=0, help_text='Items that would be missing, where it holds the run.')),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0)),
                ('missing', models.PositiveIntegerField(default=0)),
                ('error', models.TextField(blank=True)),
                ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('moved_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['-id'], name='intake_run_newest'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['reading', 'ready', 'running', 'stopped', 'done', 'failed'])), name='intake_run_state_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IntakeRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='cmdb.intakerun')),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(default='ci', max_length=20)),
                ('label', models.CharField(max_length=200)),
                ('decision', models.CharField(choices=[('create', 'To add'), ('update', 'To change'), ('same', 'Nothing new'), ('ambiguous', 'Ambiguous'), ('reject', 'Refused'), ('skip', 'Left out')], max_length=10)),
                ('reason', models.TextField(blank=True)),
                ('why', models.JSONField(default=dict, help_text='The reason as a code with its values, where it has one.')),
                ('candidate', models.JSONField()),
                ('changes', models.JSONField(default=dict)),
                ('kept', models.JSONField(default=dict, help_text='What the source says and somebody believed more says otherwise.')),
                ('options', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cmdb.configurationitem')),
                ('chosen', models.BooleanField(default=False)),
                ('applied_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['run', 'decision', 'number'], name='intake_row_decided'),
                    models.Index(condition=models.Q(('applied_at', None)), fields=['run', 'number'], name='intake_row_open'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'number'), name='intake_row_once'),
                    models.CheckConstraint(condition=models.Q(('decision__in', ['create', 'update', 'same', 'ambiguous', 'reject', 'skip'])), name='intake_row_decision_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='cmdb.datasource')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='claims', to='cmdb.configurationitem')),
                ('external_id', models.CharField(blank=True, max_length=120)),
                ('values', models.JSONField(default=dict)),
                ('conflicts', models.JSONField(default=dict, help_text='{field: [what stands, what the source says]} where they differ.')),
                ('settled', models.JSONField(default=dict, help_text='{field: what the source said when a person decided otherwise}')),
                ('identifiers', models.JSONField(default=dict)),
                ('relations', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Those that the source made, by id.', size=None)),
                ('links', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, help_text='Relations that a scan concluded, by id.', size=None)),
                ('run', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cmdb.intakerun')),
                ('first_seen_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('last_seen_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('missing_since', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['source', 'last_seen_at'], name='claim_seen'),
                    models.Index(condition=models.Q(('missing_since__isnull', False)), fields=['missing_since'], name='claim_missing'),
                    models.Index(condition=models.Q(('conflicts', {}), _negated=True), fields=['item'], name='claim_differs'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('source', 'item'), name='claim_once'),
                    models.UniqueConstraint(condition=models.Q(('external_id', ''), _negated=True), fields=('source', 'external_id'), name='claim_external_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ItemRun',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('classes', 'Items brought to a new version of their class'), ('edit', 'Many items changed at once'), ('export', 'Export of items')], max_length=10)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('token', models.CharField(default='', max_length=40)),
                ('params', models.JSONField(default=dict)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('failed', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('cursor', models.BigIntegerField(default=0)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('file', models.CharField(blank=True, default='', max_length=80)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('moved_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('finished_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('finished_at', None)), fields=['at'], name='item_run_unfinished'),
                    models.Index(condition=models.Q(('file', ''), _negated=True), fields=['finished_at'], name='item_run_files'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('token', ''), _negated=True), fields=('actor', 'token'), name='item_run_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['classes', 'edit', 'export'])), name='item_run_kind_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ItemRunRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='cmdb.itemrun')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cmdb.configurationitem')),
                ('ok', models.BooleanField()),
                ('message', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'item'), name='item_run_row_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ItemColumns',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ci_class', models.CharField(blank=True, max_length=40)),
                ('names', models.JSONField(default=list)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('user', 'ci_class'), name='item_columns_once'),
                ],
            },
        ),
        migrations.RunPython(hand, migrations.RunPython.noop),
    ]
