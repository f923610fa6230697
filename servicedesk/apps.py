from django.apps import AppConfig


class Config(AppConfig):
    name = "servicedesk"

    def ready(self):
        from itsm.escalation import paging, rules, silence, waking

        from . import entries, shortcuts  # noqa: F401 - its lines of the navigation, its keys
        from .incidents import clockwork, majors, process  # noqa: F401 - lists and the strip register themselves
        from .incidents import silence as incident_silence
        from .surveys import consumer  # noqa: F401 - registers itself with the outbox

        rules.on_step(process.INCIDENT.kind, clockwork.take_step)
        silence.ACTS.add(process.INCIDENT.kind, silence.Acts(incident_silence.remind, incident_silence.give_up))
        paging.TAKERS.add(process.INCIDENT.kind, clockwork.take_in_charge)
        waking.WAKERS.add(process.INCIDENT.kind, clockwork.wake)
