"""Pages of restore tests."""

from django.contrib import messages
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from itsm.core.errors import DomainError

from ..guard import readers_only, workers_only
from . import listing, restoring
from .forms import AskForm, ReasonForm, StartForm, VerifyForm
from .models import RestoreTest
from .views import PAGE, plan_or_404, plan_page, rights


def _test(request, pk: int, rows: str = "visible_to") -> RestoreTest:
    found = getattr(RestoreTest.objects, rows)(request.user)
    return get_object_or_404(found.select_related("plan__item", "run", "requested_by", "verified_by"), pk=pk)


@readers_only
@require_GET
def listed(request):
    """Every test, the newest first."""
    page, found = listing.restore_tests(request.user, request.GET)
    context = {"page": page, "rows": page.rows, "filter": found, "here": "tests"}
    return render(request, PAGE + "tests.html", context | rights(request), status=200 if found.is_valid() else 422)


@workers_only
@require_POST
def ask(request, pk):
    """A restore is to be tried."""
    plan = plan_or_404(request, pk, "workable_by")
    form = AskForm(request.POST)
    if not form.is_valid():
        return plan_page(request, plan, ask=form)
    try:
        made = restoring.ask(plan, actor=request.user, **form.cleaned_data)
    except DomainError as error:
        return plan_page(request, plan, error=error)
    return redirect(made)


@readers_only
@require_GET
def test(request, pk):
    """One test, and what comes next in it."""
    return _page(request, _test(request, pk))


def _page(request, found: RestoreTest, form=None):
    context = {
        "test": found, "plan": found.plan, "here": "tests", "start": StartForm(), "verify": VerifyForm(), "reason": ReasonForm(),
        "rpo_target": found.plan.rpo_minutes * 60, "rto_target": found.plan.rto_minutes * 60 if found.plan.rto_minutes else None,
    } | ({"start" if isinstance(form, StartForm) else "reason" if isinstance(form, ReasonForm) else "verify": form} if form else {})  # fmt: skip
    return render(request, PAGE + "test.html", context | rights(request), status=422 if form else 200)


def _act(request, pk: int, form, act, done: str):
    found = _test(request, pk, "workable_by")
    if form.is_valid():
        try:
            act(found)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, done)
            return redirect(found)
    return _page(request, found, form)


@workers_only
@require_POST
def start(request, pk):
    """The clock runs."""
    form = StartForm(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda found: restoring.start(found.pk, actor=request.user, **form.cleaned_data),
        _("The clock runs."),
    )


@workers_only
@require_POST
def verify(request, pk):
    """It is over: measured, with its proof."""
    form = VerifyForm(request.POST, request.FILES)
    return _act(
        request,
        pk,
        form,
        lambda found: restoring.verify(found.pk, actor=request.user, **form.cleaned_data),
        _("Recorded"),
    )


@workers_only
@require_POST
def cancel(request, pk):
    """Not tried after all."""
    form = ReasonForm(request.POST)
    return _act(
        request,
        pk,
        form,
        lambda found: restoring.cancel(found.pk, actor=request.user, **form.cleaned_data),
        pgettext("restore test", "Cancelled"),
    )


@readers_only
@require_GET
def evidence(request, pk):
    """The proof, only ever as a download."""
    found = _test(request, pk)
    if not found.evidence:
        raise Http404
    response = FileResponse(
        found.evidence.open("rb"),
        as_attachment=True,
        filename=found.evidence_name,
        content_type="application/octet-stream",
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response
