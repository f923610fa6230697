"""Classes, items, services, relations and their history."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('cmdb', '0002_initial'),
        ('cmdb', '0003_initial'),
        ('cmdb', '0004_relation_strength_and_validity'),
        ('cmdb', '0005_outage_public_text'),
        ('cmdb', '0006_add_time_required'),
        ('cmdb', '0007_add_availability_target'),
    ]
    dependencies = [
        ('calendars', '0001_initial'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='CIClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField(default=1)),
                ('is_current', models.BooleanField(default=True)),
                ('name_fr', models.CharField(max_length=120)),
                ('name_en', models.CharField(max_length=120)),
                ('parent', models.CharField(blank=True, default='', max_length=40)),
                ('abstract', models.BooleanField(default=False)),
                ('icon', models.CharField(default='box', max_length=40)),
                ('layer', models.CharField(default='technical', max_length=20)),
                ('owner_app', models.CharField(blank=True, default='', max_length=40)),
                ('schema', models.JSONField(default=dict)),
                ('identity_keys', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, size=None)),
                ('relations', models.JSONField(default=dict)),
                ('digest', models.CharField(blank=True, default='', max_length=64)),
                ('origin', models.CharField(choices=[('file', 'File'), ('product', 'Made here')], default='file', max_length=10)),
                ('shipped', models.JSONField(null=True)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, default='', max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'CI class',
                'verbose_name_plural': 'CI classes',
                'constraints': [
                    models.UniqueConstraint(fields=('code', 'version'), name='ci_class_version_unique'),
                    models.UniqueConstraint(condition=models.Q(('is_current', True)), fields=('code',), name='ci_class_one_current'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ConfigurationItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ci_class', models.CharField(max_length=40)),
                ('key', models.CharField(max_length=80)),
                ('name', models.CharField(max_length=200)),
                ('sort_key', models.CharField(editable=False, max_length=300)),
                ('status', models.CharField(choices=[('planned', 'Planned'), ('in_stock', 'In stock'), ('live', 'Live'), ('retired', 'Retired')], default='live', max_length=10)),
                ('state', models.CharField(choices=[('up', 'In service'), ('degraded', 'Degraded'), ('down', 'Down'), ('maintenance', 'Maintenance'), ('unknown', 'Unknown')], default='up', max_length=12)),
                ('criticality', models.PositiveSmallIntegerField(default=3, help_text='1 is vital, 4 is minor')),
                ('environment', models.CharField(blank=True, max_length=20)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='people.organisation')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='people.site')),
                ('support_team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='people.team')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owned_items', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='used_items', to=settings.AUTH_USER_MODEL)),
                ('serial', models.CharField(blank=True, max_length=100)),
                ('asset_tag', models.CharField(blank=True, max_length=60)),
                ('end_of_support_on', models.DateField(blank=True, null=True)),
                ('live_on', models.DateField(blank=True, null=True)),
                ('retired_on', models.DateField(blank=True, editable=False, null=True)),
                ('status_since', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('attributes', models.JSONField(blank=True, default=dict)),
                ('set_aside', models.JSONField(blank=True, default=dict, editable=False)),
                ('source', models.CharField(blank=True, max_length=40)),
                ('external_id', models.CharField(blank=True, max_length=120)),
                ('last_seen_at', models.DateTimeField(blank=True, null=True)),
                ('confirmed_at', models.DateTimeField(editable=False, help_text='A person changed it or found it right.', null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'verbose_name': 'configuration item',
                'indexes': [
                    models.Index(fields=['sort_key', 'id'], name='ci_sort'),
                    models.Index(fields=['ci_class', 'sort_key', 'id'], name='ci_class_sort'),
                    models.Index(fields=['organisation', 'sort_key', 'id'], name='ci_org_sort'),
                    models.Index(fields=['state', 'sort_key', 'id'], name='ci_state_sort'),
                    models.Index(fields=['state', 'status', 'ci_class', 'site', 'support_team', 'organisation'], name='ci_facets'),
                    models.Index(condition=models.Q(('set_aside', {}), _negated=True), fields=['id'], name='ci_set_aside'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('attributes', name='jsonb_path_ops'), name='ci_attributes'),
                    models.Index(django.db.models.functions.text.Lower('serial'), condition=models.Q(('serial', ''), _negated=True), name='ci_serial'),
                    models.Index(django.db.models.functions.text.Lower('asset_tag'), condition=models.Q(('asset_tag', ''), _negated=True), name='ci_asset_tag'),
                    models.Index(models.F('attributes__ip_address'), name='ci_ip_address'),
                    models.Index(django.db.models.functions.text.Lower('name'), name='ci_name_lower'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('sort_key', name='gin_trgm_ops'), name='ci_name_trigram'),
                    models.Index(condition=models.Q(('user__isnull', False)), fields=['user'], name='ci_used_by'),
                    models.Index(condition=models.Q(('status', 'retired')), fields=['id'], name='ci_retired'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('key',), name='ci_key_unique'),
                    models.UniqueConstraint(condition=models.Q(('status', 'retired'), _negated=True), fields=('ci_class', 'organisation', 'name'), name='ci_name_unique_while_in_use', nulls_distinct=False),
                    models.UniqueConstraint(condition=models.Q(('source', ''), _negated=True), fields=('source', 'external_id'), name='ci_external_unique'),
                    models.CheckConstraint(condition=models.Q(('criticality__range', (1, 4))), name='ci_criticality_1_to_4'),
                    models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('key', ''), _negated=True)), name='ci_has_name_and_key'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['planned', 'in_stock', 'live', 'retired'])), name='ci_status_known'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['up', 'degraded', 'down', 'maintenance', 'unknown'])), name='ci_state_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CIHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('data', models.JSONField()),
                ('changes', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='history', to='cmdb.configurationitem')),
                ('ci_class', models.CharField(max_length=40)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['item', '-valid_from'], name='ci_history_item'),
                    models.Index(fields=['ci_class', 'item', 'valid_from'], name='ci_history_class'),
                    models.Index(fields=['valid_from', 'valid_to'], name='ci_history_range'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('item',), name='ci_history_one_current'),
                    models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='ci_history_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RelationHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateTimeField()),
                ('valid_to', models.DateTimeField(null=True)),
                ('data', models.JSONField()),
                ('changes', models.JSONField(default=dict)),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('relation_id', models.BigIntegerField()),
                ('source_id', models.BigIntegerField()),
                ('target_id', models.BigIntegerField()),
            ],
            options={
                'indexes': [
                    models.Index(fields=['relation_id', '-valid_from'], name='relation_history_relation'),
                    models.Index(fields=['target_id', 'valid_from'], name='relation_history_to'),
                    models.Index(fields=['source_id', 'valid_from'], name='relation_history_from'),
                    models.Index(fields=['valid_from'], name='relation_history_since'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('valid_to', None)), fields=('relation_id',), name='relation_history_one_current'),
                    models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='relation_history_order'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RelationType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name_fr', models.CharField(max_length=80)),
                ('name_en', models.CharField(max_length=80)),
                ('reverse_fr', models.CharField(max_length=80)),
                ('reverse_en', models.CharField(max_length=80)),
                ('carries_impact', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='relation_type_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Relation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='depends_on', to='cmdb.configurationitem')),
                ('target', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='supports', to='cmdb.configurationitem')),
                ('type', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.relationtype')),
                ('group', models.PositiveSmallIntegerField(default=0, help_text='0: not redundant')),
                ('need', models.PositiveSmallIntegerField(default=1, help_text='How many members of the group must be up')),
                ('strength', models.CharField(choices=[('full', 'Cannot work without it'), ('partial', 'Works less well without it')], default='full', max_length=8)),
                ('carries_impact', models.BooleanField(default=True)),
                ('valid_from', models.DateTimeField(blank=True, null=True)),
                ('valid_to', models.DateTimeField(blank=True, null=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['target'], include=('source', 'group', 'need', 'strength', 'carries_impact', 'valid_from', 'valid_to'), name='relation_to'),
                    models.Index(fields=['source', 'group'], include=('target', 'need', 'strength', 'carries_impact', 'valid_from', 'valid_to'), name='relation_from'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('source', 'target', 'type'), name='relation_unique'),
                    models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='relation_not_to_self'),
                    models.CheckConstraint(condition=models.Q(('need__gte', 1)), name='relation_needs_one'),
                    models.CheckConstraint(condition=models.Q(('strength__in', ['full', 'partial'])), name='relation_strength_known'),
                    models.CheckConstraint(condition=models.Q(('valid_to__gt', models.F('valid_from'))), name='relation_ends_after_it_starts'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Service',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='service', serialize=False, to='cmdb.configurationitem')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='services', to='people.organisation')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='owned_services', to=settings.AUTH_USER_MODEL)),
                ('agreed_hours', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='calendars.calendar')),
                ('availability_target', models.DecimalField(blank=True, decimal_places=3, help_text='Of the agreed hours of a month; empty: none is agreed.', max_digits=6, null=True, verbose_name='availability target (%)')),
                ('stage', models.CharField(choices=[('plan', 'Plan'), ('build', 'Build'), ('live', 'Live'), ('sunset', 'Sunset'), ('retired', 'Retired')], default='live', max_length=10)),
                ('live_on', models.DateField(blank=True, null=True)),
                ('retired_on', models.DateField(blank=True, null=True)),
                ('public', models.BooleanField(default=True, verbose_name='shown on the portal')),
                ('time_required', models.BooleanField(default=False, help_text='A ticket of this service is resolved only once somebody has entered the time spent on it.', verbose_name='time spent is asked for at the resolution')),
                ('description_fr', models.TextField(blank=True)),
                ('description_en', models.TextField(blank=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('availability_target', None), models.Q(('availability_target__gt', 0), ('availability_target__lte', 100)), _connector='OR'), name='service_availability_is_a_share'),
                ],
            },
        ),
    ]
