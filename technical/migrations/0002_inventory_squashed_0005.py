"""Inventory: agents, components, software, discoveries."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('technical', '0001_networks_ground'),
        ('technical', '0005_snmp_version_three'),
    ]
    dependencies = [
        ('cmdb', '0002_intake'),
        ('technical', '0001_networks'),
    ]
    operations = [
        migrations.CreateModel(
            name='Agent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='cmdb.datasource')),
                ('device_id', models.CharField(max_length=120)),
                ('name', models.CharField(blank=True, max_length=100)),
                ('tag', models.CharField(blank=True, max_length=100)),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='agents', to='cmdb.configurationitem')),
                ('first_seen_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('contact_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('inventory_at', models.DateTimeField(null=True)),
                ('full_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['-contact_at', 'id'], name='agent_contact'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('source', 'device_id'), name='agent_once'),
                    models.CheckConstraint(condition=models.Q(('device_id', ''), _negated=True), name='agent_has_device_id'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Component',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='components', to='cmdb.configurationitem')),
                ('kind', models.CharField(choices=[('system', 'Operating system'), ('cpu', 'Processor'), ('memory', 'Memory'), ('disk', 'Disk'), ('volume', 'Volume')], max_length=8)),
                ('place', models.CharField(max_length=200)),
                ('name', models.CharField(blank=True, max_length=200)),
                ('serial', models.CharField(blank=True, max_length=100)),
                ('size_mb', models.BigIntegerField(null=True)),
                ('free_mb', models.BigIntegerField(null=True)),
                ('details', models.JSONField(default=dict)),
                ('source', models.CharField(editable=False, max_length=40)),
                ('since', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('gone_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['item', 'kind', 'place'], name='component_of'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('gone_at', None)), fields=('item', 'kind', 'place'), name='component_present_once'),
                    models.CheckConstraint(condition=models.Q(('kind__in', ['system', 'cpu', 'memory', 'disk', 'volume'])), name='component_kind_known'),
                    models.CheckConstraint(condition=models.Q(('size_mb', None), ('size_mb__gte', 0), _connector='OR'), name='component_size_positive'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Discovery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discoveries', to='cmdb.datasource')),
                ('ranges', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), size=None)),
                ('version', models.CharField(choices=[('2c', '2c (community)'), ('3', '3 (user and keys)')], default='2c', max_length=2, verbose_name='version of SNMP')),
                ('community', models.TextField(blank=True, default='', editable=False)),
                ('user', models.CharField(blank=True, default='', max_length=32, verbose_name='user')),
                ('auth_protocol', models.CharField(blank=True, choices=[('sha256', 'SHA-256'), ('sha512', 'SHA-512'), ('sha384', 'SHA-384'), ('sha224', 'SHA-224'), ('sha', 'SHA-1'), ('md5', 'MD5')], default='', max_length=8, verbose_name='authentication')),
                ('auth_key', models.TextField(blank=True, default='', editable=False)),
                ('priv_protocol', models.CharField(blank=True, choices=[('aes', 'AES-128'), ('aes256c', 'AES-256 (Cisco)'), ('aes256', 'AES-256 (Blumenthal)'), ('aes192c', 'AES-192 (Cisco)'), ('aes192', 'AES-192 (Blumenthal)'), ('3des', '3DES'), ('des', 'DES')], default='', max_length=8, verbose_name='encryption')),
                ('priv_key', models.TextField(blank=True, default='', editable=False)),
                ('context', models.CharField(blank=True, default='', max_length=32, verbose_name='context')),
                ('port', models.PositiveIntegerField(default=161, verbose_name='port')),
                ('every_hours', models.PositiveSmallIntegerField(default=24, verbose_name='every (hours)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('state', models.CharField(choices=[('idle', 'Waiting'), ('running', 'Under way'), ('stopped', 'Stopped')], default='idle', editable=False, max_length=8)),
                ('next_at', models.DateTimeField(editable=False, null=True)),
                ('began_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('asked', models.PositiveIntegerField(default=0, editable=False)),
                ('answered', models.PositiveIntegerField(default=0, editable=False)),
                ('refused', models.PositiveIntegerField(default=0, editable=False)),
                ('fault', models.CharField(blank=True, default='', editable=False, max_length=500)),
            ],
            options={
                'verbose_name_plural': 'discoveries',
                'indexes': [
                    models.Index(condition=models.Q(('is_active', True)), fields=['next_at'], name='discovery_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('name',), name='discovery_name_unique'),
                    models.CheckConstraint(condition=models.Q(('every_hours__range', (1, 720))), name='discovery_every_1_to_720'),
                    models.CheckConstraint(condition=models.Q(('port__range', (1, 65535))), name='discovery_port_known'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['idle', 'running', 'stopped'])), name='discovery_state_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('version', '2c'), models.Q(('community', ''), _negated=True)), models.Q(('version', '3'), models.Q(('user', ''), _negated=True)), _connector='OR'), name='discovery_asks_as_somebody'),
                    models.CheckConstraint(condition=models.Q(models.Q(models.Q(('auth_key', ''), ('auth_protocol', '')), models.Q(models.Q(('auth_protocol', ''), _negated=True), models.Q(('auth_key', ''), _negated=True)), _connector='OR'), models.Q(models.Q(('priv_key', ''), ('priv_protocol', '')), models.Q(models.Q(('priv_protocol', ''), _negated=True), models.Q(('priv_key', ''), _negated=True), models.Q(('auth_protocol', ''), _negated=True)), _connector='OR')), name='discovery_keys_with_protocols'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Software',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200)),
                ('publisher', models.CharField(blank=True, max_length=200)),
                ('sort_key', models.CharField(editable=False, max_length=400)),
            ],
            options={
                'verbose_name_plural': 'software',
                'indexes': [
                    models.Index(fields=['sort_key', 'id'], name='software_sort'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('sort_key', name='gin_trgm_ops'), name='software_trigram'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('name', 'publisher'), name='software_once'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='software_has_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Installation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='installations', to='cmdb.configurationitem')),
                ('software', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='installations', to='technical.software')),
                ('version', models.CharField(blank=True, max_length=100)),
                ('version_key', models.CharField(blank=True, editable=False, max_length=400)),
                ('arch', models.CharField(blank=True, max_length=20)),
                ('source', models.CharField(editable=False, max_length=40)),
                ('since', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('gone_at', models.DateTimeField(editable=False, null=True)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('gone_at', None)), fields=['software', 'version_key', 'item'], name='installation_of'),
                    models.Index(fields=['item', '-since'], name='installation_on'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('gone_at', None)), fields=('item', 'software', 'version', 'arch'), name='installation_present_once'),
                    models.CheckConstraint(condition=models.Q(('gone_at', None), ('gone_at__gte', models.F('since')), _connector='OR'), name='installation_order'),
                ],
            },
        ),
    ]
