"""Pages of routing: the rules in their order, one rule with its trial on the past, how a team shares out. Agents read
what concerns them, administrators change it."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.entering import only
from itsm.people.models import User
from itsm.people.reading import agents_read, concerning, known_organisations
from itsm.people.scope import scope_of
from itsm.records.reference import category_path

from . import services, trial
from .forms import RuleForm, SharingForm, initial_of
from .models import Distribution, RoutingRule, Skill
from .words import conditions

PAGE = "itsm_escalation/routing/"


# For anyone else the pages do not exist.
administrators_only = only("settings.manage")


@agents_read
@require_GET
def rules(request):
    """The rules in their order, and how each team shares out."""
    book, ways = directory.get(), {row.team_id: row for row in Distribution.objects.all()}
    known = _known(request)
    rows = [
        {"rule": rule, "conditions": conditions(rule), "team": book.teams.get(rule.team_id)}
        for rule in _readable(request).select_related("service__item", "item")
    ]
    teams = [
        {"team": team, "way": ways.get(team.pk)}
        for team in book.teams_by_code.values()
        if team.function != "supplier" and (known is None or team.organisation_id in known)
    ]
    return render(request, PAGE + "rules.html", {"rows": rows, "teams": teams, "manages": request.manages})


def _known(request) -> set[int] | None:
    """The organisations of whose teams and rules the reader may know; None: all."""
    if request.manages or scope_of(request.user).everything:
        return None
    return set(known_organisations(request.user))


def _readable(request) -> QuerySet[RoutingRule]:
    if _known(request) is None:
        return RoutingRule.objects.all()
    about = concerning(request.user, "organisation_id", "service__item__organisation_id", "item__organisation_id")
    return RoutingRule.objects.filter(about, team__organisation__in=known_organisations(request.user))


@administrators_only
@require_http_methods(["GET", "POST"])
def create(request):
    """A new rule."""
    return _edit(request, None)


@agents_read
@require_http_methods(["GET", "POST"])
def rule(request, pk: int):
    """One rule: try it on the past, or save it; agents read it."""
    if request.manages:
        return _edit(request, pk)
    found = get_object_or_404(_readable(request).select_related("service__item", "item"), pk=pk)
    team = directory.get().teams.get(found.team_id)
    return render(request, PAGE + "rule_read.html", {"rule": found, "conditions": conditions(found), "team": team})


def _edit(request, pk: int | None):
    found = get_object_or_404(RoutingRule.objects.select_related("item"), pk=pk) if pk else RoutingRule()
    form = RuleForm(request.POST or None, initial=initial_of(found) if pk else {})
    seen = request.POST.get("seen", services.digest(found) if pk else "")
    context, status = {"form": form, "rule": found if pk else None, "seen": seen}, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            draft = form.filled(found)
            if not conditions(draft):
                form.add_error(None, _("Give at least one condition: a rule without any would take everything."))
            elif "try" in request.POST:
                context["trial"], status = trial.attempt(draft, request.user), 200
            else:
                try:
                    services.save_rule(draft, actor=request.user, seen=seen)
                except DomainError as error:
                    form.add_error(error.field if error.field in form.fields else None, str(error))
                    status = 409 if error.status == 412 else error.status
                else:
                    messages.success(request, _("“%(name)s” is saved.") % {"name": draft.name})
                    return redirect("routing:rules")
    return render(request, PAGE + "rule.html", context, status=status)


@administrators_only
@require_POST
def delete(request, pk: int):
    """Remove a rule."""
    found = get_object_or_404(RoutingRule, pk=pk)
    services.delete_rule(found.pk, actor=request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": found.name})
    return redirect("routing:rules")


@agents_read
@require_http_methods(["GET", "POST"])
def team(request, code: str):
    """How a team shares its work out, and what its people know."""
    found, known = directory.get().teams_by_code.get(code), _known(request)
    if found is None or (known is not None and found.organisation_id not in known):
        raise Http404
    people = list(User.objects.filter(memberships__team_id=found.pk, is_active=True).order_by("sort_key")[:100])
    skills: dict[int, list[int]] = {}
    for person, category in Skill.objects.filter(person__in=people).values_list("person_id", "category_id"):
        skills.setdefault(person, []).append(category)
    way = Distribution.objects.filter(pk=found.pk).first()
    if not request.manages:
        rows = [
            {"person": each, "knows": sorted(filter(None, map(category_path, skills.get(each.pk, ()))))}
            for each in people
        ]
        return render(request, PAGE + "team_read.html", {"team": found, "way": way, "rows": rows})
    initial = (
        {"way": way.way, "most_open": way.most_open, "in_hours_only": way.in_hours_only}
        if way
        else {"in_hours_only": True}
    )
    form = SharingForm(request.POST or None, people=people, known=skills, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        services.share_out(
            found, actor=request.user, way=data["way"], most_open=data["most_open"], in_hours_only=data["in_hours_only"]
        )
        chosen = form.skills()
        for person in people:
            if {category.pk for category in chosen[person.pk]} != set(skills.get(person.pk, [])):
                services.set_skills(person, chosen[person.pk], actor=request.user)
        messages.success(request, _("%(team)s shares out as you said.") % {"team": found.code})
        return redirect("routing:rules")
    return render(request, PAGE + "team.html", {"form": form, "team": found}, status=422 if form.is_bound else 200)
