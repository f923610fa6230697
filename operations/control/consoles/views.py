"""Consoles: which there are and who is at them, one with what it watches, its log, and its wall."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError, IllegalMove
from itsm.core.numbers import whole
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from ..runbooks import panels as runbooks
from . import consolepage, services
from .consoleforms import ConsoleForm, MessageForm, OrderForm
from .models import Console

PAGE = "operations/consoles/"
WHOLE = ("item", "team", "operator")


def _console(request, pk: int, rows=None) -> Console:
    rows = Console.objects.visible_to(request.user) if rows is None else rows
    return get_object_or_404(rows.select_related(*WHOLE), pk=pk)


@readers_only
@require_GET
def consoles(request):
    """All consoles: post, authority, who is at them, what waits there."""
    rows = consolepage.listed(request.user)
    unset = consolepage.not_set_up(request.user) if scope_of(request.user).may("operations.manage") else []
    return render(
        request,
        PAGE + "consoles.html",
        {"rows": rows, "unset": unset, "may": scope_of(request.user).may("operations.work")},
    )


@readers_only
@require_GET
def console(request, pk):
    """One console. Its poll brings what changed."""
    found = _console(request, pk)
    is_poll = bool(request.htmx) and request.htmx.target == "console"
    version = consolepage.version(request.user, found)
    if is_poll and request.GET.get("v") == version:
        return HttpResponse(status=204)
    return _page(request, found, version, fragment=is_poll)


def _page(
    request, found: Console, version: str, *, fragment: bool = False, order=None, message=None, status: int = 200
) -> HttpResponse:
    context = consolepage.context(request.user, found, version)
    scope = scope_of(request.user)
    context |= {
        "console": found, "may": scope.may("operations.work"), "may_manage": scope.may("operations.manage"),
        "order": order or OrderForm(), "message": message or MessageForm(), "runbooks": [] if fragment else runbooks.of_item(request.user, found.item),
    }  # fmt: skip
    return render(request, PAGE + ("_console.html" if fragment else "console.html"), context, status=status)


@readers_only
@require_GET
def wall(request, pk):
    """The same for a screen on the wall: large, and nothing to press but leave."""
    found = _console(request, pk)
    version = consolepage.version(request.user, found, "wall")
    is_poll = bool(request.htmx) and request.htmx.target == "wall"
    if is_poll and request.GET.get("v") == version:
        return HttpResponse(status=204)
    context = consolepage.wall(request.user, found, version)
    return render(request, PAGE + ("_wall.html" if is_poll else "wall.html"), {"console": found, **context})


@managers_only
@require_http_methods(["GET", "POST"])
def set_up(request, pk):
    """What it watches and who may order what from it. `pk` is its item."""
    rows = ConfigurationItem.objects.visible_to(request.user).in_use().filter(ci_class="console")
    item = get_object_or_404(rows, pk=pk)
    kept = Console.objects.filter(pk=pk).first()
    form = ConsoleForm(request.POST or None, console=kept, reader=request.user)
    if request.method == "POST" and form.is_valid():
        made = services.set_up(item, actor=request.user, **form.values())
        messages.success(request, _("“%(name)s” is set up.") % {"name": item.name})
        return redirect(made)
    return render(
        request, PAGE + "set_up.html", {"form": form, "item": item, "kept": kept}, status=422 if form.errors else 200
    )


@workers_only
@require_POST
def seat(request, pk):
    """Sit down, or stand up. Whoever is there is put out only once one has been asked."""
    found = _console(request, pk, Console.objects.workable_by(request.user))
    if request.POST.get("leave"):
        services.stand_up(found.pk, actor=request.user)
        return redirect(found)
    try:
        services.sit_down(found.pk, actor=request.user, instead_of=whole(request.POST.get("instead_of")))
    except IllegalMove:
        found = _console(request, pk)
        if found.operator is not None:
            return render(request, PAGE + "seat.html", {"console": found}, status=409)
    return redirect(found)


@workers_only
@require_POST
def log(request, pk):
    """Write down an order or a remark."""
    found = _console(request, pk, Console.objects.workable_by(request.user))
    form = OrderForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            if values["what"] == "note":
                services.note(found.pk, actor=request.user, text=values["text"])
            else:
                services.order(
                    found.pk, actor=request.user, text=values["text"], answer=values["answer"], system=values["system"]
                )
            return redirect(f"{found.get_absolute_url()}#log")
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    return _page(request, found, consolepage.version(request.user, found), order=form, status=422)


@workers_only
@require_POST
def message(request, pk):
    """Write down a message that waits for a reply."""
    found = _console(request, pk, Console.objects.workable_by(request.user))
    form = MessageForm(request.POST)
    if form.is_valid():
        try:
            services.ask(found.pk, actor=request.user, **form.cleaned_data)
            return redirect(f"{found.get_absolute_url()}#replies")
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    return _page(request, found, consolepage.version(request.user, found), message=form, status=422)


@workers_only
@require_POST
def reply(request, pk, entry):
    """Answer a message that waits, or say that nothing waits for it any more."""
    found = _console(request, pk, Console.objects.workable_by(request.user))
    try:
        if request.POST.get("withdraw"):
            services.withdraw(found.pk, entry, actor=request.user)
        else:
            services.reply(found.pk, entry, actor=request.user, text=request.POST.get("text", ""))
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect(f"{found.get_absolute_url()}#replies")
