"""The spine: codes, records, their numbers and their words."""

import datetime
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables

PREFIXES = ["inc", "req", "prb", "chg", "rel", "acc", "imp", "cal", "alr", "ctr", "exe"]
STORAGE = "fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02"
SEARCH = "CREATE INDEX record_search_{0} ON records_recordsearch USING gin ({0}) WITH (fastupdate = on, gin_pending_list_limit = 1024)"


class Migration(Tables):
    initial = True
    replaces = [
        ('records', '0002_sequences_and_storage'),
        ('records', '0003_silence_rule'),
        ('records', '0004_approvals'),
        ('records', '0005_queue_by_priority'),
        ('records', '0006_add_coming_back'),
        ('records', '0007_index_coming_back'),
        ('records', '0008_add_merges'),
        ('records', '0009_add_links_of_splits'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='Category',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='records.category')),
                ('path', models.CharField(default='', editable=False, max_length=300)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('confidentiality', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.circle')),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'verbose_name_plural': 'categories',
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='category_code_unique'),
                    models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='category_not_its_own_parent'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CategoryTeam',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='teams', to='records.category')),
                ('level', models.PositiveSmallIntegerField()),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('category', 'level'), name='category_one_team_a_level'),
                ],
            },
        ),
        migrations.CreateModel(
            name='ResolutionCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('excluded_from_kpis', models.BooleanField(default=False, help_text='Duplicates, cancellations, tests', verbose_name='left out of indicators')),
                ('for_people', models.BooleanField(default=True, verbose_name='offered when resolving')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='resolution_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CauseCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='cause_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='HoldReason',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('kinds', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('is_active', models.BooleanField(default=True)),
                ('pauses_clock', models.BooleanField(default=True, verbose_name='stops the resolution clock')),
                ('waits_for_requester', models.BooleanField(default=False)),
                ('waits_for_supplier', models.BooleanField(default=False, verbose_name="a supplier's contract counts meanwhile")),
                ('comment_required', models.BooleanField(default=False)),
                ('until_required', models.BooleanField(default=False, verbose_name='needs a date')),
                ('flows_to_children', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='hold_reason_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Record',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(editable=False, max_length=20)),
                ('number', models.CharField(editable=False, max_length=20)),
                ('title', models.CharField(max_length=200)),
                ('description', models.TextField(blank=True)),
                ('language', models.CharField(default='fr', max_length=5)),
                ('state', models.CharField(editable=False, max_length=20)),
                ('phase', models.CharField(choices=[('open', 'Open'), ('waiting', 'Waiting'), ('resolved', 'Resolved'), ('closed', 'Closed')], default='open', editable=False, max_length=10)),
                ('state_before_hold', models.CharField(blank=True, editable=False, max_length=20)),
                ('hold_reason', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.holdreason')),
                ('hold_supplier', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('hold_until', models.DateTimeField(blank=True, null=True)),
                ('woken_at', models.DateTimeField(editable=False, null=True)),
                ('follow_up_at', models.DateTimeField(blank=True, null=True)),
                ('confidentiality', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.circle')),
                ('impact', models.PositiveSmallIntegerField(choices=[(1, 'Extensive: whole organisation or vital service'), (2, 'Significant: site, department, service'), (3, 'Moderate: a team'), (4, 'Minor: one person')], default=4)),
                ('urgency', models.PositiveSmallIntegerField(choices=[(1, 'Critical: work stopped, no workaround'), (2, 'High'), (3, 'Medium'), (4, 'Low')], default=3)),
                ('priority', models.PositiveSmallIntegerField(choices=[(1, 'Critical'), (2, 'High'), (3, 'Medium'), (4, 'Low'), (5, 'Planned')], editable=False)),
                ('priority_reason', models.CharField(blank=True, editable=False, max_length=200)),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category')),
                ('service', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='cmdb.service')),
                ('channel', models.CharField(choices=[('phone', 'Phone'), ('email', 'E-mail'), ('portal', 'Portal'), ('chat', 'Chat'), ('api', 'API'), ('event', 'Event'), ('walk_up', 'Walk-up'), ('internal', 'Internal')], default='portal', editable=False, max_length=10)),
                ('resolution_code', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.resolutioncode')),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='people.organisation')),
                ('site', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
                ('requester', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requested', to=settings.AUTH_USER_MODEL)),
                ('opened_by', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='opened', to=settings.AUTH_USER_MODEL)),
                ('team', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='records', to='people.team')),
                ('assignee', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='assigned', to=settings.AUTH_USER_MODEL)),
                ('owner_team', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('past_teams', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, editable=False, size=None)),
                ('level', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('opened_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('acknowledged_at', models.DateTimeField(editable=False, null=True)),
                ('first_response_at', models.DateTimeField(editable=False, null=True)),
                ('resolved_at', models.DateTimeField(editable=False, null=True)),
                ('closed_at', models.DateTimeField(editable=False, null=True)),
                ('due_at', models.DateTimeField(editable=False, null=True)),
                ('queue_at', models.DateTimeField(default=datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.timezone.utc), editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('parent', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='records.record')),
                ('merged_into', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='merged', to='records.record')),
                ('major', models.BooleanField(default=False)),
                ('reopen_count', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('reassignment_count', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('escalation_count', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('alert_count', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('child_count', models.PositiveIntegerField(default=0, editable=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('source', models.CharField(blank=True, default='', editable=False, max_length=40)),
                ('external_id', models.CharField(blank=True, default='', editable=False, max_length=80)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['queue_at', 'id'], name='rec_queue'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['team', 'queue_at', 'id'], name='rec_queue_team'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['organisation', 'queue_at', 'id'], name='rec_queue_org'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['assignee', 'queue_at', 'id'], name='rec_queue_assignee'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['team', 'organisation', 'requester'], include=('phase', 'priority', 'assignee', 'queue_at', 'kind', 'major', 'reassignment_count', 'confidentiality'), name='rec_counts'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['priority', 'id'], name='rec_queue_priority'),
                    models.Index(condition=models.Q(('phase', 'resolved')), fields=['queue_at', 'id'], name='rec_queue_resolved'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting']), models.Q(('major', True), ('child_count__gte', 2), _connector='OR')), fields=['-id'], name='rec_common'),
                    models.Index(fields=['requester', '-id'], name='rec_requester'),
                    models.Index(fields=['opened_by', '-id'], name='rec_opened_by'),
                    models.Index(fields=['kind', '-id'], name='rec_kind'),
                    models.Index(fields=['organisation', '-id'], name='rec_org'),
                    models.Index(fields=['team', '-id'], name='rec_team'),
                    models.Index(fields=['service', '-id'], name='rec_service'),
                    models.Index(fields=['opened_at'], name='rec_opened'),
                    models.Index(fields=['updated_at', 'id'], name='rec_updated'),
                    models.Index(condition=models.Q(('resolved_at__isnull', False)), fields=['resolved_at'], name='rec_resolved'),
                    models.Index(condition=models.Q(('closed_at__isnull', False)), fields=['closed_at'], name='rec_closed'),
                    models.Index(condition=models.Q(('major', False), ('phase', 'resolved')), fields=['resolved_at', 'id'], name='rec_to_close'),
                    models.Index(condition=models.Q(('hold_until__isnull', False), ('phase', 'waiting')), fields=['hold_until'], name='rec_to_wake'),
                    models.Index(condition=models.Q(('woken_at__isnull', False)), fields=['woken_at'], name='rec_woken'),
                    models.Index(condition=models.Q(('phase__in', ['open', 'waiting']), ('follow_up_at__isnull', False)), fields=['follow_up_at'], name='rec_follow_up'),
                    models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='rec_parent'),
                    models.Index(condition=models.Q(('merged_into__isnull', False)), fields=['merged_into'], name='rec_merged'),
                    django.contrib.postgres.indexes.GinIndex(condition=models.Q(('phase__in', ['open', 'waiting'])), fields=['past_teams'], name='rec_past_teams'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('number',), name='record_number_unique'),
                    models.UniqueConstraint(condition=models.Q(('source', ''), _negated=True), fields=('source', 'external_id'), name='record_external_unique'),
                    models.CheckConstraint(condition=models.Q(('phase__in', ['open', 'waiting', 'resolved', 'closed'])), name='record_phase_known'),
                    models.CheckConstraint(condition=models.Q(('impact__range', (1, 4))), name='record_impact_1_to_4'),
                    models.CheckConstraint(condition=models.Q(('urgency__range', (1, 4))), name='record_urgency_1_to_4'),
                    models.CheckConstraint(condition=models.Q(('priority__range', (1, 5))), name='record_priority_1_to_5'),
                    models.CheckConstraint(condition=models.Q(('resolved_at', None), ('resolved_at__gte', models.F('opened_at')), _connector='OR'), name='record_resolved_after_opened'),
                    models.CheckConstraint(condition=models.Q(('closed_at', None), ('closed_at__gte', models.F('opened_at')), _connector='OR'), name='record_closed_after_opened'),
                    models.CheckConstraint(condition=models.Q(models.Q(('phase__in', ['open', 'waiting']), ('closed_at', None)), models.Q(('phase__in', ['open', 'waiting']), _negated=True), _connector='OR'), name='record_active_is_not_closed'),
                    models.CheckConstraint(condition=models.Q(models.Q(('phase', 'closed'), _negated=True), ('closed_at__isnull', False), _connector='OR'), name='record_closed_has_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('phase', 'resolved'), _negated=True), ('resolved_at__isnull', False), _connector='OR'), name='record_resolved_has_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('phase', 'waiting'), _negated=True), ('hold_reason__isnull', False), _connector='OR'), name='record_waiting_has_reason'),
                    models.CheckConstraint(condition=models.Q(('hold_supplier', None), ('phase', 'waiting'), _connector='OR'), name='record_supplier_only_while_waiting'),
                    models.CheckConstraint(condition=models.Q(('requester__isnull', False), ('channel', 'event'), models.Q(('source', ''), _negated=True), _connector='OR'), name='record_has_requester_unless_event_or_import'),
                    models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='record_not_its_own_parent'),
                    models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='record_has_title'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PriorityCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('impact', models.PositiveSmallIntegerField()),
                ('urgency', models.PositiveSmallIntegerField()),
                ('priority', models.PositiveSmallIntegerField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'impact', 'urgency'), name='priority_cell_unique', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('impact__range', (1, 4)), ('priority__range', (1, 5)), ('urgency__range', (1, 4))), name='priority_cell_in_range'),
                ],
            },
        ),
        migrations.CreateModel(
            name='RecordSearch',
            fields=[
                ('record', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search', serialize=False, to='records.record')),
                ('public', django.contrib.postgres.search.SearchVectorField()),
                ('internal', django.contrib.postgres.search.SearchVectorField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Lexeme',
            fields=[
                ('word', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('ndoc', models.PositiveIntegerField()),
            ],
        ),
        *[migrations.RunSQL(f"CREATE SEQUENCE number_{prefix}", f"DROP SEQUENCE number_{prefix}") for prefix in PREFIXES],
        migrations.RunSQL(
            f"ALTER TABLE records_record SET ({STORAGE})",
            "ALTER TABLE records_record RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)",
        ),
        migrations.RunSQL(SEARCH.format("public"), "DROP INDEX record_search_public"),
        migrations.RunSQL(SEARCH.format("internal"), "DROP INDEX record_search_internal"),
        migrations.RunSQL("CREATE INDEX lexeme_trigram ON records_lexeme USING gin (word gin_trgm_ops)", "DROP INDEX lexeme_trigram"),
    ]
