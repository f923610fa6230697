"""Pages of batch outputs: the checklist of a day, one output with its distribution list, and its form."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import version_of
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from . import listing, outputs
from .forms import AgainForm, DeliverForm, OutputForm, RecipientForm, RecipientFormSet, TickForm
from .models import Delivery, Output, OutputRun
from .views import PAGE, rights


def _day(request) -> date:
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return timezone.localdate(now())
    return day if 1950 < day.year < 2150 else timezone.localdate(now())


@readers_only
@require_GET
def checklist(request):
    """What is to be delivered on a day, by the hour."""
    return _checklist(request, _day(request))


def _checklist(request, day: date, *, error: DomainError | None = None):
    rows = OutputRun.objects.visible_to(request.user).filter(day=day).select_related("output__queue")
    runs = list(rows.prefetch_related("output__recipients", "deliveries").order_by("due_at", "pk")[:300])
    context = {
        "rows": listing.output_rows(runs), "day": day, "before": day - timedelta(days=1), "after": day + timedelta(days=1), "error": error,
        "done": sum(run.state == "delivered" for run in runs), "today": timezone.localdate(now()), "any": bool(runs) or Output.objects.visible_to(request.user).exists(),
        "here": "outputs",
    }  # fmt: skip
    return render(request, PAGE + "checklist.html", context | rights(request), status=error.status if error else 200)


def _run(request, pk: int) -> OutputRun:
    return get_object_or_404(OutputRun.objects.workable_by(request.user).select_related("output"), pk=pk)


def _back(run: OutputRun):
    return redirect(f"/operations/printing/outputs/?day={run.day.isoformat()}#run-{run.pk}")


@workers_only
@require_POST
def tick(request, pk, state):
    """A step of the checklist."""
    run = _run(request, pk)
    form = TickForm(request.POST)
    try:
        if not form.is_valid():
            wrong = next(iter(form.errors))
            raise DomainError(f"{form.fields[wrong].label}: {form.errors[wrong][0]}")
        outputs.tick(run.pk, state, actor=request.user, **form.cleaned_data)
    except DomainError as error:
        return _checklist(request, run.day, error=error)
    if state == OutputRun.State.PRINTED:
        undo = reverse("printing:take_back", args=[run.pk])
        said = _("%(name)s is marked as printed.") % {"name": run.output.name}
        messages.success(request, said, extra_tags=f"undo:{undo}")
    return _back(run)


@workers_only
@require_POST
def take_back(request, pk):
    """It was not printed after all."""
    run = _run(request, pk)
    try:
        outputs.take_back(run.pk, actor=request.user)
    except DomainError as error:
        return _checklist(request, run.day, error=error)
    messages.success(request, _("Taken back"))
    return _back(run)


@workers_only
@require_POST
def deliver(request, pk):
    """A recipient has got it."""
    run = _run(request, pk)
    form = DeliverForm(request.POST, request.FILES)
    try:
        if not form.is_valid():
            raise DomainError(_("Say who took it."))
        outputs.deliver(run.pk, actor=request.user, **form.cleaned_data)
    except DomainError as error:
        return _checklist(request, run.day, error=error)
    messages.success(request, _("Recorded"))
    return _back(run)


@readers_only
@require_GET
def proof(request, pk):
    """The proof of a delivery, only ever as a download."""
    found = get_object_or_404(Delivery, pk=pk, run__in=OutputRun.objects.visible_to(request.user))
    if not found.proof:
        raise Http404
    response = FileResponse(
        found.proof.open("rb"), as_attachment=True, filename=found.proof_name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@readers_only
@require_GET
def output(request, pk):
    """One output: what it is, who gets it, its last days."""
    return _output_page(request, _output(request, pk))


def _output(request, pk: int, rows: str = "visible_to") -> Output:
    return get_object_or_404(
        getattr(Output.objects, rows)(request.user).select_related("queue__item", "job_item", "team"), pk=pk
    )


def _output_page(request, found: Output, *, error: DomainError | None = None):
    runs = OutputRun.objects.filter(output=found).prefetch_related("deliveries", "reprints__record").order_by("-day")
    page = keyset_page(runs, ordering=("-day", "-id"), cursor=request.GET.get("cursor"), size=15)
    context = {
        "output": found, "recipients": list(found.recipients.select_related("site").order_by("name")), "page": page, "again": AgainForm(), "error": error,
        "rows": [{"run": run, "look": listing.OUTPUT_LOOK[run.state], "again": run.state not in ("expected", "failed")} for run in page.rows],
        "may_ask": scope_of(request.user).may("records.work"), "here": "outputs",
    }  # fmt: skip
    return render(request, PAGE + "output.html", context | rights(request), status=error.status if error else 200)


@readers_only
@require_POST
def again(request, pk, run):
    """A reprint is asked for: a standard request."""
    found = _output(request, pk)
    row = get_object_or_404(OutputRun, pk=run, output=found)
    form = AgainForm(request.POST)
    try:
        if not form.is_valid():
            raise DomainError(_("Say how many copies, and why."))
        made = outputs.ask_again(row.pk, actor=request.user, **form.cleaned_data)
    except DomainError as error:
        return _output_page(request, found, error=error)
    return redirect(f"/r/{made.record.number}")


@managers_only
@require_http_methods(["GET", "POST"])
def new(request):
    return _edit(request, Output(), _("New output"))


@managers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    found = _output(request, pk, "managed_by")
    return _edit(request, found, found.name)


def _edit(request, found: Output, title: str):
    data, version = request.POST or None, found.version
    form = OutputForm(data, instance=found, reader=request.user)
    names = RecipientForm.Meta.fields
    kept = (
        [{name: getattr(each, name) for name in names} for each in found.recipients.order_by("name")]
        if found.pk
        else []
    )
    rows = RecipientFormSet(
        data, initial=[*kept, {}, {}][:40], form_kwargs={"reader": request.user}, prefix="recipients"
    )
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        recipients = [each for each in rows.cleaned_data if each.get("name")]
        try:
            seen = version_of(request.POST.get("version")) if found.pk else None
            saved = outputs.save_output(form.instance, recipients, actor=request.user, version=seen)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Saved"))
            return redirect(saved)
    context = {"form": form, "recipients": rows, "title": title, "output": found, "version": version, "here": "outputs"}
    return render(request, PAGE + "output_form.html", context, status=422 if request.method == "POST" else 200)
