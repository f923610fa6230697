"""Pages of imports: send a file, say what its columns are, look at what would happen, confirm, watch, settle what is unclear."""

from pathlib import Path

from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.core.tablefiles import csv_lines
from itsm.people.scope import scope_of

from ..classes import classes
from ..models import ConfigurationItem, DataSource, IntakeRow, IntakeRun
from . import reading, reasons, rowwords, runs, tables, uploads
from .forms import LARGEST_FILE, FileForm, MappingForm, suffixes
from .kinds import FORMATS

PAGE = "itsm_cmdb/imports/"
ROWS = 50


def editors_only(view):
    """Sign-in and the right to change items; without it the page does not exist."""
    from ..views import readers_only

    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).may("cmdb.edit"):
            raise Http404
        return view(request, *args, **kwargs)

    return readers_only(guarded)


def _run(request, pk: int) -> IntakeRun:
    rows = IntakeRun.objects.visible_to(request.user).select_related("source", "started_by")
    return get_object_or_404(rows, pk=pk)


@editors_only
@require_GET
def listed(request):
    """What came in, newest first."""
    rows = IntakeRun.objects.visible_to(request.user).select_related("source", "started_by")
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=ROWS)
    sources = DataSource.objects.visible_to(request.user).of_files().exists()
    return render(request, PAGE + "list.html", {"page": page, "runs": page.rows, "sources": sources})


@editors_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Send a file. What is sent is held while the form is corrected: a refusal asks for no second upload."""
    held = uploads.held(request.POST.get("held", ""), request.user)
    sent = request.FILES.get("file")
    if sent and sent.size <= LARGEST_FILE and Path(sent.name).suffix.lower() in suffixes():
        held = uploads.hold(sent, request.user)
    form = FileForm(request.POST or None, request.FILES or None, reader=request.user, held=held)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        kind = FORMATS.get(data["format"])
        options = {"full": data["full"] or kind.full, "class": data["ci_class"]}
        with uploads.opened(held.kept) as path:
            try:
                run = reading.begin(
                    actor=request.user, source=data["source"], format=kind.code, name=held.name, path=path, options=options,
                    file=held.kept,
                )  # fmt: skip
            except DomainError as error:
                form.add_error(error.field, str(error.message))
            else:
                if kind.is_mapped:
                    return redirect("cmdb:import_columns", pk=run.pk)
                reading.ask_to_read(run)
                return redirect(run)
    context = {"form": form, "held": held, "nothing": not form.fields["source"].queryset.exists()}
    return render(request, PAGE + "new.html", context, status=422 if form.errors else 200)


@editors_only
@require_http_methods(["GET", "POST"])
def columns(request, pk):
    """What each column of a table becomes."""
    run = _run(request, pk)
    if run.state not in ("reading", "ready", "failed") or not FORMATS.get(run.format).is_mapped:
        return redirect(run)
    try:
        with uploads.opened(run.file) as path:
            names, samples = tables.headings(path)
            specs = tables.classes_in(path)
    except (DomainError, OSError, UnicodeError) as error:
        reading.fail(run, error)
        return redirect(run)
    if run.options["class"] and run.options["class"] not in classes.get():
        reading.fail(run, DomainError(_("Its class is not there any more.")))
        return redirect(run)
    chosen = run.options.get("columns")
    named = classes.get().get(run.options["class"])
    specs = [named, *(spec for spec in specs if spec != named)] if named else specs
    form = MappingForm(request.POST or None, headings=names, specs=specs, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        reading.map_columns(run, form.columns(), actor=request.user)
        return redirect(run)
    lines = [(form[f"c{n}"], [line[n] if n < len(line) else "" for line in samples]) for n in range(len(names))]
    context = {"run": run, "form": form, "lines": lines}
    return render(request, PAGE + "columns.html", context, status=422 if form.errors else 200)


@editors_only
@require_GET
def run(request, pk):
    """Where a run stands and what becomes of its rows; the head alone for who asks again."""
    found = _run(request, pk)
    if found.state == "reading" and FORMATS.get(found.format).is_mapped and "columns" not in found.options:
        return redirect("cmdb:import_columns", pk=pk)
    counted = runs.counts(found)
    shown = request.GET.get("only", "")
    context = {
        "run": found,
        "counts": counted,
        "share": runs.share(found),
        "open": runs.chosen_rows(found),
        "tabs": rowwords.tabs(found, counted, shown),
    }
    if request.htmx and request.headers.get("HX-Target") == "run":
        return render(request, PAGE + "_head.html", context)
    rows = IntakeRow.objects.filter(run=found).select_related("item")
    if shown in IntakeRow.Decision.values:
        rows = rows.filter(decision=shown)
    page = keyset_page(rows, ordering=("number",), cursor=request.GET.get("cursor"), size=ROWS)
    context |= {
        "page": page,
        "rows": rowwords.lines(page.rows, request.user),
        "may_choose": found.state in ("ready", "stopped", "done"),
    }
    return render(request, PAGE + "run.html", context)


@editors_only
@require_POST
def start(request, pk):
    """Confirm a run, or go on with one that was stopped."""
    found = _run(request, pk)
    try:
        runs.confirm(found, actor=request.user, in_spite=bool(request.POST.get("in_spite")))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect(found)


@editors_only
@require_POST
def stop(request, pk):
    """Stop a run after the batch that is under way."""
    found = _run(request, pk)
    runs.stop(found, actor=request.user)
    return redirect(found)


@editors_only
@require_POST
def remove(request, pk):
    """Take an import out of the list that changed nothing."""
    found = _run(request, pk)
    try:
        runs.remove(found, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect(found)
    messages.success(request, _("The import “%(name)s” is removed.") % {"name": found.name})
    return redirect("cmdb:imports")


@editors_only
@require_POST
def choose(request, pk, row):
    """Which item a row means; 0 a new one, nothing to leave it out."""
    found = _run(request, pk)
    line = get_object_or_404(IntakeRow, pk=row, run=found)
    answer = request.POST.get("item", "")
    item = None if answer == "skip" else whole(answer)
    if item is None and answer != "skip":
        messages.error(request, _("Choose an item, a new one, or to leave the row out."))
        return redirect(f"{found.get_absolute_url()}?only=ambiguous")
    if item and not ConfigurationItem.objects.editable_by(request.user).filter(pk=item).exists():
        raise Http404
    try:
        runs.choose(line, actor=request.user, item=item)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Row %(number)s is settled. It is done with the import.") % {"number": line.number})
    return redirect(f"{found.get_absolute_url()}?only=ambiguous")


@editors_only
@require_GET
def rejects(request, pk):
    """The rows that did not come in, as a table, each with its reason."""
    found = _run(request, pk)
    rows = IntakeRow.objects.filter(run=found, decision__in=["reject", "ambiguous"]).order_by("number")
    response = StreamingHttpResponse(csv_lines(_lines(rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slugify(found.name) or "import"}-{found.pk}.csv"'
    return response


def _lines(rows):
    yield [_("Row"), _("Name"), _("Decision"), _("Reason"), _("Values")]
    for row in rows.iterator(chunk_size=500):
        values = row.candidate.get("values", {})
        said = "; ".join(f"{name}={value}" for name, value in values.items())
        yield [row.number, row.label, row.get_decision_display(), reasons.shown(row.why, row.reason), said]
