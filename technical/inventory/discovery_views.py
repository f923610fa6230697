"""Pages of discoveries, for those who set the product up."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.cmdb.intake.source_views import keepers_only
from itsm.core.errors import DomainError

from . import discovering
from .discovery_forms import DiscoveryForm
from .models import Discovery

PAGE = "technical/inventory/"


def _discovery(request, pk: int) -> Discovery:
    return get_object_or_404(Discovery.objects.visible_to(request.user).select_related("source"), pk=pk)


@keepers_only
@require_GET
def listed(request):
    """Every discovery with what came of it last."""
    rows = list(Discovery.objects.visible_to(request.user).select_related("source").order_by("name"))
    return render(
        request, PAGE + "discoveries.html", {"rows": rows, "busy": any(row.state == "running" for row in rows)}
    )


@keepers_only
@require_http_methods(["GET", "POST"])
def new(request):
    return _edit(request, Discovery(), _("New discovery"))


@keepers_only
@require_http_methods(["GET", "POST"])
def discovery(request, pk):
    found = _discovery(request, pk)
    return _edit(request, found, found.name)


def _edit(request, found: Discovery, title: str):
    form = DiscoveryForm(request.POST or None, instance=found, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            discovering.save(form.instance, actor=request.user, **form.secrets())
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("Saved"))
            return redirect("inventory:discoveries")
    nothing = not form.fields["source"].queryset.exists()
    context = {"form": form, "title": title, "nothing": nothing}
    return render(request, PAGE + "discovery.html", context, status=422 if form.errors else 200)


@keepers_only
@require_POST
def start(request, pk):
    """Look now."""
    try:
        discovering.ask(_discovery(request, pk), actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect("inventory:discoveries")


@keepers_only
@require_POST
def stop(request, pk):
    """Stop after the step that is under way."""
    discovering.stop(_discovery(request, pk), actor=request.user)
    return redirect("inventory:discoveries")
