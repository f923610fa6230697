"""Documents, their versions, and the items that they are about."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('runbook', 'Runbook')], default='runbook', editable=False, max_length=12, verbose_name='kind')),
                ('title', models.CharField(max_length=160, verbose_name='title')),
                ('sort_key', models.CharField(editable=False, max_length=200)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                ('owner_team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team', verbose_name='owner team')),
                ('language', models.CharField(choices=[('fr', 'French'), ('en', 'English')], default='fr', max_length=5, verbose_name='language')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('withdrawn_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['sort_key', 'id'], name='document_sort'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('kind', 'organisation', 'title'), name='document_title_unique', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='document_has_a_title'),
                    models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='document_version_from_1'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DocumentVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='documents.document')),
                ('number', models.PositiveIntegerField()),
                ('body', models.TextField()),
                ('steps', models.JSONField(default=list)),
                ('note', models.CharField(blank=True, default='', max_length=200, verbose_name='what changed')),
                ('author', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('document', 'number'), name='document_version_unique'),
                    models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='document_version_number_from_1'),
                ],
            },
        ),
        migrations.CreateModel(
            name='DocumentItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('document', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='about', to='documents.document')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='cmdb.configurationitem')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('document', 'item'), name='document_item_once'),
                ],
            },
        ),
    ]
