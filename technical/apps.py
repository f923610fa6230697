from django.apps import AppConfig


class Config(AppConfig):
    name = "technical"

    def ready(self):
        from . import entries  # noqa: F401 - its lines of the navigation
        from .networks import panels  # noqa: F401 - what an item's page shows
