"""What is looked at before a database is migrated."""

from django.core.checks import Error, Tags, register
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@register(Tags.database)
def stands_at_a_version(app_configs, databases=None, **_):
    """Some of the migrations that one file replaces were applied and some not: nothing here leads on from there.

    Django alone passes over such a file without a word. The last file of an application replaces its first and its last
    migration of before, so that every database in between has one of them and lacks the other.
    """
    found = []
    files = MigrationLoader(None, ignore_no_migrations=True).disk_migrations if databases else {}
    for alias in databases or ():
        applied = MigrationRecorder(connections[alias]).applied_migrations()
        for (label, name), migration in files.items():
            lacking = [each for _label, each in migration.replaces if (label, each) not in applied]
            if lacking and len(lacking) < len(migration.replaces):
                found.append(
                    Error(
                        f"The database {alias!r} was made by an earlier version and never brought to its end: {label} lacks "
                        f"{', '.join(lacking)}, which {label}.{name} replaces.",
                        hint="Migrate it with the last version that has these files first (docs/how-to/deploy.md, Update).",
                        id="core.E001",
                    )
                )
    return found
