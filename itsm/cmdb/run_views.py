"""Long work as a person sees it: how far it is, what became of each item, stop, go on, take the file."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from . import runs, tasks
from .models import ConfigurationItem, ItemRun

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def _run(request, pk) -> ItemRun:
    """One's own, or any for administrators; a run shows its items to nobody who may not read items."""
    scope = scope_of(request.user)
    found = ItemRun.objects.filter(pk=pk).first()
    if found is None or not scope.may("cmdb.read"):
        raise Http404
    if found.actor_id != request.user.pk and not (scope.may("settings.manage") and found.kind == ItemRun.Kind.CLASSES):
        raise Http404
    return found


@login_required
@require_GET
def run(request, pk):
    """The page asks again by itself until it is over."""
    found = _run(request, pk)
    page = keyset_page(found.rows.all(), ordering=("id",), cursor=request.GET.get("cursor"), size=100)
    visible = ConfigurationItem.objects.visible_to(request.user).filter(pk__in=[row.item_id for row in page.rows])
    names = dict(visible.values_list("pk", "name"))
    rows = [{"row": row, "name": names[row.item_id]} for row in page.rows if row.item_id in names]
    context = {"run": found, "rows": rows, "page": page, "hidden": len(page.rows) - len(rows)}
    return render(request, "itsm_cmdb/runs/_run.html" if request.htmx else "itsm_cmdb/runs/run.html", context)


@login_required
@require_POST
def stop(request, pk):
    """After the chunk that is at work."""
    runs.stop(_run(request, pk).pk, actor=request.user)
    return redirect("cmdb:run", pk=pk)


@login_required
@require_POST
def resume(request, pk):
    """Go on where it stopped."""
    found = runs.resume(_run(request, pk).pk, actor=request.user)
    tasks.go_on_with_runs.delay_on_commit(str(found.pk))
    return redirect("cmdb:run", pk=pk)


@login_required
@require_GET
def file(request, pk):
    """The file of an export, for the one who asked for it."""
    found = _run(request, pk)
    path = runs.folder() / found.file if found.file else None
    if path is None or not found.finished_at or not path.is_file():
        raise Http404
    name = f"items.{path.suffix[1:]}"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=TYPES[path.suffix[1:]])
