from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.core"
    label = "core"

    def ready(self):
        from . import reachable

        reachable.guard()
