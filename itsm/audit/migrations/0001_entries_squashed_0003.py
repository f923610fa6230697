"""What was done, by whom: written once, never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import itsm.core.clock
from itsm.core.tables import Tables

SQL = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit entries are append-only'; END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION audit_refuse();
"""
UNDO = "DROP TRIGGER audit_entry_append_only ON audit_entry; DROP FUNCTION audit_refuse();"


class Migration(Tables):
    initial = True
    replaces = [
        ('audit', '0001_initial'),
        ('audit', '0002_initial'),
        ('audit', '0003_append_only'),
    ]
    dependencies = [
        ('people', '0001_people_squashed_0006'),
    ]
    operations = [
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=itsm.core.clock.now, editable=False)),
                ('actor', models.ForeignKey(db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('verb', models.CharField(editable=False, max_length=60)),
                ('subject_kind', models.CharField(editable=False, max_length=30)),
                ('subject_id', models.BigIntegerField(editable=False, null=True)),
                ('subject_text', models.CharField(editable=False, max_length=200)),
                ('changes', models.JSONField(default=dict, editable=False)),
                ('data', models.JSONField(default=dict, editable=False)),
                ('request_id', models.CharField(blank=True, editable=False, max_length=64)),
            ],
            options={
                'indexes': [
                    models.Index(fields=['subject_kind', 'subject_id', 'id'], name='audit_subject'),
                    models.Index(fields=['actor', '-id'], name='audit_actor'),
                ],
            },
        ),
        migrations.RunSQL(SQL, UNDO),
    ]
