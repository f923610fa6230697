"""Pages of the service desk about incidents. One view, one verb; permission is the fetch."""

import csv
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from itsm.core import durations
from itsm.core.errors import DomainError, StaleVersion
from itsm.levels.agreements import promise_for
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import attachments, priority, timeline, visits
from itsm.records.models import Watch

from .. import once
from . import conflicts, listing, policies, recordpage, services
from .fields import ItemField, people_for, search_people
from .forms import FORMS
from .guard import desk_required, fetch, place
from .models import Incident
from .newform import NewIncidentForm
from .states import LIFECYCLE

PAGE = "servicedesk/incidents/"
EXPORT_CAP = 10_000
GRADES = ("1", "2", "3", "4")


@desk_required
@require_GET
def queue(request):
    """The list: tabs, facets, rows."""
    found = listing.listing(request.user, request.GET)
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    return render(request, PAGE + ("_list.html" if fragment else "queue.html"), {"list": found, "fragment": fragment})


@desk_required
@require_GET
def export(request):
    """The list as CSV, in the same view and order, at most `EXPORT_CAP` rows."""
    params = request.GET.copy()
    params.pop("cursor", None)
    found = listing.listing(request.user, params, size=EXPORT_CAP)
    head = [
        _("Number"),
        _("Title"),
        _("Priority"),
        _("State"),
        _("Team"),
        _("Assigned to"),
        _("Requester"),
        _("Opened"),
        _("Due"),
    ]
    writer = csv.writer(_Echo())

    shown = {row["number"]: row for row in found.rows}

    def lines():
        yield "\ufeff" + writer.writerow(head)
        for v in found.page.rows:
            yield writer.writerow([safe_cell(cell) for cell in _csv_row(v, shown)])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    if found.page.next:
        response["X-Truncated-At"] = str(EXPORT_CAP)
    return response


class _Echo:
    def write(self, value):
        return value


def _csv_row(v: dict, table: dict) -> list:
    row = table[v["number"]]
    return [
        v["number"], v["title"], f"P{v['priority']}", LIFECYCLE.label(v["state"]), row["team"], row["assignee"], row["requester"],
        v["opened_at"].isoformat(timespec="seconds"), v["due_at"].isoformat(timespec="seconds") if v["due_at"] else "",
    ]  # fmt: skip


def safe_cell(value) -> str:
    """A spreadsheet must not take what a user typed for a formula."""
    text = str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


