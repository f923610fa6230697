"""Pages of the windows: list, month, one window, its form with what it would touch, and the calendar file."""

from datetime import UTC, date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.clock import midnight
from itsm.core.errors import DomainError
from itsm.core.numbers import version_of
from itsm.core.paging import keyset_page
from itsm.notify.messages import language_of
from itsm.people.scope import scope_of

from . import ical, overlaps, services, showing
from .access import keepers, readers
from .filters import WindowFilter
from .forms import ZONES, WindowForm
from .matching import scope_of as conditions_of
from .matching import times_of
from .models import PlanningFeed, Window

SIZE, MOST_AHEAD, MOST_SPANS = 50, 500, 2000
FEED_BEFORE, FEED_AHEAD = timedelta(days=31), timedelta(days=366)
CHANCES = 5


def may_keep(request) -> bool:
    return scope_of(request.user).may("operations.manage")


@readers
@require_GET
def index(request):
    """What is open and what comes, by its next occurrence; what is over or was called off, the newest first."""
    data = request.GET.copy()
    state = data.setdefault("state", "ahead")
    found = WindowFilter(data, Window.objects.visible_to(request.user))
    at, page = now(), None
    if state in ("over", "cancelled"):
        page = keyset_page(
            found.qs, ordering=("-starts_at", "-id"), cursor=request.GET.get("cursor") or None, size=SIZE
        )
        rows = showing.rows(page.rows, at)
    else:
        rows = showing.rows(list(found.qs.order_by("pk")[:MOST_AHEAD]), at) if found.is_valid() else []
        rows.sort(key=lambda row: (row["begins"], row["window"].pk))
    context = {
        "rows": rows, "page": page, "filter": found, "state": state, "may_keep": may_keep(request), "here": "list",
        "asked": {name: request.GET.get(name, "") for name in ("q", "kind", "item")},
        "active": any(request.GET.get(name) for name in ("q", "kind", "item")), "feed": _has_feed(request),
    }  # fmt: skip
    return render(request, "itsm_planning/index.html", context, status=200 if found.is_valid() else 422)


def _has_feed(request) -> bool:
    return PlanningFeed.objects.filter(user=request.user).exists()


@readers
@require_GET
def month(request):
    """A month, a day a field; on a small screen the days that hold something."""
    today = timezone.localdate(now())
    first = _month(request.GET.get("month", ""), today)
    before, after = (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)
    begins, ends = midnight(first - timedelta(days=7)), midnight(after + timedelta(days=7))
    rows = _spans(Window.objects.visible_to(request.user), begins, ends)
    context = {
        "weeks": showing.month(rows, first, today), "first": first, "before": f"{before:%Y-%m}", "after": f"{after:%Y-%m}",
        "any": any(begin < midnight(after) and end > midnight(first) for _w, begin, end in rows), "may_keep": may_keep(request),
        "here": "month",
    }  # fmt: skip
    return render(request, "itsm_planning/month.html", context)


def _month(given: str, today: date) -> date:
    """The first day of the month asked for, within ten years; else of this one."""
    try:
        asked = date.fromisoformat(f"{given}-01")
    except ValueError:
        asked = today
    return (asked if abs(asked.year - today.year) <= 10 else today).replace(day=1)


def _spans(queryset, begins, ends) -> list[tuple]:
    found = []
    for window in queryset.standing().order_by("pk")[:MOST_SPANS]:
        found += [(window, *span) for span in times_of(window).spans(begins, ends)]
    return sorted(found, key=lambda each: (each[1], each[0].pk))[:MOST_SPANS]


@readers
@require_GET
def detail(request, pk):
    """One window: when, about what, what it touches now, and what else is planned there."""
    window = get_object_or_404(Window.objects.visible_to(request.user).select_related("record", "created_by"), pk=pk)
    at, scope, times = now(), conditions_of(window), times_of(window)
    coming = [] if window.cancelled_at else times.spans(at, at + timedelta(days=3 * 366))[:CHANCES]
    record = window.record
    if record and not type(record).objects.visible_to(request.user).filter(pk=record.pk).exists():
        record = None
    keeps = Window.objects.kept_by(request.user).filter(pk=pk).exists() and not window.cancelled_at
    context = {
        "row": showing.row(window, at), "window": window, "reach": showing.reach(scope, request.user), "record": record,
        "coming": [showing.span_words(*span) for span in coming], "keeps": keeps,
        "ends_now": keeps and window.repeats == "once" and window.starts_at < at < window.ends_at,
        "overlaps": [] if window.cancelled_at else _seen(overlaps.overlaps(scope, times, window.kind, at, besides=pk), request),
    }  # fmt: skip
    return render(request, "itsm_planning/detail.html", context)


