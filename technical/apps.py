from django.apps import AppConfig


class Config(AppConfig):
    name = "technical"

    def ready(self):
        from . import entries  # noqa: F401 - its lines of the navigation
        from .inventory import devices, door, netbox, writing  # noqa: F401 - formats and parts of deliveries register themselves
        from .inventory import panels as inventory_panels  # noqa: F401
        from .networks import (
            intake,  # noqa: F401 - how deliveries write them
            panels,  # noqa: F401 - what an item's page shows
        )
