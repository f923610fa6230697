"""Policies of escalation and the ways of routing; the two policies that a new house starts with."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables

WARN = {"do": "warn", "who": ["assignee", "team"]}
ALERT = {"do": "alert", "who": ["leader"]}
POLICIES = {
    "RESOLUTION": ("Résolution", "Resolution", "resolve", {75: [WARN], 100: [ALERT], 150: [{"do": "escalate"}]}),
    "OWNERSHIP": ("Prise en charge", "Ownership", "own", {75: [WARN], 100: [ALERT]}),
}


def make(apps, schema_editor):
    Policy, Step = apps.get_model("escalation", "Policy"), apps.get_model("escalation", "PolicyStep")
    for code, (french, english, metric, steps) in POLICIES.items():
        policy = Policy.objects.create(
            code=code, name=french, name_fr=french, name_en=english, clock="sla", metric=metric
        )
        Step.objects.bulk_create(Step(policy=policy, percent=percent, actions=acts) for percent, acts in steps.items())


class Migration(Tables):
    initial = True
    replaces = [
        ('escalation', '0002_add_policies'),
        ('escalation', '0003_default_policies'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('levels', '0001_levels_squashed_0007'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(default=100)),
                ('name', models.CharField(max_length=120)),
                ('active', models.BooleanField(default=False, verbose_name='switched on')),
                ('record_kind', models.CharField(blank=True, max_length=20, verbose_name='kind of record')),
                ('organisation', models.ForeignKey(blank=True, help_text='With those below it', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('category', models.ForeignKey(blank=True, help_text='With those below it', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.category')),
                ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cmdb.service')),
                ('item', models.ForeignKey(blank=True, help_text='One of the affected items', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cmdb.configurationitem')),
                ('vip', models.BooleanField(blank=True, null=True, verbose_name='VIP requesters')),
                ('words', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), blank=True, default=list, help_text='All of them in the title or the description; accents and capitals do not matter', size=None)),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [
                    models.UniqueConstraint(fields=('name',), name='routing_rule_name_unique'),
                    models.CheckConstraint(condition=models.Q(('category', None), ('item', None), ('organisation', None), ('record_kind', ''), ('service', None), ('vip', None), ('words', []), _negated=True), name='routing_rule_asks_for_something'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Distribution',
            fields=[
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='distribution', serialize=False, to='people.team')),
                ('way', models.CharField(choices=[('round_robin', 'in turn'), ('least_loaded', 'to whom has least'), ('skill', 'by skill, then to whom has least')], default='least_loaded', max_length=12)),
                ('most_open', models.PositiveSmallIntegerField(blank=True, help_text='Empty: no limit', null=True, verbose_name='limit of open records a person')),
                ('in_hours_only', models.BooleanField(default=True, verbose_name="only within the team's hours")),
                ('last', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('most_open', None), ('most_open__gt', 0), _connector='OR'), name='distribution_limit_is_some'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Skill',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='skills', to=settings.AUTH_USER_MODEL)),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.category')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('person', 'category'), name='skill_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=120)),
                ('name_fr', models.CharField(max_length=120, null=True)),
                ('name_en', models.CharField(max_length=120, null=True)),
                ('active', models.BooleanField(default=True, verbose_name='in force')),
                ('clock', models.CharField(blank=True, choices=[('sla', 'SLA, with the users'), ('ola', 'OLA, between teams'), ('uc', 'UC, with a supplier')], max_length=3, verbose_name='kind of agreement')),
                ('metric', models.CharField(blank=True, choices=[('own', 'Ownership'), ('response', 'First response'), ('update', 'Update interval'), ('transfer', 'Hand-off'), ('resolve', 'Resolution')], max_length=10, verbose_name='what is measured')),
                ('agreement', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='levels.agreement')),
                ('organisation', models.ForeignKey(blank=True, help_text="The users' organisation, with those below it", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('priorities', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='policy_code_unique'),
                    models.CheckConstraint(condition=models.Q(('priorities__contained_by', [1, 2, 3, 4, 5])), name='policy_priorities_1_to_5'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PolicyStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('policy', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='escalation.policy')),
                ('percent', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='per cent of the target')),
                ('every_seconds', models.PositiveIntegerField(blank=True, null=True, verbose_name='repeated every (seconds)')),
                ('most', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='at most so many times')),
                ('wall', models.BooleanField(default=False, verbose_name='in clock time, nights and holidays included')),
                ('priorities', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('vip', models.BooleanField(blank=True, null=True, verbose_name='VIP requesters')),
                ('major', models.BooleanField(blank=True, null=True, verbose_name='major incidents')),
                ('unassigned', models.BooleanField(default=False, verbose_name='only while nobody has it')),
                ('phases', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('open', 'Open'), ('waiting', 'Waiting')], max_length=10), blank=True, default=list, size=None)),
                ('actions', models.JSONField(default=list)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('policy', 'percent'), name='policy_step_once_a_percent'),
                    models.UniqueConstraint(condition=models.Q(('percent', None)), fields=('policy',), name='policy_step_one_is_repeated'),
                    models.CheckConstraint(condition=models.Q(models.Q(('every_seconds', None), ('most', None), ('percent__range', (1, 1000)), ('wall', False)), models.Q(('every_seconds__gte', 60), ('most__range', (1, 1000)), ('percent', None)), _connector='OR'), name='policy_step_at_a_share_or_repeated'),
                    models.CheckConstraint(condition=models.Q(('priorities__contained_by', [1, 2, 3, 4, 5])), name='policy_step_priorities_1_to_5'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Replanning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(max_length=200)),
                ('last_id', models.BigIntegerField(default=0)),
                ('until_id', models.BigIntegerField()),
                ('looked', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('ended_at', None)), fields=['id'], name='replanning_to_do'),
                ],
            },
        ),
        migrations.RunPython(make, migrations.RunPython.noop),
    ]