@desk_required
@require_http_methods(["GET", "POST"])
def new(request):
    """An agent opens an incident for somebody."""
    form = NewIncidentForm(
        request.POST or None,
        user=request.user,
        initial={"token": get_random_string(24), "requester": request.GET.get("requester", "")},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        key = once.key(request.user, data.pop("token"))
        made = once.claim(key)
        if made:
            return redirect("incidents:detail", number=made)
        item = data.pop("item")
        try:
            incident = services.open_incident(actor=request.user, items=[item] if item else [], **data)
        except DomainError as error:
            once.release(key)
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            once.keep(key, incident.number)
            messages.success(request, _("%(number)s is open.") % {"number": incident.number})
            return redirect("incidents:detail", number=incident.number)
    context = {"form": form, "estimate": _estimate(request.user, request.POST)}
    return render(request, PAGE + "new.html", context, status=422 if form.is_bound else 200)


@desk_required
@require_GET
def people(request):
    """Suggestions for the requester field: options of a datalist."""
    text = request.GET.get("requester", "")
    allowed = len(text.strip()) >= 2 and scope_of(request.user).may("people.read")
    found = search_people(people_for(request.user), text)[:10] if allowed else []
    return render(request, PAGE + "_people.html", {"people": found})


@desk_required
@require_GET
def estimate(request):
    """The priority and the promises that an impact and an urgency give: read while the form is being filled."""
    return render(request, PAGE + "_estimate.html", {"estimate": _estimate(request.user, request.GET)})


def _estimate(user, data) -> dict | None:
    impact, urgency = data.get("impact") or "4", data.get("urgency") or "3"
    if user.organisation_id is None or impact not in GRADES or urgency not in GRADES:
        return None
    level = priority.compute(user.organisation_id, int(impact), int(urgency))
    own, resolve = (promise_for(user.organisation_id, level, metric).seconds for metric in ("own", "resolve"))
    return {
        "priority": level,
        "impact": impact,
        "urgency": urgency,
        "own": durations.short(own),
        "resolve": durations.short(resolve),
    }


@desk_required
@require_GET
def detail(request, number):
    """The record page."""
    incident = fetch(request.user, number)
    visits.remember(request.user.pk, incident.number)
    context = recordpage.context(request.user, incident, **shown_from(request))
    return render(request, PAGE + "detail.html", context)


def shown_from(request) -> dict:
    """Which part of the timeline the address asks for."""
    show = request.GET.get("show")
    known = show if show in ("all", "public", "internal", "history") else "all"
    return {"show": known, "before": _instant(request.GET.get("before", ""))}


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return at if at.tzinfo else None


@desk_required
@require_http_methods(["GET", "POST"])
def move(request, number, name):
    """One move: its form on GET (a page or a dialog's content), the act on POST."""
    if name not in FORMS:
        raise Http404
    incident = fetch(request.user, number)
    policies.check(request.user, incident, name)
    data = conflicts.chosen(request.POST) if name == "edit" and request.POST else request.POST or None
    form = FORMS[name](data, request.FILES or None, incident=incident, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(request, incident, name, form)
            except StaleVersion as error:
                return _stale(request, incident, name, form, error)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = error.status
            else:
                return _done(request, incident)
    context = {
        "incident": incident,
        "form": form,
        "move": LIFECYCLE.moves[name],
        "members": _members(incident) if name == "assign" else [],
        "seen": _seen(name, form),
        "dialog": request.htmx and request.method == "GET",
    }
    template = "_move_form.html" if request.htmx else "move.html"
    return render(request, PAGE + template, context, status=status)


def _seen(name: str, form) -> dict[str, str]:
    return conflicts.seen(form.data if form.is_bound else None, form.incident) if name == "edit" else {}


def act(request, incident: Incident, name: str, form) -> None:
    """Call the service of the move with what the form holds."""
    values = form.values()
    version = form.cleaned_data.get("version")
    if name == "comment":
        public = values.get("mode") != "internal"
        files = attachments.clean(request.FILES.getlist("files"))
        with transaction.atomic():
            services.comment(incident.pk, actor=request.user, body=values["body"], public=public)
            attachments.add(incident, files, actor=request.user, public=public, to_last_comment=True)
        return
    if name in ("link", "alert", "comment"):
        getattr(services, name)(incident.pk, actor=request.user, **values)
        return
    if name == "edit":
        values = {k: v for k, v in values.items() if not (k == "priority" and v is None)}
    getattr(services, name)(incident.pk, actor=request.user, version=version, **values)


def _members(incident: Incident):
    return User.objects.filter(memberships__team_id=incident.team_id, is_active=True).order_by("sort_key")[:100]


def _done(request, incident: Incident):
    target = place(request, incident.number)
    return HttpResponseClientRedirect(target) if request.htmx else redirect(target)


def _stale(request, incident: Incident, name: str, form, error: StaleVersion):
    """Somebody was faster: show what changed, keep what was typed, offer to send again on the newer version."""
    newest = fetch(request.user, incident.number)
    seen = form.cleaned_data.get("version") or 0
    lines = [
        line
        for line in timeline.timeline(newest, agent=True, show="history", limit=max(1, newest.version - seen))
        if line.kind == "event"
    ]
    data = form.data.copy()
    differences = []
    if name == "edit":
        data, differences = conflicts.merge(data, newest, {key: field.label for key, field in form.fields.items()})
    data["version"] = newest.version
    again = FORMS[name](data, incident=newest, user=request.user)
    again.is_valid()
    context = {
        "differences": differences,
        "seen": _seen(name, again),
        "incident": newest,
        "form": again,
        "move": LIFECYCLE.moves[name],
        "stale": lines,
        "error": error,
    }
    return render(request, PAGE + ("_move_form.html" if request.htmx else "move.html"), context, status=409)


@desk_required
@require_POST
def watch(request, number):
    """Follow, or stop following."""
    incident = fetch(request.user, number)
    _watch, created = Watch.objects.get_or_create(record_id=incident.pk, user=request.user)
    if not created:
        _watch.delete()
    return redirect(place(request, number))


@desk_required
@require_POST
def items(request, number):
    """Add or remove a configuration item that the incident touches."""
    incident = fetch(request.user, number)
    policies.check(request.user, incident, "edit")
    field = ItemField(user=request.user)
    try:
        item = field.clean(request.POST.get("item", ""))
        if request.POST.get("remove"):
            services.set_items(incident.pk, actor=request.user, remove=[item])
        elif item:
            services.set_items(incident.pk, actor=request.user, add=[item])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(place(request, number))
