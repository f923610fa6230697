"""Mailboxes and the mails that came."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
import itsm.gateway.mail.models
from itsm.core.tables import Tables


class Migration(Tables):
    replaces = [
        ('gateway', '0001_initial'),
        ('gateway', '0007_throttled_bodies'),
    ]
    dependencies = [
        ('gateway', '0001_doors'),
        ('people', '0001_people_squashed_0006'),
        ('records', '0002_work'),
    ]
    operations = [
        migrations.CreateModel(
            name='Mailbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=120)),
                ('address', models.EmailField(max_length=254)),
                ('host', models.CharField(max_length=253)),
                ('port', models.PositiveIntegerField(default=993)),
                ('security', models.CharField(choices=[('tls', 'TLS from the start (993)'), ('starttls', 'STARTTLS (143)'), ('none', 'None: only on a network that nobody listens to')], default='tls', max_length=10)),
                ('login', models.CharField(max_length=254)),
                ('sealed', models.TextField(blank=True, default='', editable=False)),
                ('folder', models.CharField(default='INBOX', max_length=200)),
                ('processed_folder', models.CharField(blank=True, default='', max_length=200)),
                ('quarantine_folder', models.CharField(blank=True, default='', max_length=200)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('kind', models.CharField(default='incident', max_length=20)),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.team')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='records.category')),
                ('language', models.CharField(choices=[('fr', 'French'), ('en', 'English')], default='fr', max_length=5)),
                ('ended', models.CharField(choices=[('reopen', 'Reopens it'), ('days', 'Reopens it for some days, then opens a new linked ticket'), ('new', 'Opens a new linked ticket')], default='days', max_length=10)),
                ('ended_days', models.PositiveSmallIntegerField(default=7)),
                ('keep_assignee', models.BooleanField(default=True)),
                ('unknown', models.CharField(choices=[('contact', 'Become contacts and get a ticket'), ('quarantine', 'Are kept in quarantine')], default='contact', max_length=10)),
                ('machines', models.CharField(choices=[('ignore', 'Are logged and left alone'), ('open', 'Open tickets that are not answered by mail')], default='ignore', max_length=10)),
                ('copies_follow', models.BooleanField(default=True)),
                ('most_an_hour', models.PositiveIntegerField(default=30)),
                ('most_of_domain', models.PositiveIntegerField(default=300)),
                ('most_of_box', models.PositiveIntegerField(default=600)),
                ('most_bytes', models.PositiveIntegerField(default=26214400)),
                ('authserv', models.CharField(blank=True, default='', max_length=253)),
                ('active', models.BooleanField(default=True)),
                ('collected_at', models.DateTimeField(editable=False, null=True)),
                ('error', models.TextField(blank=True, default='', editable=False)),
                ('error_since', models.DateTimeField(editable=False, null=True)),
                ('failures', models.PositiveIntegerField(default=0, editable=False)),
                ('uid_validity', models.BigIntegerField(editable=False, null=True)),
                ('last_uid', models.BigIntegerField(default=0, editable=False)),
                ('busy_uid', models.BigIntegerField(editable=False, null=True)),
                ('busy_tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('created_at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('created_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                'verbose_name_plural': 'mailboxes',
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('host', ''), _negated=True), models.Q(('folder', ''), _negated=True)), name='mailbox_has_name_host_folder'),
                    models.CheckConstraint(condition=models.Q(('port__range', (1, 65535))), name='mailbox_port_is_one'),
                    models.CheckConstraint(condition=models.Q(('most_an_hour__range', (1, 10000))), name='mailbox_flood_in_reason'),
                    models.CheckConstraint(condition=models.Q(('most_of_box__range', (1, 100000)), ('most_of_domain__range', (1, 100000))), name='mailbox_crowd_in_reason'),
                    models.CheckConstraint(condition=models.Q(('error_since', None), models.Q(('error', ''), _negated=True), _connector='OR'), name='mailbox_error_has_words'),
                    models.UniqueConstraint(fields=('host', 'port', 'login', 'folder'), name='mailbox_collected_once'),
                ],
            },
        ),
        migrations.CreateModel(
            name='InboundMail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('mailbox', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mails', to='gateway.mailbox')),
                ('received_at', models.DateTimeField(default=itsm.core.clock.now)),
                ('uid_validity', models.BigIntegerField(null=True)),
                ('uid', models.BigIntegerField(null=True)),
                ('key', models.CharField(max_length=64)),
                ('message_id', models.CharField(blank=True, max_length=200)),
                ('sender', models.CharField(blank=True, max_length=254)),
                ('sender_name', models.CharField(blank=True, max_length=150)),
                ('subject', models.CharField(blank=True, max_length=500)),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('outcome', models.CharField(choices=[('opened', 'Ticket opened'), ('commented', 'Added to a ticket'), ('auto_reply', 'Automatic reply, left alone'), ('machine', 'From a machine, left alone'), ('bounce', 'A mail of ours came back'), ('loop', 'Our own mail, left alone'), ('flood', 'Too many from one sender'), ('deferred', 'Waits: too many at once'), ('duplicate', 'Here already'), ('quarantined', 'In quarantine'), ('discarded', 'Discarded')], max_length=12)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('values', models.JSONField(default=dict)),
                ('person', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inbound_mails', to='records.record')),
                ('comment', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='records.comment')),
                ('opened_at', models.DateTimeField(editable=False, null=True)),
                ('raw', models.FileField(blank=True, max_length=200, upload_to=itsm.gateway.mail.models.raw_path)),
                ('tries', models.PositiveSmallIntegerField(default=1)),
            ],
            options={
                'verbose_name_plural': 'inbound mails',
                'indexes': [
                    models.Index(fields=['mailbox', '-id'], name='inbound_mail_log'),
                    models.Index(fields=['outcome', '-id'], name='inbound_mail_outcome'),
                    models.Index(fields=['key'], name='inbound_mail_key'),
                    models.Index(condition=models.Q(('message_id', ''), _negated=True), fields=['message_id'], name='inbound_mail_message_id'),
                    models.Index(fields=['sender', 'received_at'], name='inbound_mail_sender'),
                    models.Index(fields=['received_at'], name='inbound_mail_age'),
                    models.Index(condition=models.Q(('opened_at__isnull', False)), fields=['mailbox', 'opened_at'], name='inbound_mail_opened'),
                    models.Index(condition=models.Q(('outcome', 'deferred')), fields=['mailbox', 'id'], name='inbound_mail_deferred'),
                ],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('outcome', 'duplicate'), _negated=True), fields=('mailbox', 'key'), name='inbound_mail_once'),
                    models.UniqueConstraint(condition=models.Q(('uid__isnull', False)), fields=('mailbox', 'uid_validity', 'uid'), name='inbound_mail_uid_once'),
                    models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'quarantined'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='inbound_mail_says_why'),
                ],
            },
        ),
    ]
