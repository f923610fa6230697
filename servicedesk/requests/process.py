from django.utils.translation import gettext_lazy as _

from itsm.records.processes import Process, register

from .models import KIND, PREFIX, Request
from .opening import open_request
from .states import LIFECYCLE

REQUEST = register(
    Process(
        kind=KIND,
        prefix=PREFIX,
        label=_("Request"),
        label_plural=_("Requests"),
        lifecycle=LIFECYCLE,
        model=Request,
        open=open_request,
        list_url="/desk/requests/",
        icon="shopping-bag",
        approvals=True,
    )
)
