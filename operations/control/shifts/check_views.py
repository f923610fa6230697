"""Pages of the morning checks: today by list and group, one tick at a time, the trend, the PDF, the lists."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from . import checking, printing, showing
from .forms import CheckForm, CheckFormSet, ListForm
from .models import Check, CheckList, CheckResult, Colour


@readers_only
@require_GET
def index(request):
    """The checks of today, or of another day."""
    return _index(request)


def _index(request, error: DomainError | None = None, check: int | None = None):
    today = timezone.localdate(now())
    day = showing.day_asked(request.GET.get("day", "") or request.POST.get("day", ""), today)
    lists = showing.lists_of(request.user, day)
    context = {
        "lists": lists, "day": day or today, "is_today": day in (None, today), "today": today, "error": error, "wrong": check,
        "may_work": scope_of(request.user).may("operations.work"), "may_keep": scope_of(request.user).may("operations.manage"),
        "colours": [(value, label, checking.TONES[value]) for value, label in Colour.choices], "asked": request.POST,
    }  # fmt: skip
    return render(request, "operations/checks/index.html", context, status=error.status if error else 200)


@workers_only
@require_POST
def tick(request, pk):
    """A colour by hand."""
    check = get_object_or_404(Check.objects.workable_by(request.user).select_related("checklist"), pk=pk)
    day = showing.day_asked(request.POST.get("day", ""), timezone.localdate(now()))
    try:
        checking.tick(
            check.pk, actor=request.user, colour=request.POST.get("colour", ""), note=request.POST.get("note", "").replace("\x00", ""), day=day
        )  # fmt: skip
    except DomainError as error:
        return _index(request, error, check.pk)
    # The page is a new one: the browser puts the focus on the next check that nobody has ticked, the last one stays where it was.
    shown = day or checking.local_day(check.checklist, now())
    return redirect(_back(request, checking.next_open(check, shown) or check.pk, "tick"))


def _back(request, check_pk: int, at: str = "check") -> str:
    day = showing.day_asked(request.POST.get("day", ""), timezone.localdate(now()))
    return f"/operations/checks/{f'?day={day.isoformat()}' if day else ''}#{at}-{check_pk}"


@workers_only
@require_POST
def incident(request, pk):
    """An incident for a check that is not good."""
    rows = CheckResult.objects.filter(check_of__in=Check.objects.workable_by(request.user)).select_related("check_of")
    result = get_object_or_404(rows, pk=pk)
    try:
        made = checking.open_incident(result.pk, actor=request.user)
    except DomainError as error:
        return _index(request, error, result.check_of_id)
    messages.success(request, _("%(number)s is opened.") % {"number": made.record.number})
    return redirect(_back(request, result.check_of_id))


@workers_only
@require_POST
def run(request, pk):
    """Let the rules of a list look now."""
    checklist = get_object_or_404(CheckList.objects.workable_by(request.user), pk=pk)
    checking.run_rules(checklist)
    messages.success(request, _("The rules have looked."))
    return redirect("checks:index")


@readers_only
@require_GET
def trend(request, pk):
    """The last four weeks of a list."""
    checklist = get_object_or_404(CheckList.objects.visible_to(request.user), pk=pk)
    last = checking.local_day(checklist, now())
    return render(request, "operations/checks/trend.html", {"list": checklist, "trend": showing.trend(checklist, last)})


@readers_only
@require_GET
def pdf(request, pk):
    """A day of a list as a PDF."""
    checklist = get_object_or_404(CheckList.objects.visible_to(request.user), pk=pk)
    today = checking.local_day(checklist, now())
    day = showing.day_asked(request.GET.get("day", ""), today) or today
    response = HttpResponse(printing.checks(checklist, day, reader=request.user), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="checks-{checklist.pk}-{day.isoformat()}.pdf"'
    return response


@managers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk=None):
    """A new list, or one that is there, with its checks."""
    row = get_object_or_404(CheckList.objects.kept_by(request.user), pk=pk) if pk else None
    form = ListForm(request.POST or None, reader=request.user, row=row)
    formset = CheckFormSet(
        request.POST or None, initial=CheckForm.initial_of(row) if row else [], prefix="check", form_kwargs={"reader": request.user}
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and formset.is_valid():
            try:
                checking.save_list(
                    row.pk if row else None, actor=request.user, organisation_id=form.organisation_id(),
                    version=whole(request.POST.get("version")) if row else None, checks=CheckForm.checks(formset), **form.cleaned_data,
                )  # fmt: skip
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The list is saved."))
                return redirect("checks:index")
    return render(request, "operations/checks/edit.html", {"row": row, "form": form, "formset": formset}, status=status)
