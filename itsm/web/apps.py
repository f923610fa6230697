from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.web"
    label = "web"

    def ready(self):
        from . import entries  # noqa: F401 - registers the shell's own entries
