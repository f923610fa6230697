from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.records"
    label = "records"

    def ready(self):
        from . import drifting, notifications, panels, search, waking  # noqa: F401 - they register themselves
        from .approvals import panel, telling  # noqa: F401
        from .plans import acting  # noqa: F401
        from .plans import panel as plan_panel  # noqa: F401
