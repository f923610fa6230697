from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

CONFIGURATIONS = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_ts_config WHERE cfgname = 'vigie_{code}') THEN
    CREATE TEXT SEARCH CONFIGURATION vigie_{code} (COPY = {language});
    ALTER TEXT SEARCH CONFIGURATION vigie_{code}
      ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {stem};
  END IF;
END $$;
"""


class Migration(migrations.Migration):
    initial = True
    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        BtreeGistExtension(),
        migrations.RunSQL(
            CONFIGURATIONS.format(code="fr", language="french", stem="french_stem"),
            "DROP TEXT SEARCH CONFIGURATION IF EXISTS vigie_fr",
        ),
        migrations.RunSQL(
            CONFIGURATIONS.format(code="en", language="english", stem="english_stem"),
            "DROP TEXT SEARCH CONFIGURATION IF EXISTS vigie_en",
        ),
    ]
