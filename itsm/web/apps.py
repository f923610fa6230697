from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.web"
    label = "web"

    def ready(self):
        from . import entries, palette_sources  # noqa: F401 - the shell's own entries register themselves
