from django.utils.translation import gettext_lazy as _

from itsm.records.processes import Process, register

from . import flow, words
from .models import KIND, PREFIX, Access
from .opening import open_access
from .states import LIFECYCLE, REFUSE
from .words import TOLD

ACCESS = register(
    Process(
        kind=KIND,
        prefix=PREFIX,
        label=_("Access"),
        label_plural=_("Accesses"),
        lifecycle=LIFECYCLE,
        model=Access,
        open=open_access,
        list_url="/desk/access/",
        icon="key",
        approvals=True,
        refusal=REFUSE,
        on_approved=flow.approved,
        on_refused=flow.refused,
        on_tasks_done=flow.tasks_done,
        told=TOLD,
        to_approve=words.to_approve,
    )
)
