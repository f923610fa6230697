"""Pages of backups. What one may not read is a 404; what one may not change has no button."""

from datetime import timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import version_of
from itsm.core.paging import keyset_page
from itsm.people.models import Organisation
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from . import coverage, listing, schedule, services
from .forms import AskForm, CopyForm, CopyFormSet, ExemptForm, PlanForm, ReasonForm
from .models import BackupPlan, BackupRun
from .showing import run_rows

PAGE = "operations/backups/"
MONTH = 30


def rights(request) -> dict[str, bool]:
    """Which buttons the reader gets."""
    scope = scope_of(request.user)
    return {"may_work": scope.may("operations.work"), "may_manage": scope.may("operations.manage")}


def plan_or_404(request, pk: int, rows: str = "visible_to") -> BackupPlan:
    """The plan, of those that one may read (or work, or set up)."""
    return get_object_or_404(getattr(BackupPlan.objects, rows)(request.user).select_related("item", "source"), pk=pk)


@readers_only
@require_GET
def listed(request):
    """Every plan with its seven nights and the age of its last good copy."""
    found = listing.plans(request.user, request.GET)
    good, planned = listing.success(request.user)
    context = {
        "list": found, "rows": found.rows, "states": listing.STATES, "percent": round(good * 100 / planned, 1) if planned else None, "here": "plans",
        "state": request.GET.get("state", ""),
    }  # fmt: skip
    return render(
        request, PAGE + "plans.html", context | rights(request), status=200 if found.filter.is_valid() else 422
    )


@readers_only
@require_GET
def plan(request, pk):
    """One plan: what it promises, its nights, its runs, its copies, its restore tests."""
    return plan_page(request, plan_or_404(request, pk))


def plan_page(request, found: BackupPlan, *, error: DomainError | None = None, ask: AskForm | None = None):
    """The page of a plan, also after something was refused."""
    row = listing.rows_of([found], request.user, count=MONTH)[0]
    rows = BackupRun.objects.filter(plan=found).select_related("accepted_by")
    page = keyset_page(rows, ordering=("-started_at", "-id"), cursor=request.GET.get("cursor"), size=15)
    tests = list(
        found.restore_tests.select_related("requested_by", "verified_by").order_by("-requested_at", "-id")[:10]
    )
    context = {
        "plan": found, "row": row, "page": page, "runs": run_rows(page.rows), "tests": tests, "copies": list(found.copies.select_related("site").order_by("pk")),
        "covered": coverage.items_of(found, request.user), "usual": schedule.usual(found), "zone": schedule.zone_of(found).key, "error": error,
        "deadline": services.rpo_deadline(found), "ask": ask or AskForm(), "reason": ReasonForm(),
        "under_way": any(test.state in ("requested", "started") for test in tests), "every_day": len(found.weekdays) == 7, "here": "plans",
    }  # fmt: skip
    status = error.status if error else 422 if ask is not None and ask.errors else 200
    return render(request, PAGE + "plan.html", context | rights(request), status=status)


@managers_only
@require_http_methods(["GET", "POST"])
def new(request):
    return _edit(request, BackupPlan(), _("New backup plan"))


@managers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    found = plan_or_404(request, pk, "managed_by")
    return _edit(request, found, found.item.name)


def _edit(request, found: BackupPlan, title: str):
    data = request.POST or None
    form = PlanForm(data, instance=found, reader=request.user)
    kept = (
        [{name: getattr(copy, name) for name in CopyForm.Meta.fields} for copy in found.copies.order_by("pk")]
        if found.pk
        else []
    )
    rows = CopyFormSet(
        data, initial=[*kept, *[{}] * max(1, 3 - len(kept))][:10], form_kwargs={"reader": request.user}, prefix="copies"
    )
    version = found.version
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        copies = [each for each in rows.cleaned_data if each.get("place")]
        try:
            saved = _save(request, found, form, copies)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Saved"))
            return redirect(saved)
    context = {"form": form, "copies": rows, "title": title, "plan": found, "version": version, "here": "plans"}
    return render(request, PAGE + "form.html", context, status=422 if request.method == "POST" else 200)


def _save(request, found: BackupPlan, form: PlanForm, copies: list[dict]) -> BackupPlan:
    values = form.values()
    if found.pk:
        seen = version_of(request.POST.get("version"))
        return services.update_plan(found.pk, actor=request.user, version=seen, copies=copies, **values)
    home = Organisation.objects.get(pk=form.cleaned_data["organisation"]) if form.cleaned_data["organisation"] else None
    return services.create_plan(
        actor=request.user,
        item=form.cleaned_data["item"],
        name=form.cleaned_data["name"],
        organisation=home,
        copies=copies,
        **values,
    )


@workers_only
@require_POST
def accept(request, pk, run):
    """Vouch for a copy that is not green."""
    found = plan_or_404(request, pk, "workable_by")
    row = get_object_or_404(BackupRun, pk=run, plan=found)
    try:
        services.accept_run(row.pk, actor=request.user, reason=request.POST.get("reason", "")[:500])
    except DomainError as error:
        return plan_page(request, found, error=error)
    messages.success(request, _("The copy counts as a good one."))
    return redirect(found)


@managers_only
@require_POST
def cover(request, pk):
    """The plan takes in an item, by its key."""
    found = plan_or_404(request, pk, "managed_by")
    key = request.POST.get("item", "").strip().replace("\x00", "")[:80]
    item = ConfigurationItem.objects.visible_to(request.user).in_use().filter(key=key).first()
    try:
        if item is None:
            raise DomainError(_("There is no item with this key."), field="item")
        services.cover(found, item, actor=request.user)
    except DomainError as error:
        return plan_page(request, found, error=error)
    return redirect(found)


@managers_only
@require_POST
def uncover(request, pk, item):
    """The plan lets go of an item."""
    found = plan_or_404(request, pk, "managed_by")
    services.uncover(
        found, get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=item), actor=request.user
    )
    return redirect(found)


@readers_only
@require_GET
def uncovered(request):
    """What is not backed up, and what backs nothing up."""
    return _coverage(request)


def _coverage(request, *, form: ExemptForm | None = None, about: int | None = None):
    rows = coverage.uncovered(request.user)
    page = keyset_page(rows, ordering=("sort_key", "id"), cursor=request.GET.get("cursor"), size=listing.SIZE)
    context = {
        "page": page, "rows": page.rows, "empty_plans": list(coverage.empty_plans(request.user).order_by("item__sort_key")[:100]),
        "exempted": list(coverage.exempted(request.user)[:100]), "here": "coverage", "form": form, "about": about,
        "in_a_year": (now() + timedelta(days=365)).date(),
    }  # fmt: skip
    return render(request, PAGE + "coverage.html", context | rights(request), status=422 if form is not None else 200)


@managers_only
@require_POST
def exempt(request, pk):
    """This item needs no backup."""
    if not scope_of(request.user).may("cmdb.read"):
        raise Http404
    item = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    form = ExemptForm(request.POST)
    if form.is_valid():
        try:
            services.exempt(
                item, actor=request.user, reason=form.cleaned_data["reason"], until=form.cleaned_data["until"]
            )
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("%(name)s is left out.") % {"name": item.name})
            return redirect("backups:coverage")
    return _coverage(request, form=form, about=item.pk)
