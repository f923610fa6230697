"""Accesses, their templates and reviews."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('servicedesk', '0010_requests_and_catalogue'),
        ('servicedesk', '0011_basket_files'),
        ('servicedesk', '0012_add_accesses'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0002_work'),
        ('servicedesk', '0002_catalogue'),
    ]
    operations = [
        migrations.CreateModel(
            name='Access',
            fields=[
                ('record_ptr', models.OneToOneField(auto_created=True, on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to='records.record')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='accesses', to='cmdb.configurationitem')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='accesses', to=settings.AUTH_USER_MODEL)),
                ('account', models.CharField(blank=True, max_length=150, verbose_name='account')),
                ('right', models.CharField(max_length=120, verbose_name='right')),
                ('reason', models.TextField(verbose_name='reason')),
                ('until', models.DateField(blank=True, null=True, verbose_name='until')),
                ('live', models.BooleanField(default=True, editable=False)),
                ('granted_at', models.DateTimeField(editable=False, null=True)),
                ('granted_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('grant_proof', models.TextField(blank=True, editable=False)),
                ('ends_at', models.DateTimeField(editable=False, null=True)),
                ('ending', models.CharField(blank=True, choices=[('expired', 'Its date has come'), ('asked', 'Somebody asked for it'), ('review', 'The review said so'), ('mover', 'The person changes jobs'), ('leaver', 'The person leaves')], default='', editable=False, max_length=10)),
                ('ending_reason', models.TextField(blank=True, default='', editable=False)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('revoked_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('revoke_proof', models.TextField(blank=True, editable=False)),
                ('refusal', models.TextField(blank=True, editable=False)),
                ('awaited_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='records.task')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['person', '-record_ptr'], name='access_person'),
                    models.Index(fields=['item', '-record_ptr'], name='access_item'),
                    models.Index(condition=models.Q(('ending', ''), ('ends_at__isnull', False), ('live', True)), fields=['ends_at'], name='access_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('live', True)), fields=('person', 'item', 'account', 'right'), name='access_once_at_a_time'),
                    models.CheckConstraint(condition=models.Q(models.Q(('right', ''), _negated=True), models.Q(('reason', ''), _negated=True)), name='access_says_what_and_why'),
                    models.CheckConstraint(condition=models.Q(models.Q(('grant_proof', ''), ('granted_at', None)), models.Q(('granted_at__isnull', False), models.Q(('grant_proof', ''), _negated=True)), _connector='OR'), name='access_grant_has_proof'),
                    models.CheckConstraint(condition=models.Q(models.Q(('revoke_proof', ''), ('revoked_at', None)), models.Q(('granted_at__isnull', False), ('live', False), ('revoked_at__gte', models.F('granted_at')), ('revoked_at__isnull', False), models.Q(('revoke_proof', ''), _negated=True)), _connector='OR'), name='access_revocation_has_proof'),
                ],
            },
            bases=('records.record',),
        ),
        migrations.CreateModel(
            name='AccessTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, verbose_name='code')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('name_fr', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('name_en', models.CharField(max_length=120, null=True, verbose_name='name')),
                ('is_active', models.BooleanField(default=True, verbose_name='in use')),
            ],
            options={
                'verbose_name': 'access template',
                'verbose_name_plural': 'access templates',
                'ordering': ['code'],
                'constraints': [
                    models.UniqueConstraint(fields=('code',), name='access_template_code_unique'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AccessTemplateLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='servicedesk.accesstemplate')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cmdb.configurationitem', verbose_name='item')),
                ('right', models.CharField(max_length=120, verbose_name='right')),
                ('days', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='for so many days')),
            ],
            options={
                'verbose_name': 'right of a template',
                'verbose_name_plural': 'rights of a template',
                'constraints': [
                    models.UniqueConstraint(fields=('template', 'item', 'right'), name='access_template_line_once'),
                    models.CheckConstraint(condition=models.Q(('right', ''), _negated=True), name='access_template_line_has_right'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AccessReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('due_at', models.DateTimeField()),
                ('remind_at', models.DateTimeField(null=True)),
                ('next_step_at', models.DateTimeField(null=True)),
                ('state', models.CharField(choices=[('running', 'Under way'), ('overdue', 'Overdue'), ('done', 'Finished')], default='running', max_length=10)),
                ('started_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('next_step_at__isnull', False)), fields=['next_step_at'], name='access_review_due'),
                ],
            },
        ),
        migrations.CreateModel(
            name='AccessReviewLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('review', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='lines', to='servicedesk.accessreview')),
                ('access', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reviews', to='servicedesk.access')),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('answer', models.CharField(blank=True, choices=[('keep', 'Keep'), ('revoke', 'Revoke')], default='', max_length=10)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['review', 'owner', 'id'], name='access_review_of_owner'),
                    models.Index(condition=models.Q(('answer', '')), fields=['owner', 'id'], name='access_review_open'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('review', 'access'), name='access_reviewed_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('answer', ''), ('answered_at', None)), models.Q(('answer__in', ['keep', 'revoke']), ('answered_at__isnull', False), ('answered_by__isnull', False)), _connector='OR'), name='access_review_answer_whole'),
                    models.CheckConstraint(condition=models.Q(('answer', 'revoke'), ('reason', ''), _negated=True), name='access_review_revoke_has_reason'),
                ],
            },
        ),
    ]