def _seen(found, request) -> list[dict]:
    """Overlapping windows, those of other organisations without a link."""
    seen = set(
        Window.objects.visible_to(request.user).filter(pk__in=[o.window.pk for o in found]).values_list("pk", flat=True)
    )
    return [
        {"overlap": each, "when": showing.span_words(each.begins, each.ends), "link": each.window.pk in seen}
        for each in found
    ]


@keepers
@require_http_methods(["GET", "POST"])
def create(request):
    """A new window; `?item=` names one that it is about."""
    return _edit(request, None)


@keepers
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """Other times, words or conditions."""
    window = get_object_or_404(Window.objects.visible_to(request.user).select_related("record"), pk=pk)
    if window.cancelled_at or not Window.objects.kept_by(request.user).filter(pk=pk).exists():
        raise PermissionDenied
    return _edit(request, window)


def _edit(request, window: Window | None):
    initial = (
        {} if window else {name: request.GET[name][:80] for name in ("kind", "name", "record") if name in request.GET}
    )
    if not window and request.GET.get("item"):
        initial["items"] = request.GET["item"][:80]
    form = WindowForm(request.POST or None, reader=request.user, window=window, initial=initial)
    context = {"form": form, "window": window, "zones": ZONES, "look": None}
    if request.method != "POST":
        return render(request, "itsm_planning/form.html", context)
    looks = "look" in request.POST
    if form.is_valid() and not looks:
        try:
            saved = _save(form, window, request)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
            context["stale"] = error.status == 412
        else:
            messages.success(request, _("The window is saved."))
            return redirect(saved)
    context["look"] = _look(form, window, request)
    if looks and request.htmx:
        return render(request, "itsm_planning/_look.html", context)
    if looks:
        return render(request, "itsm_planning/form.html", context)
    return render(request, "itsm_planning/form.html", context, status=409 if context.get("stale") else 422)


def _save(form: WindowForm, window: Window | None, request) -> Window:
    organisation = form.cleaned_data["organisation"]
    if window is None:
        return services.plan_window(actor=request.user, organisation_id=organisation, **form.values())
    version = version_of(request.POST.get("version"))
    return services.change_window(
        window.pk, actor=request.user, version=version, organisation_id=organisation, **form.values()
    )


def _look(form: WindowForm, window: Window | None, request) -> dict | None:
    """What the form would touch, when, and what else is planned there; None while it cannot be told."""
    if not form.is_bound or form.errors.keys() - {"name", "record", "__all__"}:
        return None
    at, scope, times = now(), form.as_scope(), form.as_times()
    if times.repeats != "once" and times.ends - times.begins > timedelta(days=366):
        return None
    found = overlaps.overlaps(scope, times, form.cleaned_data["kind"], at, besides=window.pk if window else None)
    nothing = scope.is_open and form.cleaned_data["kind"] == Window.Kind.MAINTENANCE
    return {
        "reach": None if nothing else showing.reach(scope, request.user), "overlaps": [] if nothing else _seen(found, request),
        "coming": [showing.span_words(*span) for span in times.spans(at, at + timedelta(days=3 * 366))[:CHANCES]],
    }  # fmt: skip


def _kept(request, pk: int) -> Window:
    return get_object_or_404(Window.objects.kept_by(request.user), pk=pk)


@keepers
@require_POST
def call_off(request, pk):
    """It does not take place."""
    window = _kept(request, pk)
    services.call_off(window.pk, actor=request.user, reason=request.POST.get("reason", "").strip())
    messages.success(request, _("“%(name)s” is called off.") % {"name": window.name})
    return redirect(window)


@keepers
@require_POST
def end_now(request, pk):
    """The work is done before its time."""
    window = services.end_now(_kept(request, pk).pk, actor=request.user)
    messages.success(request, _("“%(name)s” has ended.") % {"name": window.name})
    return redirect(window)


@readers
@require_POST
def renew_feed(request):
    """A new secret address of the calendar; it is shown once."""
    if request.POST.get("end"):
        services.end_feed(request.user, actor=request.user)
        messages.success(request, _("The address of the calendar no longer works."))
        return redirect("planning:index")
    token = services.renew_feed(request.user, actor=request.user)
    address = request.build_absolute_uri(f"/operations/planning/feed/{token}.ics")
    return render(request, "itsm_planning/feed.html", {"address": address})


@require_GET
@never_cache
def feed(request, token):
    """The windows that a person reads as a calendar file, by its secret address."""
    person = services.person_of(token)
    if person is None:
        raise Http404
    at = now().astimezone(UTC)
    with override(language_of(person)):
        found = _spans(Window.objects.visible_to(person), at - FEED_BEFORE, at + FEED_AHEAD)
        body = ical.feed(_("Maintenance and freezes"), found, at)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="planning.ics"'
    return response
