"""Settings of events: rules, silences, mappings, and a payload to try. Without the right the pages do not exist."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.events import matching, ruling
from itsm.events import services as alerts
from itsm.events.models import EventRule, Severity, Silence
from itsm.people.directory import directory, names_of
from itsm.people.entering import only
from itsm.people.models import Organisation
from itsm.people.scope import scope_of
from itsm.records import processes

from . import reading, services
from .defaults import MAPPINGS
from .forms import MappingForm, RuleForm, SilenceForm, TryForm
from .models import EventMapping

PAGE = "gateway/events/"
TABS = (
    ("rules", "events:rules", "operations.manage"), ("silences", "events:silences", "operations.work"),
    ("mappings", "events:mappings", "settings.manage"), ("try", "events:try", "settings.manage"),
)  # fmt: skip


def _page(request, name: str, here: str, context: dict, *, status: int = 200):
    labels = {"rules": _("Rules"), "silences": _("Silences"), "mappings": _("Mappings"), "try": _("Try a payload")}
    scope = scope_of(request.user)
    tabs = [
        {"url": reverse(route), "label": labels[key], "current": key == here}
        for key, route, permission in TABS
        if scope.may(permission)
    ]
    return render(request, PAGE + name, {**context, "tabs": tabs}, status=status)


def said(conditions: list[dict]) -> list[str]:
    """Conditions in the reader's words."""
    return [f"{matching.FIELDS.get(c['field'], c['field'])} {matching.HOW[c['how']]} {_values(c)}" for c in conditions]


def _values(condition: dict) -> str:
    values = condition["value"] if isinstance(condition["value"], list) else [condition["value"]]
    if condition["field"] == "severity":
        values = [dict(Severity.choices).get(value, value) for value in values]
    return ", ".join(map(str, values))


def _outcome(rule: EventRule) -> list[str]:
    process = processes.PROCESSES.find(rule.kind) if rule.kind else None
    words = []
    if rule.kind:
        words.append(_("opens: %(kind)s") % {"kind": process.label if process else rule.kind})
    if rule.outage:
        words.append(str(EventRule.Outage(rule.outage).label))
    if rule.marks_down:
        words.append(_("folds what depends on it"))
    if rule.expires_minutes:
        words.append(_("closes after %(n)s min without news") % {"n": rule.expires_minutes})
    return words or [_("only listed")]


@only("operations.manage")
@require_GET
def rule_list(request):
    """The rules in their order."""
    book, scope = directory.get(), scope_of(request.user)
    mine = set(EventRule.objects.manageable_by(request.user).values_list("pk", flat=True))
    rows = [
        {
            "rule": rule, "conditions": said(rule.conditions), "outcome": _outcome(rule), "team": book.teams.get(rule.team_id),
            "organisation": book.organisations[rule.organisation_id].name if rule.organisation_id in book.organisations else _("all"),
            "mine": rule.pk in mine,
        }
        for rule in EventRule.objects.visible_to(request.user)
    ]  # fmt: skip
    return _page(request, "rules.html", "rules", {"rows": rows, "all": scope.everything})


@only("operations.manage")
@require_http_methods(["GET", "POST"])
def rule(request, pk: int | None = None):
    """One rule: tried on the last alerts, or saved."""
    found = get_object_or_404(EventRule.objects.manageable_by(request.user), pk=pk) if pk else EventRule()
    initial = {name: getattr(found, name) for name in ruling.FIELDS} if pk else {}
    form = RuleForm(request.POST or None, user=request.user, initial=initial, conditions=found.conditions if pk else ())
    context, status = {"form": form, "rule": found if pk else None, "fields": matching.FIELDS}, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            draft = form.filled(found)
            try:
                if "try" in request.POST:
                    context["trial"], status = ruling.attempt(draft, request.user), 200
                else:
                    ruling.save_rule(draft, actor=request.user)
                    messages.success(request, pgettext("events", "“%(name)s” is saved.") % {"name": draft.name})
                    return redirect("events:rules")
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
                status = 422
    return _page(request, "rule.html", "rules", context, status=status)


@only("operations.manage")
@require_POST
def remove_rule(request, pk):
    """Alerts that it decided about stay as they are."""
    found = get_object_or_404(EventRule.objects.manageable_by(request.user), pk=pk)
    ruling.remove_rule(found.pk, actor=request.user)
    messages.success(request, pgettext("events", "“%(name)s” is removed.") % {"name": found.name})
    return redirect("events:rules")


