"""What is there already gets its identifiers, and people their place among the sources. Serials and tags only: the rest follows."""

from django.db import migrations

BATCH = 2000
SERIALS = """
INSERT INTO cmdb_identifier (item_id, kind, value)
SELECT id, %s, lower(regexp_replace(btrim({column}), '\\s+', ' ', 'g')) FROM cmdb_configurationitem
WHERE length(regexp_replace({column}, '[\\s_-]', '', 'g')) > 2 AND id > %s AND id <= %s ON CONFLICT DO NOTHING
"""


def fill(apps, schema_editor):
    apps.get_model("cmdb", "DataSource").objects.get_or_create(code="hand", defaults={"name": "Saisie", "rank": 10})
    item = apps.get_model("cmdb", "ConfigurationItem")
    last = item.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with schema_editor.connection.cursor() as cursor:
        for start in range(0, last, BATCH):
            for column in ("serial", "asset_tag"):
                cursor.execute(SERIALS.format(column=column), [column, start, start + BATCH])


class Migration(migrations.Migration):
    dependencies = [("cmdb", "0010_add_intake")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
