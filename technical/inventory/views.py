"""Pages of the inventory: programs, who has which version, what is on one machine, and the agents that tell."""

from datetime import timedelta
from itertools import chain

from django.db.models import Exists, OuterRef
from django.http import StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itsm.cmdb.models import ConfigurationItem
from itsm.cmdb.views import readers_only
from itsm.core import now
from itsm.core.paging import keyset_page
from itsm.core.tablefiles import csv_lines

from . import listing
from .models import Agent, Installation, Software

PAGE = "technical/inventory/"


@readers_only
@require_GET
def programs(request):
    """Programs by name, with the number of machines."""
    words = request.GET.get("q", "")[:200]
    page = listing.programs(request.user, words, request.GET.get("cursor"))
    return render(request, PAGE + "programs.html", {"page": page, "rows": page.rows, "words": words})


@readers_only
@require_GET
def program(request, pk):
    """The versions of a program; each leads to who has it."""
    there = Installation.objects.visible_to(request.user).filter(software=OuterRef("pk"))
    found = get_object_or_404(Software.objects.filter(Exists(there)), pk=pk)
    rows = listing.versions(request.user, found)
    return render(request, PAGE + "program.html", {"software": found, "versions": rows})


@readers_only
@require_GET
def installed(request):
    """Who has it: by words, a version, or older than a version."""
    found = listing.installed(request.user, request.GET)
    context = {"list": found, "rows": found.page.rows, "form": found.filter.form}
    return render(request, PAGE + "installed.html", context, status=200 if found.filter.is_valid() else 422)


@readers_only
@require_GET
def installed_table(request):
    """The same as a table to be saved."""
    found = listing.installed(request.user, request.GET, size=1)
    rows = found.filter.qs if found.filter.is_valid() and found.active else found.filter.queryset.none()
    heading = [
        _("Item"),
        _("Key"),
        _("Serial number"),
        _("Program"),
        _("Publisher"),
        _("Version"),
        _("Architecture"),
        _("Since"),
    ]
    lines = csv_lines(chain([heading], listing.lines_of(rows)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="software.csv"'
    return response


@readers_only
@require_GET
def on_item(request, pk):
    """What is installed on one machine, and what went."""
    item = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    words = request.GET.get("q", "")[:200]
    page = listing.on_item(item, words, request.GET.get("cursor"))
    context = {"item": item, "page": page, "rows": page.rows, "words": words, "gone": listing.gone_lately(item)}
    return render(request, PAGE + "on_item.html", context)


@readers_only
@require_GET
def agents(request):
    """Agents by when they were heard of last; those that are silent too long are told apart."""
    items = ConfigurationItem.objects.visible_to(request.user)
    rows = Agent.objects.filter(item__in=items).select_related("item", "source")
    page = keyset_page(rows, ordering=("-contact_at", "-id"), cursor=request.GET.get("cursor"), size=listing.SIZE)
    at = now()
    for row in page.rows:
        row.is_silent = row.contact_at < at - timedelta(days=row.source.stale_days)
    return render(request, PAGE + "agents.html", {"page": page, "rows": page.rows})
