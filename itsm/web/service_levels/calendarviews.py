"""Calendars: list, one with its pictures, the form."""

from collections import Counter

from django.contrib import messages
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.calendars import drawing, regions, services
from itsm.calendars.models import Calendar
from itsm.calendars.spec import CalendarSpec, specs
from itsm.core import now
from itsm.core.errors import DomainError, StaleVersion
from itsm.levels.models import ALIVE, Clock
from itsm.people.directory import directory
from itsm.people.reading import agents_read, concerning
from itsm.records import replanning

from ..forms import ZONES
from .calendarform import CalendarForm
from .guard import administrators_only

PAGE = "itsm_web/levels/"
CAP = 10_000


@agents_read
@require_GET
def calendars(request):
    """Every calendar with its week in words; how many clocks run in it is for administrators, who see all organisations."""
    alive = Clock.objects.filter(state__in=ALIVE) if request.manages else Clock.objects.none()
    running = dict(alive.order_by().values_list("calendar_id").annotate(n=Count("pk")))
    known, orgs = specs.get(), directory.get().organisations
    rows = [
        {
            "calendar": each, "week": drawing.week(known[each.pk]) if each.pk in known else [], "running": running.get(each.pk, 0),
            "organisation": orgs[each.organisation_id].name if each.organisation_id in orgs else "",
            "holidays": ", ".join(filter(None, place_of(each))),
        }
        for each in _readable(request).order_by("code")
    ]  # fmt: skip
    return render(request, PAGE + "calendars.html", {"rows": rows, "manages": request.manages})


def _readable(request):
    return (
        Calendar.objects.all()
        if request.manages
        else Calendar.objects.filter(concerning(request.user, "organisation_id"))
    )


def place_of(calendar: Calendar) -> tuple[str, str]:
    """Country and region in words."""
    country = dict(regions.country_choices()).get(calendar.holiday_country, calendar.holiday_country)
    part = calendar.holiday_subdivision
    return country, regions.subdivision_name(calendar.holiday_country, part) if part else ""


@administrators_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Create a calendar."""
    return _edit(request, None)


@agents_read
@require_http_methods(["GET", "POST"])
def calendar(request, code):
    """One calendar: its form (for agents what it says), a picture of its week and of two years."""
    found = get_object_or_404(_readable(request), code=code)
    return _edit(request, found) if request.manages else _read(request, found)


def _read(request, found: Calendar):
    orgs = directory.get().organisations
    context = {
        "calendar": found, "holidays": ", ".join(filter(None, place_of(found))),
        "organisation": orgs[found.organisation_id].name if found.organisation_id in orgs else "",
    } | _pictures(found, now().year)  # fmt: skip
    return render(request, PAGE + "calendar_read.html", context)


def _edit(request, found: Calendar | None):
    content = services.content_of(found) if found else None
    form = CalendarForm(request.POST if request.method == "POST" else None, calendar=found, content=content)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = services.save_calendar(
                    found, form.content(), actor=request.user, seen=request.POST.get("seen", "")
                )
            except DomainError as error:
                status = 409 if isinstance(error, StaleVersion) else error.status
                _refuse(form, error)
            else:
                if found:
                    replanning.later(saved.pk)
                messages.success(
                    request, _("The calendar is saved. Running clocks that count in it follow in a moment.")
                )
                return redirect("web:calendar", code=saved.code)
    year = now().year
    context = {
        "form": form, "calendar": found, "seen": _seen(request, content), "weekdays": _weekdays(form), "days": form.rows_days,
        "zones": ZONES,
        "errors_of_rows": form.errors_of_rows, "running": running_in(found.pk) if found else 0, "cap": CAP,
    } | _region(form["holiday_country"].value() or "", form["holiday_subdivision"].value() or "", year)  # fmt: skip
    if found:
        context |= _pictures(found, year)
    return render(request, PAGE + "calendar.html", context, status=status)


def _refuse(form: CalendarForm, error: DomainError) -> None:
    if error.field in form.fields:
        form.add_error(error.field, str(error))
    else:
        if error.field:
            form.refuse(error.field, str(error))
        form.add_error(None, str(error))


def _seen(request, content) -> str:
    return request.POST.get("seen", "") or (services.digest(content) if content else "")


def _weekdays(form: CalendarForm) -> list[dict]:
    return [
        {"n": n, "name": name, "rows": form.rows_week[n], "error": form.errors_of_rows.get(f"week-{n}", "")}
        for n, name in enumerate(drawing.weekdays())
    ]


def _pictures(found: Calendar, year: int) -> dict:
    spec: CalendarSpec | None = specs.get().get(found.pk)
    if spec is None:
        return {}
    labels = {day.date: day.label for day in found.special_days.all()}
    return {"week": drawing.week(spec), "years": [drawing.year(spec, each, labels) for each in (year, year + 1)]}


def running_in(pk: int) -> int:
    """How many clocks run or rest in a calendar, up to the cap."""
    return Clock.objects.filter(calendar_id=pk, state__in=ALIVE)[:CAP].count()


@administrators_only
@require_GET
def region(request):
    """The regions of a country and its holidays this year and the next: read while the form is being filled."""
    country, part = request.GET.get("holiday_country", ""), request.GET.get("holiday_subdivision", "")
    part = part if regions.known(country, part) else ""
    return render(request, PAGE + "_region.html", _region(country, part, now().year))


def _region(country: str, part: str, year: int) -> dict:
    found = regions.dates(country, part, range(year, year + 2))
    shown = [
        {"day": drawing.format_date(day, "EEE d MMM y", locale=drawing.language()), "name": name} for day, name in found
    ]
    counted = Counter(day.year for day, _name in found)
    return {
        "parts": regions.subdivision_choices(country),
        "part": part,
        "dates": shown,
        "counted": sorted(counted.items()),
    }
