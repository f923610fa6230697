from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.records.processes import Process, register

from . import flow, services, showing
from .models import KIND, PREFIX, Request
from .opening import open_request
from .states import LIFECYCLE, REFUSE

REQUEST = register(
    Process(
        kind=KIND,
        prefix=PREFIX,
        label=pgettext_lazy("process", "Request"),
        label_plural=_("Requests"),
        lifecycle=LIFECYCLE,
        model=Request,
        open=open_request,
        list_url="/desk/requests/",
        icon="shopping-bag",
        approvals=True,
        refusal=REFUSE,
        on_approved=flow.approved,
        on_refused=flow.refused,
        on_tasks_done=flow.tasks_done,
        to_approve=showing.to_approve,
        costs=showing.costs,
        comment=services.comment,
        reopen=services.reopen,
    )
)
