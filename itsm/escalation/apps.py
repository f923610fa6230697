from django.apps import AppConfig


class Config(AppConfig):
    name = "itsm.escalation"
    label = "escalation"

    def ready(self):
        from itsm.levels import schedule

        from . import paging, policies, rules, telling  # noqa: F401 - telling registers itself with the outbox

        schedule.provide(policies.schedule_of)
        rules.SHARED.add("page", paging.take_step)
