from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.planning"
    label = "planning"

    def ready(self):
        from . import panels  # noqa: F401 - what an item's page shows
