"""Outages by hand: keepers of items open, plan, tell, close and call off. The rules stand in `outages`."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError

from . import services
from .models import ConfigurationItem, Outage
from .outage_forms import OutageForm, ToldForm

TOLD = ("expected_at", "public_fr", "public_en")


def _editable(request, pk: int) -> ConfigurationItem:
    return get_object_or_404(ConfigurationItem.objects.editable_by(request.user).in_use(), pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def new(request, pk):
    """Report an outage, plan one, or write down one that is over."""
    item = _editable(request, pk)
    form = OutageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.open_outage(item, actor=request.user, **form.values())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The outage is recorded."))
            return redirect(item)
    context = {"form": form, "item": item}
    return render(request, "itsm_cmdb/outage_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def change(request, pk, outage):
    """What users are told; and the way to its end."""
    item = _editable(request, pk)
    row = get_object_or_404(Outage, pk=outage, item=item)
    form = ToldForm(request.POST or None, initial={name: getattr(row, name) for name in TOLD})
    if request.method == "POST" and form.is_valid():
        services.tell_outage(row.pk, actor=request.user, **form.cleaned_data)
        messages.success(request, _("Users now read this."))
        return redirect(item)
    at = now()
    context = {
        "form": form, "item": item, "outage": row, "begun": row.starts_at <= at, "over": bool(row.ends_at and row.ends_at <= at),
    }  # fmt: skip
    return render(request, "itsm_cmdb/outage_form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def close(request, pk, outage):
    """It works again."""
    item = _editable(request, pk)
    row = get_object_or_404(Outage, pk=outage, item=item)
    services.close_outage(row.pk, actor=request.user)
    messages.success(request, _("“%(name)s” works again.") % {"name": item.name})
    return redirect(item)


@login_required
@require_POST
def cancel(request, pk, outage):
    """Planned, and does not take place."""
    item = _editable(request, pk)
    row = get_object_or_404(Outage, pk=outage, item=item)
    services.cancel_outage(row.pk, actor=request.user)
    messages.success(request, _("The maintenance is called off."))
    return redirect(item)
