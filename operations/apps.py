from django.apps import AppConfig


class Config(AppConfig):
    name = "operations"

    def ready(self):
        from . import entries  # noqa: F401 - its lines of the navigation
        from .control.runbooks import panels as runbook_panels  # noqa: F401 - what an item's page shows
        from .control.scheduling import card as plan_card  # noqa: F401 - its part of the page of operations
        from .control.scheduling import panels as job_panels  # noqa: F401
