from django.apps import AppConfig
from django.db.models.signals import post_migrate


def load_classes(**_):
    """After every migration the classes of the files are those of the table."""
    from . import classes

    classes.load_files()


class Config(AppConfig):
    name = "itsm.cmdb"
    label = "cmdb"

    def ready(self):
        post_migrate.connect(load_classes, sender=self, dispatch_uid="load-ci-classes")
