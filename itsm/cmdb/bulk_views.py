"""Pages about many items: change them, export them, print their labels, choose the columns of the list."""

from tempfile import SpooledTemporaryFile
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.tablefiles import csv_lines, write_xlsx
from itsm.people.scope import scope_of

from . import bulkedit, columns, exporting, labels, runs
from .bulkform import BulkForm
from .filters import ItemFilter
from .listing import found_by
from .models import ConfigurationItem
from .run_views import TYPES
from .specs import classes
from .views import readers_only

LIST = "/cmdb/"
LISTED = 20


def _back(given: str) -> str:
    """The list that they came from, and nowhere else."""
    safe = url_has_allowed_host_and_scheme(given, allowed_hosts=None) and given.split("?")[0] == LIST
    return given if safe else LIST


def _query(back: str) -> QueryDict:
    params = QueryDict(back.partition("?")[2], mutable=True)
    params.pop("cursor", None)
    return params


def _chosen(request, back: str) -> list[int]:
    """The ids that were ticked, or all of the list, at most `bulkedit.MOST`."""
    if request.POST.get("all") == "yes":
        _found, rows = found_by(request.user, _query(back))
        return list(rows.order_by("pk").values_list("pk", flat=True)[: bulkedit.MOST])
    given = [int(each) for each in request.POST.getlist("item") if each.isdecimal() and len(each) < 18]
    return given[: labels.MOST]


@readers_only
@require_POST
def bulk(request):
    """What to do with the chosen items: print their labels, or the one question before they change."""
    back = _back(request.POST.get("back", ""))
    ids = _chosen(request, back)
    if not ids:
        messages.error(request, _("Choose at least one item."))
        return redirect(back)
    if request.POST.get("act") == "labels":
        return redirect(f"/cmdb/labels/?{urlencode([('item', pk) for pk in ids[: labels.MOST]])}")
    if not scope_of(request.user).may("cmdb.edit"):
        raise Http404
    rows = ConfigurationItem.objects.editable_by(request.user).filter(pk__in=ids)
    found = list(rows.order_by("sort_key", "id").values("id", "name", "ci_class"))
    if not found:
        messages.error(request, _("You may change none of the chosen items."))
        return redirect(back)
    sure = "sure" in request.POST
    form = BulkForm(request.POST if sure else None, codes=[row["ci_class"] for row in found], reader=request.user)
    if sure and form.is_valid():
        run = bulkedit.begin(
            [row["id"] for row in found], form.values(), actor=request.user, reason=form.cleaned_data["reason"],
            token=request.POST.get("token", "")[:40] or get_random_string(24), language=get_language() or "", back=back,
        )  # fmt: skip
        if not run.done:
            runs.start(run)
        return redirect("cmdb:run", pk=run.pk)
    whole = request.POST.get("all") == "yes"
    total = found_by(request.user, _query(back))[1].order_by()[: bulkedit.MOST + 1].count() if not whole else len(found)
    context = {
        "form": form, "found": found[:LISTED], "n": len(found), "more": max(0, len(found) - LISTED), "back": back, "whole": whole,
        "ids": [] if whole else [row["id"] for row in found], "left_out": len(set(ids)) - len(found), "most": bulkedit.MOST,
        "others": total if total > len(found) else 0, "token": request.POST.get("token") or get_random_string(24),
    }  # fmt: skip
    return render(request, "itsm_cmdb/bulk.html", context, status=422 if sure else 200)


@readers_only
@require_GET
def export(request):
    """The list of this address as CSV or XLSX; a long one is written by a worker."""
    form = request.GET.get("format", "csv")
    params = request.GET.copy()
    for name in ("cursor", "format"):
        params.pop(name, None)
    if form not in exporting.FORMATS or not ItemFilter(params).is_valid():
        messages.error(request, _("There is nothing to export at this address."))
        return redirect(LIST)
    total = found_by(request.user, params)[1].order_by().count()
    if total > exporting.AT_ONCE:
        back = f"{LIST}?{params.urlencode()}"
        run = exporting.begin(request.user, params, form, total=total, language=get_language() or "", back=back)
        runs.start(run)
        return redirect("cmdb:run", pk=run.pk)
    rows = exporting.rows(request.user, params)
    if form == "csv":
        response = StreamingHttpResponse(csv_lines(rows), content_type=TYPES["csv"])
        response["Content-Disposition"] = 'attachment; filename="items.csv"'
        return response
    file = SpooledTemporaryFile(max_size=2**20)  # noqa: SIM115 - the response closes it
    write_xlsx(file, rows, title=_("Items"))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="items.xlsx", content_type=TYPES["xlsx"])


@readers_only
@require_GET
def print_labels(request):
    """A page to print: one label an item."""
    ids = [int(each) for each in request.GET.getlist("item") if each.isdecimal() and len(each) < 18][: labels.MOST]
    names = ("id", "key", "name", "ci_class", "asset_tag", "serial")
    rows = (
        ConfigurationItem.objects.visible_to(request.user).filter(pk__in=ids).order_by("sort_key", "id").values(*names)
    )
    known, size = classes.get(), request.GET.get("size", "medium")
    found = [
        row | {
            "code": labels.code(request.build_absolute_uri(f"/cmdb/{row['id']}/")),
            "class": known[row["ci_class"]].name if row["ci_class"] in known else "",
        }
        for row in rows
    ]  # fmt: skip
    sizes = [("small", _("Small")), ("medium", _("Medium")), ("large", _("Large"))]
    context = {"labels": found, "size": size if size in labels.SIZES else "medium", "sizes": sizes, "ids": ids}
    return render(request, "itsm_cmdb/labels.html", context)


@readers_only
@require_http_methods(["GET", "POST"])
def choose_columns(request):
    """Which columns the list of a class shows, for the person."""
    back = _back(request.POST.get("back") or request.GET.get("back", ""))
    given = request.POST.get("class") if request.method == "POST" else request.GET.get("class", "")
    spec = classes.get().get(given or "")
    code = spec.code if spec else ""
    if request.method == "POST":
        columns.choose(request.user, code, [] if request.POST.get("act") == "reset" else request.POST.getlist("column"))
        return redirect(back)
    chosen = columns.shown(request.user, "", spec)
    offered = [{"key": key, "label": label, "on": key in chosen} for key, label in columns.offered(spec).items()]
    context = {"offered": offered, "spec": spec, "back": back, "most": columns.MOST}
    return render(request, "itsm_cmdb/columns.html", context)
