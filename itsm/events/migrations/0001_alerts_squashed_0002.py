"""Events, alerts, rules and silences."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables

# Partitioned by week (itsm/events/partitions.py): what has no partition of its own yet rests in the last one.
TABLE = """
CREATE SEQUENCE events_event_id_seq AS bigint;
CREATE TABLE events_event (
    id bigint NOT NULL DEFAULT nextval('events_event_id_seq'),
    received_at timestamptz NOT NULL, at timestamptz NOT NULL,
    source varchar(60) NOT NULL, key varchar(300) NOT NULL, severity varchar(10) NOT NULL, status varchar(10) NOT NULL,
    title varchar(200) NOT NULL, inbound bigint, facts jsonb NOT NULL,
    organisation_id bigint NOT NULL, item_id bigint, alert_id bigint,
    PRIMARY KEY (id, received_at)
) PARTITION BY RANGE (received_at);
ALTER SEQUENCE events_event_id_seq OWNED BY events_event.id;
CREATE TABLE events_event_rest PARTITION OF events_event DEFAULT;
CREATE INDEX event_alert ON events_event (alert_id, id DESC);
CREATE INDEX event_org ON events_event (organisation_id, id DESC);
CREATE INDEX event_key ON events_event (organisation_id, source, key, id DESC);
"""


class Migration(Tables):
    initial = True
    replaces = [
        ('events', '0001_initial'),
        ('events', '0002_what_was_looked_at'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('documents', '0001_documents'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='EventRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('position', models.PositiveSmallIntegerField(default=100, verbose_name='position')),
                ('active', models.BooleanField(default=True, verbose_name='active')),
                ('conditions', models.JSONField(blank=True, default=list, verbose_name='conditions')),
                ('marks_down', models.BooleanField(default=False, verbose_name='the item is dead: what depends on it is folded under this alert')),
                ('expires_minutes', models.PositiveIntegerField(blank=True, null=True, verbose_name='closes after so many minutes without news')),
                ('runbook', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='documents.document')),
                ('kind', models.CharField(blank=True, default='', max_length=20, verbose_name='opens')),
                ('wait_seconds', models.PositiveIntegerField(default=0, verbose_name='only if it lasts so many seconds')),
                ('per', models.CharField(choices=[('alert', 'One for each alert'), ('item', 'One for each item'), ('rule', 'One for all alerts of this rule')], default='item', max_length=5, verbose_name='how many')),
                ('most_per_hour', models.PositiveSmallIntegerField(default=20, verbose_name='at most so many an hour')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team', verbose_name='team')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category', verbose_name='category')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.service', verbose_name='service')),
                ('impact', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='impact')),
                ('urgency', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='urgency')),
                ('outage', models.CharField(blank=True, choices=[('', 'No outage'), ('degraded', 'The service works, but not well'), ('down', 'The service does not work')], default='', max_length=8, verbose_name='outage')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='event_rule_has_a_name'),
                    models.CheckConstraint(condition=models.Q(('impact', None), ('impact__range', (1, 4)), _connector='OR'), name='event_rule_impact_1_to_4'),
                    models.CheckConstraint(condition=models.Q(('urgency', None), ('urgency__range', (1, 4)), _connector='OR'), name='event_rule_urgency_1_to_4'),
                    models.CheckConstraint(condition=models.Q(('most_per_hour__gte', 1)), name='event_rule_opens_some'),
                    models.CheckConstraint(condition=models.Q(('expires_minutes', None), ('expires_minutes__gte', 1), _connector='OR'), name='event_rule_expires_later'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Silence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('conditions', models.JSONField(default=list)),
                ('item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='silences', to='cmdb.configurationitem')),
                ('reason', models.CharField(max_length=300)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('starts_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('ends_at', models.DateTimeField()),
                ('ended_early_at', models.DateTimeField(editable=False, null=True)),
                ('begun_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['ends_at'], name='silence_end'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='silence_ends_after_start'),
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='silence_has_a_reason'),
                    models.CheckConstraint(condition=models.Q(models.Q(('conditions', []), _negated=True), ('item__isnull', False), _connector='OR'), name='silence_is_about_something'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Alert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=20)),
                ('organisation', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='people.organisation')),
                ('source', models.CharField(max_length=60)),
                ('key', models.CharField(max_length=300)),
                ('group', models.CharField(blank=True, default='', help_text='What kind of trouble its source calls it.', max_length=200)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor'), ('warning', 'Warning'), ('info', 'Info')], max_length=10)),
                ('rank', models.GeneratedField(db_persist=True, expression=models.Case(models.When(severity='critical', then=models.Value(1)), models.When(severity='major', then=models.Value(2)), models.When(severity='minor', then=models.Value(3)), models.When(severity='warning', then=models.Value(4)), models.When(severity='info', then=models.Value(5)), default=models.Value(9)), output_field=models.PositiveSmallIntegerField())),
                ('title', models.CharField(max_length=200)),
                ('body', models.TextField(blank=True, default='')),
                ('url', models.CharField(blank=True, default='', max_length=1000)),
                ('item', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='cmdb.configurationitem')),
                ('said_item', models.CharField(blank=True, default='', help_text='What its source calls the item.', max_length=200)),
                ('down', models.BooleanField(default=False, help_text='The item is dead, not merely unwell.')),
                ('facts', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('open', 'Open'), ('acknowledged', 'Acknowledged'), ('maintenance', 'Maintenance'), ('flapping', 'Flapping'), ('silenced', 'Silenced'), ('closed', 'Closed')], default='open', max_length=12)),
                ('count', models.PositiveIntegerField(default=1)),
                ('first_seen', models.DateTimeField(default=itsm.core.clock.now)),
                ('last_seen', models.DateTimeField(default=itsm.core.clock.now)),
                ('changed_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('cleared_at', models.DateTimeField(null=True)),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('acknowledged_at', models.DateTimeField(null=True)),
                ('acknowledged_by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('first_acknowledged_at', models.DateTimeField(null=True)),
                ('silence', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='alerts', to='events.silence')),
                ('maintenance_until', models.DateTimeField(null=True)),
                ('flapping_until', models.DateTimeField(null=True)),
                ('flips', django.contrib.postgres.fields.ArrayField(base_field=models.DateTimeField(), default=list, help_text='When it came and went, lately.', size=None)),
                ('parent', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='events.alert')),
                ('folded', models.CharField(blank=True, choices=[('', ''), ('topology', 'It depends on an item that is down'), ('storm', 'One of very many of the same kind')], default='', max_length=10)),
                ('child_count', models.PositiveIntegerField(default=0)),
                ('record', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='records.record')),
                ('rule', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='alerts', to='events.eventrule')),
                ('runbook', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='documents.document')),
                ('score', models.IntegerField(default=0)),
                ('services', models.PositiveIntegerField(default=0, help_text='How many services suffer when its item fails.')),
                ('next_look_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('closed_at', None), ('parent', None)), fields=['rank', '-score', '-id'], name='alert_console'),
                    models.Index(condition=models.Q(('closed_at', None), ('parent', None)), fields=['organisation', 'rank', '-score', '-id'], name='alert_console_org'),
                    models.Index(condition=models.Q(('closed_at', None)), fields=['state', 'rank', '-score', '-id'], name='alert_state'),
                    models.Index(condition=models.Q(('closed_at', None)), fields=['organisation', 'source', 'group', 'first_seen'], name='alert_group'),
                    models.Index(condition=models.Q(('item__isnull', False)), fields=['item', '-id'], name='alert_item'),
                    models.Index(condition=models.Q(('parent__isnull', False)), fields=['parent'], name='alert_parent'),
                    models.Index(condition=models.Q(('record__isnull', False)), fields=['record'], name='alert_record'),
                    models.Index(condition=models.Q(('next_look_at__isnull', False)), fields=['next_look_at'], name='alert_to_look_at'),
                    models.Index(fields=['organisation', 'source', 'key', '-id'], name='alert_key'),
                    models.Index(fields=['organisation', '-id'], name='alert_org'),
                    models.Index(fields=['first_seen'], name='alert_first_seen'),
                    models.Index(condition=models.Q(('closed_at', None), ('down', True)), fields=['id'], name='alert_down'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('title'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('key'), name='gin_trgm_ops'), django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('said_item'), name='gin_trgm_ops'), condition=models.Q(('closed_at__isnull', False)), name='alert_words_closed'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('number',), name='alert_number_unique'),
                    models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('organisation', 'source', 'key'), name='alert_one_is_open'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_at', None)), _connector='OR'), name='alert_closed_has_time'),
                    models.CheckConstraint(condition=models.Q(('severity__in', ['critical', 'major', 'minor', 'warning', 'info'])), name='alert_severity_known'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['open', 'acknowledged', 'maintenance', 'flapping', 'silenced', 'closed'])), name='alert_state_known'),
                    models.CheckConstraint(condition=models.Q(('acknowledged_at', None), ('acknowledged_by__isnull', False), _connector='OR'), name='alert_acknowledged_by_somebody'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'silenced'), _negated=True), ('silence__isnull', False), _connector='OR'), name='alert_silenced_by_a_silence'),
                    models.CheckConstraint(condition=models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR'), name='alert_not_its_own_parent'),
                    models.CheckConstraint(condition=models.Q(('count__gte', 1)), name='alert_counts'),
                    models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), models.Q(('key', ''), _negated=True)), name='alert_has_title_and_key'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AlertEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('alert', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='entries', to='events.alert')),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('verb', models.CharField(max_length=20)),
                ('actor', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('data', models.JSONField(default=dict)),
            ],
            options={
                'verbose_name_plural': 'alert entries',
                'indexes': [
                    models.Index(fields=['alert', 'id'], name='alert_entry_alert'),
                ],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, "DROP TABLE events_event")],
            state_operations=[
                migrations.CreateModel(
                    name='Event',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('received_at', models.DateTimeField(default=itsm.core.clock.now)),
                        ('at', models.DateTimeField(help_text="By its sender's clock.")),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.organisation')),
                        ('source', models.CharField(max_length=60)),
                        ('key', models.CharField(max_length=300)),
                        ('severity', models.CharField(max_length=10)),
                        ('status', models.CharField(choices=[('firing', 'Firing'), ('resolved', 'Over')], max_length=10)),
                        ('title', models.CharField(max_length=200)),
                        ('item', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='cmdb.configurationitem')),
                        ('alert', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='events.alert')),
                        ('inbound', models.BigIntegerField(help_text='The body that it came in.', null=True)),
                        ('facts', models.JSONField(default=dict)),
                    ],
                    options={
                        'indexes': [
                            models.Index(fields=['alert', '-id'], name='event_alert'),
                            models.Index(fields=['organisation', '-id'], name='event_org'),
                            models.Index(fields=['organisation', 'source', 'key', '-id'], name='event_key'),
                        ],
                    },
                ),
            ],
        ),
    ]
