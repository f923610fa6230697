from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.events"
    label = "events"

    def ready(self):
        from . import panels  # noqa: F401 - the panel registers itself
