"""Items that were there: since when they have their status, from their history; the day on which they were retired."""

from django.db import migrations

SINCE = """
UPDATE cmdb_configurationitem ci SET status_since = COALESCE(
    (SELECT max(h.valid_from) FROM cmdb_cihistory h WHERE h.item_id = ci.id AND (h.changes ? 'status' OR h.changes = '{}'::jsonb)),
    ci.created_at)
"""
RETIRED = "UPDATE cmdb_configurationitem SET retired_on = status_since::date WHERE status = 'retired'"


class Migration(migrations.Migration):
    dependencies = [("cmdb", "0013_classes_by_hand_and_runs")]
    operations = [migrations.RunSQL([SINCE, RETIRED], migrations.RunSQL.noop)]
