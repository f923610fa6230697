from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.core"
    label = "core"

    def ready(self):
        from . import checks, reachable  # noqa: F401 - checks register themselves

        reachable.guard()
