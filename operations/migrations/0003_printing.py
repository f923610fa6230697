"""Print servers, queues, outputs and who gets them."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
import operations.control.printing.models
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('operations', '0005_log_of_alerts'),
        ('operations', '0006_messages_of_machines'),
    ]
    dependencies = [
        ('cmdb', '0001_items'),
        ('operations', '0002_backups'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0001_records'),
    ]
    operations = [
        migrations.CreateModel(
            name='PrintServer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                ('url', models.CharField(max_length=200, verbose_name='address')),
                ('user', models.CharField(default='vigie', max_length=60, verbose_name='acts as')),
                ('password', models.TextField(blank=True, default='', editable=False)),
                ('verify', models.BooleanField(default=True, verbose_name='check its certificate')),
                ('allow_private', models.BooleanField(default=False, help_text='Only who administers everything allows an address inside the private network.', verbose_name='inside the private network')),
                ('every_seconds', models.PositiveIntegerField(default=30, verbose_name='ask every (seconds)')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('subscription', models.IntegerField(editable=False, null=True)),
                ('subscribed_until', models.DateTimeField(editable=False, null=True)),
                ('next_event', models.IntegerField(default=1, editable=False)),
                ('next_poll_at', models.DateTimeField(editable=False, null=True)),
                ('full_poll_at', models.DateTimeField(editable=False, null=True)),
                ('answered_at', models.DateTimeField(editable=False, null=True)),
                ('failures', models.PositiveIntegerField(default=0, editable=False)),
                ('fault', models.CharField(blank=True, default='', editable=False, max_length=300)),
            ],
            options={
                'indexes': [
                    models.Index(condition=models.Q(('is_active', True)), fields=['next_poll_at'], name='print_server_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('name',), name='print_server_name_unique'),
                    models.CheckConstraint(condition=models.Q(('every_seconds__range', (5, 3600))), name='print_server_every_5_to_3600'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PrintQueue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='print_queue', to='cmdb.configurationitem')),
                ('server', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='queues', to='operations.printserver')),
                ('name', models.CharField(max_length=128)),
                ('state', models.CharField(choices=[('idle', 'Idle'), ('printing', 'Printing'), ('held', 'Held'), ('stuck', 'Stuck'), ('stopped', 'Stopped'), ('unknown', 'Unknown')], default='unknown', max_length=8)),
                ('state_since', models.DateTimeField(default=itsm.core.clock.now)),
                ('device_state', models.PositiveSmallIntegerField(null=True)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('message', models.CharField(blank=True, default='', max_length=300)),
                ('is_accepting', models.BooleanField(default=True)),
                ('waiting', models.PositiveIntegerField(default=0)),
                ('oldest_at', models.DateTimeField(null=True)),
                ('stuck_minutes', models.PositiveIntegerField(default=15, verbose_name='stuck after (minutes)')),
                ('seen_at', models.DateTimeField(null=True)),
                ('is_gone', models.BooleanField(default=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('server__isnull', False)), fields=('server', 'name'), name='print_queue_once_a_server'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['idle', 'printing', 'held', 'stuck', 'stopped', 'unknown'])), name='print_queue_state_known'),
                    models.CheckConstraint(condition=models.Q(('stuck_minutes__range', (1, 10080))), name='print_queue_stuck_in_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PrintJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('queue', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='jobs', to='operations.printqueue')),
                ('server', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='jobs', to='operations.printserver')),
                ('number', models.PositiveIntegerField()),
                ('uid', models.CharField(max_length=100)),
                ('title', models.CharField(blank=True, default='', max_length=255)),
                ('owner', models.CharField(blank=True, default='', max_length=100)),
                ('state', models.CharField(choices=[('pending', 'Waiting'), ('held', 'Held'), ('processing', 'Printing'), ('stopped', 'Stopped'), ('cancelled', 'Cancelled'), ('aborted', 'Aborted'), ('completed', 'Printed'), ('lost', 'Forgotten by the server')], max_length=10)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), default=list, size=None)),
                ('message', models.CharField(blank=True, default='', max_length=300)),
                ('kilobytes', models.PositiveIntegerField(default=0)),
                ('pages', models.PositiveIntegerField(null=True)),
                ('copies', models.PositiveIntegerField(null=True)),
                ('created_at', models.DateTimeField()),
                ('printing_at', models.DateTimeField(null=True)),
                ('over_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['queue', '-created_at', '-id'], name='print_job_of_queue'),
                    models.Index(condition=models.Q(('over_at', None)), fields=['server', 'number'], name='print_job_active'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('server', 'uid'), name='print_job_once'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'held', 'processing', 'stopped', 'cancelled', 'aborted', 'completed', 'lost'])), name='print_job_state_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='PageLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('queue', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='pages', to='operations.printqueue')),
                ('queue_name', models.CharField(max_length=128)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('at', models.DateTimeField()),
                ('job', models.PositiveIntegerField()),
                ('user_name', models.CharField(max_length=100)),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('cost_centre', models.CharField(blank=True, default='', max_length=60)),
                ('pages', models.PositiveIntegerField()),
                ('title', models.CharField(blank=True, default='', max_length=255)),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['organisation', 'at'], name='page_line_when'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('digest',), name='page_line_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Output',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120, verbose_name='name')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation', verbose_name='organisation')),
                ('job_item', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='cmdb.configurationitem', verbose_name='made by the job')),
                ('queue', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='outputs', to='operations.printqueue', verbose_name='queue')),
                ('spool_class', models.CharField(blank=True, default='', max_length=8, verbose_name='class')),
                ('form', models.CharField(blank=True, default='', max_length=40, verbose_name='form')),
                ('destination', models.CharField(blank=True, default='', max_length=120, verbose_name='destination')),
                ('copies', models.PositiveSmallIntegerField(default=1, verbose_name='copies')),
                ('retention_days', models.PositiveSmallIntegerField(default=7, verbose_name='retention (days)')),
                ('due_at', models.TimeField(verbose_name='delivered by')),
                ('weekdays', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), size=None, verbose_name='days')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team', verbose_name='team')),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('organisation', 'name'), name='output_name_unique'),
                    models.CheckConstraint(condition=models.Q(('weekdays__contained_by', [1, 2, 3, 4, 5, 6, 7]), ('weekdays__len__gt', 0)), name='output_has_days'),
                    models.CheckConstraint(condition=models.Q(('copies__range', (1, 999))), name='output_copies_in_reason'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OutputRecipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('output', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='operations.output')),
                ('name', models.CharField(max_length=120, verbose_name='recipient')),
                ('site', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.site', verbose_name='site')),
                ('copies', models.PositiveSmallIntegerField(default=1, verbose_name='copies')),
                ('way', models.CharField(choices=[('courier', 'Internal mail'), ('pickup', 'Fetched at the counter'), ('file', 'As a file')], default='courier', max_length=8, verbose_name='way')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('output', 'name'), name='output_recipient_once'),
                    models.CheckConstraint(condition=models.Q(('way__in', ['courier', 'pickup', 'file'])), name='output_recipient_way_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='OutputRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('output', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='operations.output')),
                ('day', models.DateField()),
                ('due_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('expected', 'Expected'), ('spooled', 'In the spool'), ('printed', 'Printed'), ('delivered', 'Delivered'), ('failed', 'Failed')], default='expected', max_length=9)),
                ('spool_id', models.CharField(blank=True, default='', max_length=40)),
                ('pages', models.PositiveIntegerField(null=True)),
                ('spooled_at', models.DateTimeField(null=True)),
                ('printed_at', models.DateTimeField(null=True)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('is_late', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['day', 'due_at'], name='output_run_day'),
                    models.Index(condition=models.Q(('is_late', False), ('state__in', ['expected', 'spooled', 'printed'])), fields=['due_at'], name='output_run_due'),
                ],
                'constraints': [
                    models.UniqueConstraint(fields=('output', 'day'), name='output_run_once_a_day'),
                    models.CheckConstraint(condition=models.Q(('state__in', ['expected', 'spooled', 'printed', 'delivered', 'failed'])), name='output_run_state_known'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='operations.outputrun')),
                ('recipient', models.CharField(max_length=120)),
                ('received_by', models.CharField(max_length=120, verbose_name='received by')),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('proof', models.FileField(blank=True, max_length=200, upload_to=operations.control.printing.models.proof_path)),
                ('proof_name', models.CharField(blank=True, default='', max_length=200)),
                ('proof_sha256', models.CharField(blank=True, default='', max_length=64)),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'constraints': [
                    models.UniqueConstraint(fields=('run', 'recipient'), name='delivery_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='Reprint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reprints', to='operations.outputrun')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='records.record')),
                ('copies', models.PositiveSmallIntegerField(default=1)),
                ('reason', models.CharField(max_length=300)),
                ('at', models.DateTimeField(default=itsm.core.clock.now)),
            ],
        ),
    ]
