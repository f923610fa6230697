from importlib import import_module
from pkgutil import iter_modules

from django.apps import AppConfig


class Config(AppConfig):
    name = "kpis"

    def ready(self):
        from itsm.web import destinations
        from itsm.web.navigation import Entry, register

        from . import consumer, definitions, labels, registry  # noqa: F401 - the consumer registers itself with the outbox

        for module in iter_modules(definitions.__path__):
            import_module(f"{definitions.__name__}.{module.name}")
        register(Entry("kpis", labels.NAVIGATION, "/kpis/", "chart-line", "steering", "kpis.read", 10))
        for kpi in registry.KPIS:
            destinations.add(
                f"kpi-{kpi.slug}", kpi.name, f"/kpis/{kpi.slug}/", "chart-line", "kpis.read", kpi.definition
            )
