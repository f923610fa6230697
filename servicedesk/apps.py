from django.apps import AppConfig


class Config(AppConfig):
    name = "servicedesk"

    def ready(self):
        from itsm.escalation import rules, waking

        from . import entries  # noqa: F401 - registers its lines of the navigation
        from .incidents import clockwork, process
        from .surveys import consumer  # noqa: F401 - registers itself with the outbox

        rules.on_step(process.INCIDENT.kind, clockwork.take_step)
        waking.WAKERS.add(process.INCIDENT.kind, clockwork.wake)
