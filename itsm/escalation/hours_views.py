"""Working hours of the people of a team: who leads it, who manages its department and administrators set them."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.calendars.models import Calendar
from itsm.core import now
from itsm.people import services, shifts
from itsm.people.directory import directory
from itsm.people.models import Absence, User
from itsm.people.scope import scope_of

from . import access
from .oncall_views import agents_only

MOST = 200


class HoursForm(forms.Form):
    """A calendar a person; none: the hours of the team."""

    def __init__(self, data=None, *, people: list[User], calendars: list[Calendar]):
        super().__init__(data)
        choices = [("", _("the hours of the team")), *((each.pk, each.name) for each in calendars)]
        for person in people:
            self.fields[f"hours-{person.pk}"] = forms.TypedChoiceField(
                label=person.display_name, choices=choices, coerce=int, empty_value=None, required=False,
                initial=person.calendar_id,
            )  # fmt: skip


@agents_only
@require_GET
def index(request):
    """The reader's own team, else the first of those that they run; none: no page."""
    rows, mine = _teams(request.user), scope_of(request.user).teams
    if not rows:
        raise Http404
    first = next((row for row in rows if row.pk in mine), rows[0])
    return redirect("oncall:team-hours", code=first.code)


@agents_only
@require_http_methods(["GET", "POST"])
def team(request, code):
    """Who of the team works when, and who is at work now."""
    teams = _teams(request.user)
    found = next((row for row in teams if row.code == code), None)
    if found is None:
        raise Http404
    people = list(access.may_set_hours_of(request.user).filter(memberships__team_id=found.pk)[:MOST])
    calendars = list(Calendar.objects.order_by("code"))
    form = HoursForm(request.POST or None, people=people, calendars=calendars)
    if request.method == "POST" and form.is_valid():
        by_key = {each.pk: each for each in calendars}
        for person in people:
            services.set_working_hours(person, by_key.get(form.cleaned_data[f"hours-{person.pk}"]), actor=request.user)
        messages.success(request, _("The working hours are saved. Routing goes by them from now on."))
        return redirect("oncall:team-hours", code=code)
    context = {"team": found, "teams": teams, "form": form, "rows": _rows(found.pk, people, form)}
    return render(request, "itsm_escalation/hours.html", context, status=422 if form.is_bound else 200)


def _teams(user: User) -> list:
    mine, book = access.teams_run_by(user), directory.get().teams
    rows = [book[pk] for pk in mine if book[pk].function != "supplier"]
    return sorted(rows, key=lambda row: row.code)


def _rows(team_id: int, people: list[User], form: HoursForm) -> list[dict]:
    at = now()
    roster = shifts.rostered(team_id, [person.pk for person in people], at)
    off = shifts.off_shift(team_id, people, at)
    away = set(
        Absence.objects.filter(user__in=people, starts_at__lte=at, ends_at__gt=at).values_list("user_id", flat=True)
    )
    return [
        {
            "person": person, "field": form[f"hours-{person.pk}"], "roster": person.pk in roster,
            "away": person.pk in away, "off": off.get(person.pk),
        }
        for person in people
    ]  # fmt: skip
