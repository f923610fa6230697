"""Pages of the shifts: who is on, the log, one shift with its hand-over, and the patterns."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import durations, now
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.people.models import User
from itsm.people.scope import scope_of

from ..guard import managers_only, readers_only, workers_only
from . import cards, handing, rostering, sections, services, showing
from .filters import LogFilter
from .forms import NoteForm, PatternForm, TextForm, TurnForm, TurnFormSet
from .models import LogEntry, Shift, ShiftPattern

SIZE, COMING, POINTS = 50, 6, 30


@readers_only
@require_GET
def index(request):
    """Who is on, what waits to be handed over, and the log."""
    return _index(request, NoteForm(reader=request.user))


def _index(request, form: NoteForm, status: int = 200):
    user, at = request.user, now()
    found = LogFilter(request.GET, LogEntry.objects.visible_to(user))
    rows = showing.log_rows(found.qs if found.is_valid() else LogEntry.objects.none())
    page = keyset_page(rows, ordering=("-at", "-id"), cursor=request.GET.get("cursor") or None, size=SIZE)
    coming = Shift.objects.visible_to(user).filter(starts_at__gt=at).order_by("starts_at", "pk")[:COMING]
    late = Shift.objects.visible_to(user).filter(ends_at__lte=at, ends_at__gt=at - timedelta(hours=24), handover=None)
    points = LogEntry.objects.visible_to(user).to_follow().order_by("pk")[:POINTS]
    to_sign = showing.to_sign(user)
    context = {
        "running": [showing.line_of(shift, user) for shift in showing.running(user)],
        "coming": [showing.line_of(shift, user) for shift in showing.shifts(coming)],
        "unsigned": [showing.line_of(shift, user) for shift in showing.shifts(late.order_by("-ends_at")[:3])],
        "to_sign": to_sign, "early": to_sign is not None and handing.is_early(to_sign), "to_accept": showing.to_accept(user), "entries": showing.entries(page.rows, user), "page": page,
        "points": showing.entries(list(showing.log_rows(points)), user), "form": form, "filter": found,
        "asked": {name: request.GET.get(name, "") for name in ("q", "kind", "since", "until")},
        "active": any(request.GET.get(name) for name in ("q", "kind", "since", "until", "item", "record")),
        "may_work": scope_of(user).may("operations.work"), "may_keep": scope_of(user).may("operations.manage"), "at": at,
    }  # fmt: skip
    return render(request, "operations/shifts/index.html", context, status=status if found.is_valid() else 422)


@workers_only
@require_POST
def write(request):
    """A line of the log by hand."""
    form, organisation = NoteForm(request.POST, reader=request.user), showing.home_of(request.user)
    if organisation is None:
        raise PermissionDenied
    if not form.is_valid():
        return _index(request, form, 422)
    services.note(organisation=organisation, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Noted."))
    return redirect("operations:overview" if request.POST.get("next") == "operations" else "shifts:index")


@readers_only
@require_GET
def of_item(request):
    """What the log says of an item: a part of its page, empty where it says nothing."""
    pk = whole(request.GET.get("item"))
    if pk is None:
        raise Http404
    context = cards.log_of_item(request, pk)
    return render(request, "operations/shifts/_item_panel.html", context) if context else HttpResponse()


@workers_only
@require_POST
def settle(request, pk):
    """A point is settled."""
    entry = get_object_or_404(LogEntry.objects.workable_by(request.user), pk=pk)
    services.settle(entry.pk, actor=request.user)
    messages.success(request, _("The point is settled."))
    return redirect("shifts:index")


def _shift(request, pk: int) -> Shift:
    rows = Shift.objects.visible_to(request.user).select_related(
        "pattern", "team", "handover__signed_by", "handover__accepted_by", "handover__to__pattern"
    )
    return get_object_or_404(rows.prefetch_related("people__user"), pk=pk)


@readers_only
@require_GET
def detail(request, pk):
    """One shift: people, hand-over with its summary, log."""
    return _detail(request, _shift(request, pk))


def _detail(request, shift: Shift, error: DomainError | None = None):
    user, at = request.user, now()
    handover = getattr(shift, "handover", None)
    signs = handing.may_sign(user, shift)
    draft = sections.shown(sections.summary(shift.organisation_id, shift.starts_at, shift.ends_at)) if signs else []
    rows = showing.log_rows(LogEntry.objects.visible_to(user).filter(shift=shift).order_by("-at", "-id"))
    keeps = scope_of(user).may("operations.manage") and Shift.objects.kept_by(user).filter(pk=shift.pk).exists()
    here = handing.people_of(shift)
    team = (
        User.objects.filter(memberships__team=shift.team_id, is_active=True).exclude(pk__in=here).order_by("sort_key")
    )
    context = {
        "line": showing.line_of(shift, user), "shift": shift, "handover": handover, "signs": signs, "draft": draft,
        "accepts": handover is not None and handing.may_accept(user, handover), "coming": handover.to if handover else rostering.following(shift),
        "summary": sections.shown(handover.summary) if handover else [], "entries": showing.entries(list(rows[:200]), user),
        "people": [row for row in shift.people.all() if not row.removed], "keeps": keeps and (handover is None), "error": error,
        "team": [(person.pk, person.display_name) for person in team[:100]] if keeps else [], "begun": shift.starts_at <= at,
        "left": durations.short((shift.ends_at - at).total_seconds()) if signs and handing.is_early(shift) else "",
        "typed": request.POST.get("text", "") if error and signs else None,
    }  # fmt: skip
    return render(request, "operations/shifts/shift.html", context, status=error.status if error else 200)


@workers_only
@require_POST
def sign(request, pk):
    """“Passer la relève”."""
    shift, form = _shift(request, pk), TextForm(request.POST)
    if not form.is_valid():
        return _detail(request, shift, DomainError(_("This text is too long.")))
    try:
        handing.sign(
            shift.pk, actor=request.user, text=form.cleaned_data["text"], early=bool(request.POST.get("early"))
        )
    except DomainError as error:
        return _detail(request, _shift(request, pk), error)
    messages.success(request, _("Your hand-over is signed. The next shift acknowledges it."))
    return redirect(shift)


@workers_only
@require_POST
def accept(request, pk):
    """The next shift has read it."""
    shift, form = _shift(request, pk), TextForm(request.POST)
    try:
        seen = datetime.fromisoformat(request.POST.get("signed_at", ""))
        if seen.tzinfo is None:
            raise ValueError
    except ValueError:
        raise Http404 from None
    if not form.is_valid():
        return _detail(request, shift, DomainError(_("This text is too long.")))
    try:
        handing.accept(shift.pk, actor=request.user, text=form.cleaned_data["text"], signed_at=seen)
    except DomainError as error:
        return _detail(request, _shift(request, pk), error)
    messages.success(request, _("You have taken over."))
    return redirect(shift)


@managers_only
@require_POST
def people(request, pk):
    """Somebody more, or somebody less, in one shift."""
    shift = get_object_or_404(Shift.objects.kept_by(request.user), pk=pk)
    person = get_object_or_404(User, pk=whole(request.POST.get("person")) or 0)
    try:
        if request.POST.get("remove"):
            services.remove_person(shift.pk, actor=request.user, person_id=person.pk)
        else:
            services.add_person(shift.pk, actor=request.user, person=person)
    except DomainError as error:
        return _detail(request, _shift(request, pk), error)
    messages.success(request, _("The people of the shift are saved."))
    return redirect(shift)


@readers_only
@require_GET
def patterns(request):
    """The shifts that come back."""
    rows = ShiftPattern.objects.visible_to(request.user).select_related("team").prefetch_related("turns__user")
    found = [
        {"pattern": row, "people": sorted({turn.user.display_name for turn in row.turns.all()})}
        for row in rows.order_by("-is_active", "team__code", "starts", "pk")[:200]
    ]
    return render(
        request,
        "operations/shifts/patterns.html",
        {"rows": found, "may_keep": scope_of(request.user).may("operations.manage")},
    )


@managers_only
@require_http_methods(["GET", "POST"])
def pattern(request, pk=None):
    """A new pattern, or one that is there."""
    row = get_object_or_404(ShiftPattern.objects.kept_by(request.user), pk=pk) if pk else None
    form = PatternForm(request.POST or None, reader=request.user, row=row)
    formset = TurnFormSet(
        request.POST or None, initial=TurnForm.initial_of(row) if row else [], prefix="turn", form_kwargs={"reader": request.user}
    )  # fmt: skip
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and formset.is_valid():
            version = whole(request.POST.get("version")) if row else None
            try:
                services.save_pattern(
                    row.pk if row else None, actor=request.user, organisation_id=form.organisation_id(), version=version,
                    turns=TurnForm.turns(formset), **form.cleaned_data,
                )  # fmt: skip
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The shift is saved. Those ahead follow."))
                return redirect("shifts:patterns")
    return render(
        request, "operations/shifts/pattern.html", {"row": row, "form": form, "formset": formset}, status=status
    )
