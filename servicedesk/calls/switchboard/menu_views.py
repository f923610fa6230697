"""Menus: the tree, its steps, and the simulator."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.numbers import whole

from ..guard import managers_only
from ..models import CallMenu
from . import checking, trees
from .drawing import tree
from .shapes import SHAPES
from .simulating import simulate
from .stepforms import WHEN, MenuForm, StepForm, TryForm
from .views import PAGE, finding_links, parts


def _menu(request, code: str) -> CallMenu:
    return get_object_or_404(CallMenu.objects.managed_by(request.user), code=code)


@managers_only
@require_GET
def menu(request, code):
    """The tree as it stands, and what is not set up about it."""
    row = _menu(request, code)
    rows = list(row.steps.select_related("queue").order_by("pk"))
    context = {
        "menu": row, "root": tree(row), "parts": parts(request), "numbers": row.numbers.order_by("number"),
        "findings": finding_links(checking.of_menu(row, rows)) if rows else [],
    }  # fmt: skip
    return render(request, PAGE + "menu.html", context)


@managers_only
@require_http_methods(["GET", "POST"])
def settings(request, code=None):
    """A new menu, or the names of one."""
    row = _menu(request, code) if code else None
    form = MenuForm(request.POST or None, user=request.user, menu=row)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                made = trees.save_menu(row, actor=request.user, **data)
            except DomainError as error:
                status = _refused(form, error)
            else:
                messages.success(request, _("The menu is saved."))
                return redirect("switchboard:menu", code=made.code)
    return render(
        request, PAGE + "menu_settings.html", {"form": form, "menu": row, "parts": parts(request)}, status=status
    )


@managers_only
@require_POST
def copy(request, code):
    """The same tree under another code."""
    made = trees.copy_menu(_menu(request, code), actor=request.user)
    messages.success(request, _("This is a copy. No number leads to it yet."))
    return redirect("switchboard:menu", code=made.code)


@managers_only
@require_POST
def remove(request, code):
    """Take away a menu that no number leads to."""
    row = _menu(request, code)
    try:
        trees.delete_menu(row, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("switchboard:menu", code=row.code)
    messages.success(request, _("The menu is gone."))
    return redirect("switchboard:overview")


@managers_only
@require_http_methods(["GET", "POST"])
def step(request, code, pk=None):
    """One step: what it does, and by which way it is reached."""
    row = _menu(request, code)
    found = get_object_or_404(row.steps.select_related("queue"), pk=pk) if pk else None
    rows = list(row.steps.select_related("queue").order_by("pk"))
    form = StepForm(
        request.POST or None,
        user=request.user,
        menu=row,
        step=found,
        rows=rows,
        place=request.GET.get("place", "")[:40],
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            try:
                made = trees.save_step(row, found, form.values(), actor=request.user, seen=seen)
            except DomainError as error:
                status = _refused(form, error)
            else:
                messages.success(request, _("The step is saved."))
                return redirect(reverse("switchboard:menu", args=[row.code]) + f"#step-{made.pk}")
    context = {
        "form": form, "menu": row, "step": found, "parts": parts(request), "below": _below(found, rows) if found else 0,
        "wrong": checking.of_step(found, rows) if found else [],
        "uses": [(kind, shape.fields) for kind, shape in SHAPES.items()],
    }  # fmt: skip
    return render(request, PAGE + "step.html", context, status=status)


def _below(step, rows) -> int:
    """How many steps follow this one."""
    found, more = {step.pk}, True
    while more:
        following = {row.pk for row in rows if row.parent_id in found} - found
        found, more = found | following, bool(following)
    return len(found) - 1


@managers_only
@require_POST
def remove_step(request, code, pk):
    """Take a step out with everything that follows."""
    row = _menu(request, code)
    found = get_object_or_404(row.steps, pk=pk)
    seen = request.POST.get("seen", "")
    try:
        trees.delete_step(row, found, actor=request.user, seen=whole(seen))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The step is gone, with all that followed it."))
    return redirect("switchboard:menu", code=row.code)


@managers_only
@require_GET
def attempt(request):
    """The simulator: an imagined call, and where it goes. A link that says no hour means now."""
    asked = "number" in request.GET or "menu" in request.GET
    first = {"at": timezone.localtime(now()).strftime(WHEN)}
    form = TryForm(first | request.GET.dict() if asked else None, user=request.user, initial=first)
    if not asked:
        form.initial["number"] = form.first_number()
    told, status = None, 200
    if asked:
        status = 422
        if form.is_valid():
            data, status = form.cleaned_data, 200
            told = simulate(
                data["number"], menu=data["menu"], caller=data["caller"], at=data["at"], pressed=form.pressed(), vip=data["vip"], major=data["major"],
                full=data["full"],
            )  # fmt: skip
    context = {
        "form": form, "told": told, "parts": parts(request), "keys": request.GET.get("keys", ""),
        "none": not form.is_offered(),
    }  # fmt: skip
    return render(request, PAGE + "try.html", context, status=status)


def _refused(form, error: DomainError) -> int:
    form.add_error(error.field if error.field in form.fields else None, str(error))
    return 409 if isinstance(error, StaleVersion) else error.status
