"""An agent takes a request down: in free words, or from the catalogue for the person who asks."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itsm.core import now
from itsm.core.errors import DomainError

from .. import once
from ..calls.console import prefill
from ..desk.fields import teams_for
from ..desk.guard import desk_required
from . import services
from .forms import NewRequestForm

PAGE = "servicedesk/requests/"


@desk_required
@require_http_methods(["GET", "POST"])
def new(request):
    """Open a request for somebody; with an answer it is resolved at once."""
    initial = {"token": get_random_string(24), "requester": request.GET.get("requester", "").replace("\x00", "")[:150]}
    call = prefill.call_of(request)
    initial |= prefill.initial(request, call, teams=teams_for(request.user) if call else ())
    form = NewRequestForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        key = once.key(request.user, "new-request", data.pop("token"))
        made = once.claim(key)
        if made:
            return redirect("requests:detail", number=made)
        try:
            opened = services.open_request(actor=request.user, **data)
        except DomainError as error:
            once.release(key)
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            once.keep(key, opened.number)
            said = _("%(number)s is answered.") if data["answer"].strip() else _("%(number)s is open.")
            messages.success(request, said % {"number": opened.number})
            on = prefill.linked(call, opened, opened.requester, actor=request.user)
            return redirect(on) if on else redirect("requests:detail", number=opened.number)
    login = str(form["requester"].value() or "").split(" ")[0]
    known = form.fields["requester"].people.filter(username__iexact=login).first() if login else None
    context = {"form": form, "person": known, "call": prefill.shown(call, now())}
    return render(request, PAGE + "new.html", context, status=422 if form.is_bound else 200)
