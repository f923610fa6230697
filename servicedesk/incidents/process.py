from django.utils.translation import gettext_lazy as _

from itsm.records.processes import Process, register

from ..majors.words import TOLD
from . import services
from .models import KIND, PREFIX, Incident
from .opening import open_incident
from .recovering import recover
from .states import LIFECYCLE

INCIDENT = register(
    Process(
        kind=KIND,
        prefix=PREFIX,
        label=_("Incident"),
        label_plural=_("Incidents"),
        lifecycle=LIFECYCLE,
        model=Incident,
        open=open_incident,
        list_url="/desk/incidents/",
        icon="alert-circle",
        comment=services.comment,
        reopen=services.reopen,
        recover=recover,
        outage=services.outage,
        told=TOLD,
    )
)
