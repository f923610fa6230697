from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.gateway"
    label = "gateway"

    def ready(self):
        from .events import receiving
        from .mail import threading
        from .webhooks import policies, queueing, steps  # noqa: F401 - the consumer registers itself with the outbox

        policies.register()
        receiving.register()
        steps.register()
        threading.register()
