"""Trust in the data: corrections, campaigns of checking, health."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('cmdb', '0013_classes_by_hand_and_runs'),
        ('cmdb', '0014_days_of_the_life'),
        ('cmdb', '0015_add_trust'),
        ('cmdb', '0016_fill_trust'),
        ('cmdb', '0017_add_links_and_keys_of_claims'),
        ('cmdb', '0018_add_why_to_rows'),
    ]
    dependencies = [
        ('cmdb', '0002_intake'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='cmdb.configurationitem')),
                ('field', models.CharField(blank=True, max_length=80, verbose_name='field')),
                ('proposed', models.CharField(blank=True, max_length=500, verbose_name='what it should be')),
                ('same', models.CharField(blank=True, editable=False, help_text='By what duplicates are known.', max_length=500)),
                ('state', models.CharField(choices=[('open', 'Open'), ('accepted', 'Accepted'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='open', max_length=10, verbose_name='state')),
                ('opened_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['item'], name='correction_item'),
                    models.Index(condition=models.Q(('state', 'open')), fields=['-id'], name='correction_waiting'),
                    models.Index(fields=['state', '-id'], name='correction_state'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('item', 'field', 'same'), name='correction_open_once'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['open', 'accepted', 'refused', 'withdrawn'])), name='correction_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='correction_decided_has_instant'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='correction_refused_has_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CorrectionVoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('correction', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='voices', to='cmdb.correction')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('note', models.CharField(blank=True, max_length=1000)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('correction', 'person'), name='correction_voice_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('classes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('due_on', models.DateField(verbose_name='due on')),
                ('state', models.CharField(choices=[('running', 'Running'), ('closed', 'Closed')], default='running', max_length=10)),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('remind_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('state__in', ['running', 'closed'])), name='campaign_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state', 'running')), models.Q(('closed_at__isnull', False), ('state', 'closed')), _connector='OR'), name='campaign_closed_has_instant'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CampaignShare',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='cmdb.campaign')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('nonce', models.CharField(max_length=32)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('sent_at', models.DateTimeField(null=True)),
                ('reminded_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('revoked_at', None), ('sent_at', None)), fields=['id'], name='campaign_share_to_send'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('campaign', 'person'), name='campaign_share_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CampaignItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='cmdb.campaign')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='certifications', to='cmdb.configurationitem')),
                ('share', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='items', to='cmdb.campaignshare')),
                ('answer', models.CharField(blank=True, choices=[('', 'Not answered'), ('right', 'Right'), ('wrong', 'Wrong')], default='', max_length=5)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('answered_at', models.DateTimeField(null=True)),
                ('correction', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cmdb.correction')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['share', 'id'], name='campaign_item_share'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('campaign', 'item'), name='campaign_item_once'),
                    models.CheckConstraint(condition=models.Q(('answer__in', ['', 'right', 'wrong'])), name='campaign_answer_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None)), models.Q(models.Q(('answer', ''), _negated=True), ('answered_at__isnull', False)), _connector='OR'), name='campaign_answer_has_instant'),
                ],
            },
        ),
        migrations.CreateModel(
            name='HealthDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('organisation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.organisation')),
                ('items', models.PositiveIntegerField()),
                ('complete', models.PositiveIntegerField()),
                ('fresh', models.PositiveIntegerField()),
                ('accurate', models.PositiveIntegerField()),
                ('healthy', models.PositiveIntegerField()),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('day', 'organisation'), name='health_day_once', nulls_distinct=False),
                ],
            },
        ),
    ]
