"""An agent opens an incident while the caller speaks."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core import durations, now
from itsm.core.errors import DomainError
from itsm.levels.agreements import promise_for
from itsm.records import priority

from .. import once
from ..calls.console import prefill
from ..desk import affected
from ..desk.fields import teams_for
from ..desk.guard import desk_required
from . import caller, services
from .newform import NewIncidentForm

PAGE = "servicedesk/incidents/"
GRADES = ("1", "2", "3", "4")


@desk_required
@require_http_methods(["GET", "POST"])
def new(request):
    """An agent opens an incident for somebody."""
    call = prefill.call_of(request)
    initial = {"token": get_random_string(24), "requester": request.GET.get("requester", "")}
    initial |= prefill.initial(request, call, teams=teams_for(request.user) if call else ())
    form = NewIncidentForm(request.POST or None, user=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        key = once.key(request.user, "new", data.pop("token"))
        made = once.claim(key)
        if made:
            return redirect("incidents:detail", number=made)
        item, touched = data.pop("item"), data.pop("touched")
        items = list(dict.fromkeys([*([item] if item else []), *touched]))
        data["service"] = data["service"] or affected.service_of([item] if item else [], request.user)
        try:
            incident = services.open_incident(actor=request.user, items=items, **data)
        except DomainError as error:
            once.release(key)
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            once.keep(key, incident.number)
            messages.success(request, _("%(number)s is open.") % {"number": incident.number})
            on = prefill.linked(call, incident, incident.requester, actor=request.user)
            return redirect(on) if on else redirect("incidents:detail", number=incident.number)
    context = {
        "form": form, "estimate": _estimate(request.user, request.POST),
        "caller": caller.card(request.user, str(form["requester"].value() or "")),
        "call": prefill.shown(call, now()),
    }  # fmt: skip
    return render(request, PAGE + "new.html", context, status=422 if form.is_bound else 200)


@desk_required
@require_GET
def estimate(request):
    """The priority and the promises that an impact and an urgency give: read while the form is being filled."""
    return render(request, PAGE + "_estimate.html", {"estimate": _estimate(request.user, request.GET)})


def _estimate(user, data) -> dict | None:
    impact, urgency = data.get("impact") or "4", data.get("urgency") or "3"
    if user.organisation_id is None or impact not in GRADES or urgency not in GRADES:
        return None
    level = priority.compute(user.organisation_id, int(impact), int(urgency))
    own, resolve = (promise_for(user.organisation_id, level, metric).seconds for metric in ("own", "resolve"))
    return {
        "priority": level,
        "impact": impact,
        "urgency": urgency,
        "own": durations.short(own),
        "resolve": durations.short(resolve),
    }
