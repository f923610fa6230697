from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


def load_classes(*, using, **_):
    """After every migration the classes of the files are those of the table (unless the migration took it away)."""
    from . import classes
    from .models import CIClass

    if CIClass._meta.db_table in connections[using].introspection.table_names():
        classes.load_files()


class Config(AppConfig):
    name = "itsm.cmdb"
    label = "cmdb"

    def ready(self):
        from .intake import places, tables  # noqa: F401 - formats and tables register themselves

        post_migrate.connect(load_classes, sender=self, dispatch_uid="load-ci-classes")
