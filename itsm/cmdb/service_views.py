"""Pages of services: the list, and what a service has beside its item."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core.errors import DomainError, StaleVersion

from . import itempage, services
from .service_form import ServiceForm, may_be_service
from .servicelist import MOST, SHOWN, service_list
from .views import editable, readers_only


@readers_only
@require_GET
def listed(request):
    """Services: how each does, how it did this month, for whom, and who answers for it."""
    found = service_list(request.user, request.GET)
    context = {"list": found, "most": MOST, "shown": SHOWN}
    return render(request, "itsm_cmdb/services.html", context, status=422 if found.unknown else 200)


@readers_only
@require_http_methods(["GET", "POST"])
def change(request, pk):
    """What was agreed about a service, and where it is in its life; or make an item one."""
    item = editable(request, pk)
    if item.status == item.Status.RETIRED:
        raise Http404
    service = itempage.service(pk)
    if service is None and not may_be_service(item):
        raise Http404
    form = ServiceForm(request.POST or None, reader=request.user, service=service, version=item.version)
    status, newer = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save(request, item, service, form)
            except StaleVersion:
                status, newer = 409, itempage.history(pk, 1)
                form.data = form.data.copy()
                form.data["version"] = item.version
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, _("Saved"))
                return redirect(item)
    context = {"form": form, "item": item, "service": service, "newer": newer}
    return render(request, "itsm_cmdb/service_form.html", context, status=status)


def _save(request, item, service, form: ServiceForm) -> None:
    reason = form.cleaned_data["reason"]
    if service is None:
        services.offer_service(item, actor=request.user, reason=reason, **form.values())
    else:
        version = form.cleaned_data["version"]
        services.update_service(item.pk, actor=request.user, version=version, reason=reason, **form.values())
