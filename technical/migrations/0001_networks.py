"""Networks, addresses, interfaces, cables."""

import django.contrib.postgres.constraints
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import itsm.core.clock
import technical.networks.fields
import technical.networks.models.plan
from itsm.core.tables import Tables


class Migration(Tables):
    initial = True
    replaces = [
        ('technical', '0002_add_inventory'),
        ('technical', '0003_add_discovery'),
        ('technical', '0004_keep_why_a_discovery_broke_off'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.RunSQL("CREATE TYPE inetrange AS RANGE (subtype = inet)", "DROP TYPE inetrange"),
        migrations.CreateModel(
            name='VRF',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('name', models.CharField(max_length=100)),
                ('sort_key', models.CharField(editable=False, max_length=200)),
                ('rd', models.CharField(blank=True, help_text='As the routers write it: 65000:100.', max_length=21)),
                ('enforce_unique', models.BooleanField(default=True, help_text='An address is given to one interface only.')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['sort_key', 'id'], name='vrf_sort'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'name'), name='vrf_name_unique', nulls_distinct=False),
                    models.UniqueConstraint(condition=models.Q(('rd', ''), _negated=True), fields=('organisation', 'rd'), name='vrf_rd_unique', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='vrf_has_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='VLANGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('name', models.CharField(max_length=100)),
                ('sort_key', models.CharField(editable=False, max_length=200)),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
                ('min_vid', models.PositiveSmallIntegerField(default=1)),
                ('max_vid', models.PositiveSmallIntegerField(default=4094)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['sort_key', 'id'], name='vlangroup_sort'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'site', 'name'), name='vlangroup_name_unique', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('min_vid__gte', 1), ('max_vid__lte', 4094), ('min_vid__lte', models.F('max_vid'))), name='vlangroup_range'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='vlangroup_has_name'),
                ],
            },
        ),
        migrations.CreateModel(
            name='VLAN',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('name', models.CharField(max_length=100)),
                ('sort_key', models.CharField(editable=False, max_length=200)),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='vlans', to='technical.vlangroup')),
                ('vid', models.PositiveSmallIntegerField()),
                ('status', models.CharField(choices=[('active', 'Active'), ('reserved', 'Reserved'), ('deprecated', 'Deprecated')], default='active', max_length=12)),
                ('role', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['vid', 'id'], name='vlan_by_vid'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('group', None), _negated=True), fields=('group', 'vid'), name='vlan_vid_unique_in_group'),
                    models.UniqueConstraint(condition=models.Q(('group', None)), fields=('organisation', 'site', 'vid'), name='vlan_vid_unique_at_site', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('vid__range', (1, 4094))), name='vlan_vid_1_to_4094'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='vlan_has_name'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['active', 'reserved', 'deprecated'])), name='vlan_status_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Prefix',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('vrf', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='prefixes', to='technical.vrf')),
                ('prefix', technical.networks.fields.NetworkField()),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site')),
                ('vlan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='prefixes', to='technical.vlan')),
                ('status', models.CharField(choices=[('container', 'Container'), ('active', 'Active'), ('reserved', 'Reserved'), ('deprecated', 'Deprecated')], default='active', max_length=12)),
                ('role', models.CharField(blank=True, max_length=40)),
                ('is_pool', models.BooleanField(default=False, help_text='Its first and last address are given out as well.')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['prefix', 'id'], name='prefix_sort'),
                    django.contrib.postgres.indexes.GistIndex(fields=['prefix'], name='prefix_tree', opclasses=['inet_ops']),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'vrf', 'prefix'), name='prefix_unique_in_vrf', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('status__in', ['container', 'active', 'reserved', 'deprecated'])), name='prefix_status_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IPRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('vrf', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ranges', to='technical.vrf')),
                ('start', technical.networks.fields.AddressField()),
                ('end', technical.networks.fields.AddressField()),
                ('status', models.CharField(choices=[('active', 'Active'), ('reserved', 'Reserved'), ('deprecated', 'Deprecated')], default='active', max_length=12)),
                ('role', models.CharField(blank=True, max_length=40)),
            ],
            options={
                'verbose_name': 'IP range',
                'indexes': [
                    models.Index(fields=['start', 'id'], name='iprange_sort'),
                ],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('start__family', models.F('end__family')), ('start__lte', models.F('end'))), name='iprange_from_to'),
                    models.CheckConstraint(condition=models.Q(('start__masklen__in', [32, 128]), ('end__masklen__in', [32, 128])), name='iprange_hosts'),
                    django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(django.db.models.functions.comparison.Coalesce('organisation_id', models.Value(0, models.BigIntegerField())), '='), (django.db.models.functions.comparison.Coalesce('vrf_id', models.Value(0, models.BigIntegerField())), '='), (technical.networks.models.plan.InetRange(models.F('start'), models.F('end'), models.Value('[]')), '&&')], name='iprange_no_overlap'),
                    models.CheckConstraint(condition=models.Q(('status__in', ['active', 'reserved', 'deprecated'])), name='iprange_status_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Interface',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='interfaces', to='cmdb.configurationitem')),
                ('name', models.CharField(max_length=100)),
                ('sort_key', models.CharField(editable=False, max_length=200)),
                ('kind', models.CharField(blank=True, help_text='For example 1000base-t, lag or virtual.', max_length=40)),
                ('enabled', models.BooleanField(default=True)),
                ('mac', models.CharField(blank=True, max_length=17)),
                ('mtu', models.PositiveIntegerField(blank=True, null=True)),
                ('speed', models.PositiveIntegerField(blank=True, help_text='In Mbit/s.', null=True)),
                ('mode', models.CharField(blank=True, choices=[('', 'None'), ('access', 'Access'), ('tagged', 'Tagged'), ('tagged-all', 'Tagged (all)')], max_length=12)),
                ('untagged_vlan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='untagged_on', to='technical.vlan')),
                ('lag', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='members', to='technical.interface')),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='technical.interface')),
                ('mgmt_only', models.BooleanField(default=False)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('last_seen_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('gone_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('tagged_vlans', models.ManyToManyField(blank=True, related_name='tagged_on', to='technical.vlan')),
            ],
            options={
                'indexes': [
                    models.Index(fields=['item', 'sort_key', 'id'], name='interface_of_item'),
                    models.Index(condition=models.Q(('mac', ''), _negated=True), fields=['mac'], name='interface_mac'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('item', 'name'), name='interface_name_unique_on_item'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='interface_has_name'),
                    models.CheckConstraint(condition=models.Q(('mac', ''), ('mac__regex', '^([0-9a-f]{2}:){5}[0-9a-f]{2}$'), _connector='OR'), name='interface_mac_normal'),
                    models.CheckConstraint(condition=models.Q(models.Q(('lag', None), models.Q(('lag', models.F('id')), _negated=True), _connector='OR'), models.Q(('parent', None), models.Q(('parent', models.F('id')), _negated=True), _connector='OR')), name='interface_not_its_own_parent'),
                    models.CheckConstraint(condition=models.Q(('mode__in', ['', 'access', 'tagged', 'tagged-all'])), name='interface_mode_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='IPAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('vrf', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='addresses', to='technical.vrf')),
                ('address', technical.networks.fields.AddressField()),
                ('host', models.GeneratedField(db_persist=True, expression=django.db.models.functions.comparison.Cast(models.Func(models.F('address'), function='host', output_field=models.TextField()), technical.networks.fields.AddressField()), output_field=technical.networks.fields.AddressField())),
                ('status', models.CharField(choices=[('active', 'Active'), ('reserved', 'Reserved'), ('deprecated', 'Deprecated'), ('dhcp', 'DHCP')], default='active', max_length=12)),
                ('role', models.CharField(blank=True, choices=[('', 'None'), ('loopback', 'Loopback'), ('secondary', 'Secondary'), ('anycast', 'Anycast'), ('vip', 'Virtual (VIP)'), ('vrrp', 'VRRP'), ('hsrp', 'HSRP'), ('glbp', 'GLBP'), ('carp', 'CARP')], max_length=12)),
                ('dns_name', models.CharField(blank=True, max_length=255)),
                ('interface', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='addresses', to='technical.interface')),
                ('exclusive', models.BooleanField(default=True, editable=False)),
            ],
            options={
                'verbose_name': 'IP address',
                'indexes': [
                    models.Index(fields=['host', 'id'], name='address_sort'),
                    django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('dns_name', name='gin_trgm_ops'), name='address_dns_name'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('exclusive', True)), fields=('organisation', 'vrf', 'host'), name='address_unique_in_vrf', nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(('status__in', ['active', 'reserved', 'deprecated', 'dhcp'])), name='address_status_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Cable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(blank=True, help_text='For example cat6, smf or power.', max_length=40)),
                ('label', models.CharField(blank=True, max_length=100)),
                ('color', models.CharField(blank=True, help_text='Six hexadecimal digits, as ffeb3b.', max_length=6)),
                ('length_m', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                ('status', models.CharField(choices=[('connected', 'Connected'), ('planned', 'Planned'), ('decommissioning', 'To be removed')], default='connected', max_length=16)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('source', models.CharField(blank=True, editable=False, max_length=40)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('status__in', ['connected', 'planned', 'decommissioning'])), name='cable_status_known'),
                    models.CheckConstraint(condition=models.Q(('color', ''), ('color__regex', '^[0-9a-f]{6}$'), _connector='OR'), name='cable_color_hex'),
                    models.CheckConstraint(condition=models.Q(('length_m', None), ('length_m__gte', 0), _connector='OR'), name='cable_length_positive'),
                ],
            },
        ),
        migrations.CreateModel(
            name='CableEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cable', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='ends', to='technical.cable')),
                ('side', models.CharField(choices=[('a', 'A'), ('b', 'B')], max_length=1)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cable_ends', to='cmdb.configurationitem')),
                ('interface', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cable_ends', to='technical.interface')),
                ('port_kind', models.CharField(choices=[('interface', 'Interface'), ('front', 'Front port'), ('rear', 'Rear port'), ('console', 'Console port'), ('power', 'Power port'), ('outlet', 'Power outlet'), ('feed', 'Power feed'), ('circuit', 'Circuit'), ('other', 'Other')], default='interface', max_length=10)),
                ('port', models.CharField(blank=True, max_length=100)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('cable', 'side'), name='cable_two_ends'),
                    models.UniqueConstraint(condition=models.Q(('interface', None), _negated=True), fields=('interface',), name='one_cable_an_interface'),
                    models.UniqueConstraint(condition=models.Q(('interface', None), models.Q(('port', ''), _negated=True)), fields=('item', 'port_kind', 'port'), name='one_cable_a_port'),
                    models.CheckConstraint(condition=models.Q(('side__in', ['a', 'b'])), name='cable_side_known'),
                    models.CheckConstraint(condition=models.Q(models.Q(('interface', None), models.Q(('port_kind', 'interface'), _negated=True)), models.Q(models.Q(('interface', None), _negated=True), ('port_kind', 'interface'), ('port', '')), _connector='OR'), name='cable_end_interface_or_port'),
                ],
            },
        ),
    ]
