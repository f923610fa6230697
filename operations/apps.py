from django.apps import AppConfig


class Config(AppConfig):
    name = "operations"

    def ready(self):
        from . import entries  # noqa: F401 - its lines of the navigation
        from .control.backups import door as backups_door  # noqa: F401 - what comes in registers itself
        from .control.backups import panels as backups_panels  # noqa: F401 - what an item's page shows
