from django.db import migrations

# Which contract counted said whom the record waits for.
FILL = """UPDATE records_record r SET hold_supplier_id = a.supplier_id
  FROM levels_clock c JOIN levels_agreement a ON a.id = c.agreement_id
  WHERE c.record_id = r.id AND c.kind = 'uc' AND c.state IN ('running', 'paused') AND r.phase = 'waiting'"""


class Migration(migrations.Migration):
    """Waits that stand keep the contract that counts."""

    dependencies = [("records", "0014_supplier_of_a_wait"), ("levels", "0006_clocks_that_wait_for_approval")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
