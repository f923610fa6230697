"""Numbers, queues, operators and codes: lists and forms. Menus and the simulator stand in `menu_views`."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core.errors import DomainError, StaleVersion

from ..guard import managers_only
from ..models import CallMenu, CallNumber, CallQueue, Operator, PauseReason, WrapUpCode
from . import checking, services
from .filters import MenuFilter, NumberFilter, QueueFilter
from .forms import NumberForm, OperatorForm, PauseForm, QueueForm, WrapUpForm

PAGE = "servicedesk/calls/switchboard/"
CODE_FORMS = {"wrap-up": WrapUpForm, "pauses": PauseForm}


def parts(request) -> list[dict]:
    """The pages of the switchboard's settings; the one with the longest address that fits is the current one."""
    names = [
        ("overview", _("Numbers and menus")), ("queues", _("Queues")), ("operators", _("Operators")), ("codes", _("Codes")),
        ("try", _("Try it")),
    ]  # fmt: skip
    found = [{"url": reverse(f"switchboard:{name}"), "label": label} for name, label in names]
    here = max((part["url"] for part in found if request.path.startswith(part["url"])), key=len, default="")
    return [part | {"current": part["url"] == here} for part in found]


def finding_links(found: list[checking.Finding]) -> list[tuple[str, str]]:
    """What is not set up, each with the page on which it is."""
    addresses = {
        "number": lambda f: reverse("switchboard:number", args=[f.pk]),
        "numbers": lambda f: reverse("switchboard:new_number"),
        "menu": lambda f: reverse("switchboard:menu", args=[f.pk]),
        "step": lambda f: reverse("switchboard:step", args=[f.menu, f.pk]),
        "queue": lambda f: reverse("switchboard:queue", args=[f.pk]),
        "operator": lambda f: reverse("switchboard:operator", args=[f.pk]),
    }
    return [(each.words, addresses[each.kind](each)) for each in found]


@managers_only
@require_GET
def overview(request):
    """What is not set up, the numbers, the menus."""
    numbers = NumberFilter(request.GET, CallNumber.objects.managed_by(request.user)).qs
    numbers = numbers.select_related("menu", "queue", "calendar", "closed_queue")
    menus = (
        MenuFilter(request.GET, CallMenu.objects.managed_by(request.user))
        .qs.annotate(n=Count("steps"))
        .prefetch_related("numbers")
    )
    context = {
        "numbers": numbers.order_by("number"), "menus": menus.order_by("code"), "parts": parts(request),
        "findings": finding_links(checking.findings(request.user)),
    }  # fmt: skip
    return render(request, PAGE + "overview.html", context)


@managers_only
@require_http_methods(["GET", "POST"])
def number(request, pk=None):
    """A number: set up, or changed."""
    row = get_object_or_404(CallNumber.objects.managed_by(request.user), pk=pk) if pk else None
    form = NumberForm(request.POST or None, instance=_again(row), user=request.user)

    def save():
        return services.save_number(row, form.values(), actor=request.user, seen=form.cleaned_data["seen"])

    return _edited(request, form, row, save, "number", _("The number is saved."), "overview")


@managers_only
@require_GET
def queues(request):
    """The queues with their strategies, waits and members."""
    found = QueueFilter(request.GET, CallQueue.objects.managed_by(request.user)).qs
    rows = CallQueue.objects.filter(pk__in=found.values("pk")).select_related("calendar", "overflow_queue")
    rows = rows.annotate(n=Count("members", filter=Q(members__operator__person__is_active=True)))
    context = {"rows": rows.order_by("-is_active", "position", "code"), "parts": parts(request)}
    return render(request, PAGE + "queues.html", context)


@managers_only
@require_http_methods(["GET", "POST"])
def queue(request, code=None):
    """A queue and who answers it."""
    row = get_object_or_404(CallQueue.objects.managed_by(request.user), code=code) if code else None
    form = QueueForm(request.POST or None, instance=_again(row), user=request.user)

    def save():
        return services.save_queue(
            row, form.values(), form.members(), actor=request.user, seen=form.cleaned_data["seen"]
        )

    return _edited(request, form, row, save, "queue", _("The queue is saved."), "queues")


@managers_only
@require_GET
def operators(request):
    """Who answers, on which extension, which queues."""
    rows = Operator.objects.managed_by(request.user).select_related("person").prefetch_related("queues__queue")
    return render(
        request, PAGE + "operators.html", {"rows": rows.order_by("person__sort_key", "pk"), "parts": parts(request)}
    )


@managers_only
@require_http_methods(["GET", "POST"])
def operator(request, pk=None):
    """An operator: the extension, the queues, how well each is known."""
    rows = Operator.objects.managed_by(request.user).select_related("person")
    row = get_object_or_404(rows, pk=pk) if pk else None
    form = OperatorForm(request.POST or None, instance=_again(row), user=request.user)

    def save():
        data = form.cleaned_data
        return services.save_operator(
            row, actor=request.user, extension=data["extension"], queues=form.answered(), person=data.get("person"), seen=data["seen"]
        )  # fmt: skip

    return _edited(request, form, row, save, "operator", _("The operator is saved."), "operators")


@managers_only
@require_GET
def codes(request):
    """How calls end, why operators pause."""
    context = {
        "wrap_ups": WrapUpCode.objects.order_by("-is_active", "position", "code"),
        "pauses": PauseReason.objects.order_by("-is_active", "position", "code"), "parts": parts(request),
    }  # fmt: skip
    return render(request, PAGE + "codes.html", context)


@managers_only
@require_http_methods(["GET", "POST"])
def code(request, kind, code=None):
    """One wrap-up code or one reason of a pause."""
    if kind not in CODE_FORMS:
        raise Http404
    model = services.CODES[kind][0]
    row = get_object_or_404(model, code=code) if code else None
    form = CODE_FORMS[kind](request.POST or None, instance=_again(row), user=request.user)

    def save():
        return services.save_code(kind, row, form.values(), actor=request.user, seen=form.cleaned_data["seen"])

    return _edited(request, form, row, save, "code", _("The code is saved."), "codes", kind=kind)


def _again(row):
    """A copy for the form to write into, so that the page still speaks of what is kept."""
    return type(row).objects.get(pk=row.pk) if row is not None else None


def _edited(request, form, row, save, page: str, said: str, back: str, **more):
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                save()
            except DomainError as error:
                status = 409 if isinstance(error, StaleVersion) else error.status
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, said)
                return redirect(f"switchboard:{back}")
    context = {"form": form, "row": row, "parts": parts(request), "back": reverse(f"switchboard:{back}")} | more
    return render(request, f"{PAGE}{page}.html", context, status=status)
