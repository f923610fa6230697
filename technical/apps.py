from django.apps import AppConfig


class Config(AppConfig):
    name = "technical"

    def ready(self):
        from .inventory import devices, netbox, writing  # noqa: F401 - formats and parts of deliveries register themselves
        from .networks import intake  # noqa: F401
