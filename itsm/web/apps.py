from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.web"
    label = "web"

    def ready(self):
        from . import entries, palette_sources  # noqa: F401 - the shell's own entries register themselves
        from .service_levels import servicepanel  # noqa: F401 - and what it shows on pages of services
