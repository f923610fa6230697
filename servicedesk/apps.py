from django.apps import AppConfig


class Config(AppConfig):
    name = "servicedesk"

    def ready(self):
        from itsm.escalation import paging, rules, silence, waking

        from . import entries, shortcuts  # noqa: F401 - its lines of the navigation, its keys
        from .access import desk as access_desk  # noqa: F401
        from .access import panel as access_panel  # noqa: F401
        from .access import process as access_process  # noqa: F401
        from .access import steps as access_steps  # noqa: F401
        from .access import telling as access_telling  # noqa: F401
        from .calls import webhooks as call_webhooks  # noqa: F401 - what other programs are told of calls
        from .calls.book import panels as call_panels  # noqa: F401 - beside records and people, where numbers lead
        from .calls.campaigns import entries as campaign_entries  # noqa: F401 - the tab of calls in mass
        from .calls.console import entries as call_entries  # noqa: F401 - the switchboard's line, tab and counter
        from .calls.cti import door
        from .calls.switchboard import entries as switchboard_entries  # noqa: F401 - its tab
        from .calls.switchboard import wiring  # noqa: F401 - decides where calls go, and who is rung
        from .calls.wallboard import entries as wall_entries  # noqa: F401 - its tab
        from .catalogue import finding, telling  # noqa: F401 - a source of the search, who is told of a basket
        from .desk import clockwork, desks
        from .desk import silence as desk_silence
        from .incidents import desk, majors, process  # noqa: F401 - the list and the strip register themselves
        from .majors import calling as major_calling  # noqa: F401 - callers of a major incident
        from .majors import consumer as major_consumer  # noqa: F401 - what happens to records
        from .majors import telling as major_telling  # noqa: F401 - managers learn of a proposal
        from .majors import webhooks as major_webhooks  # noqa: F401 - what other programs are told of them
        from .requests import desk as request_desk  # noqa: F401
        from .requests import panel as request_panel  # noqa: F401
        from .requests import process as request_process  # noqa: F401
        from .requests import telling as request_telling  # noqa: F401
        from .surveys import consumer  # noqa: F401 - registers itself with the outbox

        door.register()
        for kind in desks.kinds():
            rules.on_step(kind, clockwork.take_step)
            silence.ACTS.add(kind, silence.Acts(desk_silence.remind, desk_silence.give_up))
            paging.TAKERS.add(kind, clockwork.take_in_charge)
            waking.WAKERS.add(kind, clockwork.wake)