@only("operations.work")
@require_GET
def silence_list(request):
    """Those that last or are planned, then the past ones."""
    at = now()
    page = keyset_page(
        Silence.objects.visible_to(request.user).select_related("item"),
        ordering=("-ends_at", "-id"),
        cursor=request.GET.get("cursor"),
        size=50,
    )
    names = names_of(row.owner_id for row in page.rows)
    rows = [
        {
            "silence": row, "conditions": said(row.conditions), "owner": names.get(row.owner_id, ""),
            "state": "over" if row.ends_at <= at else "planned" if row.starts_at > at else "lasts",
        }
        for row in page.rows
    ]  # fmt: skip
    return _page(request, "silences.html", "silences", {"rows": rows, "page": page})


@only("operations.work")
@require_http_methods(["GET", "POST"])
def new_silence(request):
    """A silence over conditions or an item."""
    form = SilenceForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if not name.startswith("c-")}
        try:
            alerts.plan_silence(
                actor=request.user,
                organisation=Organisation.objects.get(pk=values.pop("organisation")),
                conditions=form.conditions(),
                **values,
            )
        except DomainError as error:
            field = "ends_at" if error.field == "until" else error.field
            form.add_error(field if field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("The silence is planned."))
            return redirect("events:silences")
    context = {"form": form, "fields": matching.FIELDS}
    return _page(request, "silence.html", "silences", context, status=422 if form.errors else 200)


@only("operations.work")
@require_POST
def end_silence(request, pk):
    """What it covered asks for an eye again."""
    found = get_object_or_404(Silence.objects.workable_by(request.user), pk=pk)
    try:
        alerts.end_silence(found.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The silence has ended."))
    return redirect("events:silences")


@only("settings.manage")
@require_GET
def mapping_list(request):
    """How the messages of other systems are read."""
    delivered = {code: spec for code, _name, _position, spec in MAPPINGS}
    rows = [
        {
            "mapping": row,
            "delivered": row.code in delivered,
            "changed": row.code in delivered and row.spec != delivered[row.code],
        }
        for row in reading.kept.get()
    ]
    return _page(request, "mappings.html", "mappings", {"rows": rows})


def _written(spec: dict) -> str:
    """In the order in which one reads it; the database keeps none."""
    known = [part for part in ("detect", "each", "fields", "levels", "over", "skip", "down") if part in spec]
    return json.dumps({part: spec[part] for part in [*known, *(spec.keys() - known)]}, indent=2, ensure_ascii=False)


@only("settings.manage")
@require_http_methods(["GET", "POST"])
def mapping(request, code: str | None = None):
    """One mapping as text."""
    found = EventMapping()
    if code:
        found = EventMapping.objects.filter(code=code).first() or next(
            (m for m in reading.kept.get() if m.code == code), None
        )
        if found is None:
            raise Http404
    initial = {
        "code": found.code, "name": found.name, "position": found.position, "active": found.active,
        "spec": _written(found.spec),
    } if code else {"spec": _written(MAPPINGS[-1][3])}  # fmt: skip
    form = MappingForm(request.POST or None, initial=initial)
    if code:
        form.fields["code"].disabled = True
    if request.method == "POST" and form.is_valid():
        row = EventMapping.objects.filter(code=code).first() or EventMapping(code=code or form.cleaned_data["code"])
        for name in ("name", "position", "active", "spec"):
            setattr(row, name, form.cleaned_data[name])
        try:
            services.save_mapping(row, actor=request.user)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, pgettext("events", "“%(name)s” is saved.") % {"name": row.name})
            return redirect("events:mappings")
    context = {
        "form": form,
        "mapping": found if code else None,
        "kept": bool(code) and found.pk is not None,
        "delivered": code in {m[0] for m in MAPPINGS},
    }
    return _page(request, "mapping.html", "mappings", context, status=422 if form.errors else 200)


@only("settings.manage")
@require_POST
def take_mapping_back(request, code):
    """As it was delivered, or away."""
    found = get_object_or_404(EventMapping, code=code)
    kept = services.take_back(found.code, actor=request.user)
    words = _("“%(name)s” is as it was delivered.") if kept else pgettext("events", "“%(name)s” is removed.")
    messages.success(request, words % {"name": found.name})
    return redirect("events:mappings")


@only("settings.manage")
@require_http_methods(["GET", "POST"])
def attempt(request):
    """What a payload would become; nothing of it is kept."""
    form = TryForm(
        request.POST or None,
        user=request.user,
        mappings=reading.kept.get(),
        initial={"mapping": request.GET.get("mapping", "")},
    )
    context: dict = {"form": form}
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            context["attempt"] = services.attempt(
                data["body"].encode(),
                "",
                organisation_id=data["organisation"],
                source=_("Name of the source"),
                only=data["mapping"],
            )
        except DomainError as error:
            form.add_error("body", str(error.message))
    return _page(request, "try.html", "try", context, status=422 if form.errors else 200)
