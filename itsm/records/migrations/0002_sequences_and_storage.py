from django.db import migrations

PREFIXES = ["inc", "req", "prb", "chg", "rel", "acc", "imp", "cal", "alr", "ctr", "exe"]


class Migration(migrations.Migration):
    dependencies = [("records", "0001_initial")]
    operations = [
        *[
            migrations.RunSQL(f"CREATE SEQUENCE number_{prefix}", f"DROP SEQUENCE number_{prefix}")
            for prefix in PREFIXES
        ],
        migrations.RunSQL(
            "ALTER TABLE records_record SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02,"
            " autovacuum_analyze_scale_factor = 0.02)",
            "ALTER TABLE records_record RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_analyze_scale_factor)",
        ),
        migrations.RunSQL(
            "CREATE INDEX record_search_public ON records_recordsearch USING gin (public)"
            " WITH (fastupdate = on, gin_pending_list_limit = 1024)",
            "DROP INDEX record_search_public",
        ),
        migrations.RunSQL(
            "CREATE INDEX record_search_internal ON records_recordsearch USING gin (internal)"
            " WITH (fastupdate = on, gin_pending_list_limit = 1024)",
            "DROP INDEX record_search_internal",
        ),
        migrations.RunSQL(
            "CREATE INDEX lexeme_trigram ON records_lexeme USING gin (word gin_trgm_ops)", "DROP INDEX lexeme_trigram"
        ),
    ]
