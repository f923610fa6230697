"""The health page, and what sources say of one item."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itsm.core.errors import DomainError
from itsm.core.numbers import version_of, whole
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from ..models import ConfigurationItem
from ..views import editable, readers_only
from . import corrections, curve
from .health import days, health
from .pages import health_rows, source_rows, total_rows
from .panel import trust_of_item

PAGE = "itsm_cmdb/trust/"


@readers_only
@require_GET
def overview(request):
    """Totals, by class, by team, by source; each number leads to the items behind it."""
    scope, known = scope_of(request.user), directory.get()
    reached = [o for o in known.organisations.values() if scope.everything or o.pk in scope.organisations]
    within = request.GET.get("within", "")
    if within not in {o.code for o in reached}:
        within = ""
    found = health(request.user, within)
    line = days(scope, within)
    context = {
        "health": found, "within": within, "organisations": reached, "totals": total_rows(found.total, within),
        "tables": [
            {"title": _("By class"), "first": _("Class"), "rows": health_rows(found.classes, within, "ci_class")},
            {"title": _("By team"), "first": _("Team"), "rows": health_rows(found.teams, within, "support_team")},
        ],
        "sources": source_rows(found.sources, within), "curve": curve.draw(line), "days": curve.table(line),
    }  # fmt: skip
    return render(request, PAGE + "health.html", context)


@readers_only
@require_GET
def of_item(request, pk):
    """How far one item can be believed: a part of its page, or a page of its own."""
    rows = ConfigurationItem.objects.visible_to(request.user).select_related("service")
    found = get_object_or_404(rows, pk=pk)
    context = trust_of_item(request.user, found)
    return render(request, PAGE + ("_item_panel.html" if request.htmx else "item.html"), context)


@readers_only
@require_POST
def take(request, pk):
    """Believe another source on one field, or settle that what stands is right: by one press."""
    found = editable(request, pk)
    source, version = whole(request.POST.get("source")), version_of(request.POST.get("version"))
    field = request.POST.get("field", "")
    try:
        if request.POST.get("keep"):
            corrections.keep(found.pk, field, actor=request.user, version=version)
        else:
            corrections.take(found.pk, field, source or 0, actor=request.user, version=version)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Written. The history says so."))
    return redirect(found.get_absolute_url() + "#trust")
