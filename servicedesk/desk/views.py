"""Pages of the service desk about incidents. One view, one verb; permission is the fetch."""

import csv
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core import durations
from itsm.core.errors import DomainError, StaleVersion
from itsm.levels.agreements import promise_for
from itsm.records import attachments, priority, timeline, visits

from .. import once
from ..incidents import affected, caller, mergeviews, services
from ..incidents.models import Incident
from ..incidents.newform import NewIncidentForm
from ..incidents.states import LIFECYCLE
from . import board, columns, conflicts, facets, inplace, listing, listviews, policies
from .forms import FORMS
from .guard import desk_required, fetch

PAGE = "servicedesk/desk/"
EXPORT_CAP = 10_000
GRADES = ("1", "2", "3", "4")


@desk_required
@require_GET
def queue(request):
    """The list as a table or a board: tabs, views, facets, rows. An address that says nothing is the reader's first view."""
    wanted = request.headers.get("HX-Target", "") if request.htmx else ""
    if wanted.startswith("facet-") and (name := wanted.removeprefix("facet-")) in facets.OPTIONS:
        return render(request, PAGE + "_facet.html", {"facet": listing.facet(request.user, request.GET, name)})
    if not request.htmx and (target := listviews.begin(request.user, request.GET)):
        return redirect(target)
    found = board.board(request.user, request.GET) if request.GET.get("layout") == "board" else None
    found = found or listing.listing(request.user, request.GET)
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    context = {"list": found, "fragment": fragment}
    return render(request, PAGE + ("_list.html" if fragment else "queue.html"), context)


@desk_required
@require_GET
def export(request):
    """The list as CSV: the same view, order and columns, at most `EXPORT_CAP` rows."""
    params = request.GET.copy()
    params.pop("cursor", None)
    found = listing.listing(request.user, params, size=EXPORT_CAP, around=False)
    writer = csv.writer(_Echo())

    def lines():
        yield "\ufeff"
        for line in columns.export(found.rows, found.page.rows, found.columns):
            yield writer.writerow([safe_cell(cell) for cell in line])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="incidents.csv"'
    if found.page.next:
        response["X-Truncated-At"] = str(EXPORT_CAP)
    return response


class _Echo:
    def write(self, value):
        return value


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
        key = once.key(request.user, "new", data.pop("token"))
        made = once.claim(key)
        if made:
            return redirect("incidents:detail", number=made)
        item, touched = data.pop("item"), data.pop("touched")
        items = list(dict.fromkeys([*([item] if item else []), *touched]))
        data["service"] = data["service"] or affected.service_of([item] if item else [], request.user)
        try:
            incident = services.open_incident(actor=request.user, items=items, **data)
        except DomainError as error:
            once.release(key)
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            once.keep(key, incident.number)
            messages.success(request, _("%(number)s is open.") % {"number": incident.number})
            return redirect("incidents:detail", number=incident.number)
    context = {
        "form": form, "estimate": _estimate(request.user, request.POST),
        "caller": caller.card(request.user, str(form["requester"].value() or "")),
    }  # fmt: skip
    return render(request, PAGE + "new.html", context, status=422 if form.is_bound else 200)


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
    """The record page; its timeline alone when a tab of it was pressed."""
    incident = fetch(request.user, number)
    visits.remember(request.user.pk, incident.number)
    context = inplace.page_context(request, incident)
    alone = bool(request.htmx) and request.htmx.target == "timeline"
    return keep_order(request, render(request, PAGE + ("_history.html" if alone else "detail.html"), context))


ORDER_COOKIE, YEAR = "timeline_order", 365 * 24 * 3600


def shown_from(request) -> dict:
    """Which part of the timeline the address asks for, in the order that the reader likes."""
    show = request.GET.get("show")
    known = show if show in ("all", "public", "internal", "history") else "all"
    oldest = (request.GET.get("order") or request.COOKIES.get(ORDER_COOKIE)) == "oldest"
    return {"show": known, "before": _instant(request.GET.get("before", "")), "oldest_first": oldest}


def keep_order(request, response):
    """An order that was chosen stays chosen in this browser."""
    if request.GET.get("order") in ("oldest", "newest"):
        response.set_cookie(ORDER_COOKIE, request.GET["order"], max_age=YEAR, samesite="Lax", httponly=True)
    return response


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
    shown = None
    if request.method == "POST":
        status = 422
        if form.is_valid() and name == "merge" and not form.is_sure:
            shown, status = mergeviews.shown(form.cleaned_data["into"]), 200
        elif form.is_valid():
            try:
                _once(request, incident, name, form)
            except StaleVersion as error:
                return stale(request, incident, name, form, error)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = error.status
            else:
                return _done(request, incident, name, form)
        if request.htmx.target == "ticket" and name == "comment":
            errors = [text for each in form.errors.values() for text in each]
            return inplace.refused(request, errors, status=status, target="#compose-error")
    pressed = request.htmx and request.method == "POST" and not in_dialog(request)
    context = {
        "incident": incident,
        "form": form,
        "move": LIFECYCLE.moves[name],
        "seen": _seen(name, form),
        "shown": shown,
        "dialog": request.htmx and not in_dialog(request),
    }
    template = "_move_form.html" if request.htmx else "move.html"
    response = render(request, PAGE + template, context, status=status)
    return inplace.to_dialog(response) if pressed else response


def _once(request, incident: Incident, name: str, form) -> None:
    """Act; a message that arrives twice with one token is written once."""
    key = once.key(request.user, f"comment:{incident.pk}", request.POST.get("token", "")) if name == "comment" else ""
    if once.claim(key):
        return
    try:
        act(request, incident, name, form)
    except DomainError:
        once.release(key)
        raise
    once.keep(key, incident.number)


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


def _done(request, incident: Incident, name: str, form):
    said = ""
    if name == "comment":
        internal = form.cleaned_data.get("mode") == "internal"
        said = _("The note is added.") if internal else _("The reply is sent.")
    elif name == "assign":
        said = inplace.unchanged(incident)
    undo = f"/desk/incidents/{incident.number}/unmerge/" if name == "merge" else ""
    return inplace.done(
        request, incident.number, said=said, focus=f"act-{name}", sent=name == "comment", undo=undo, timer=name == "resolve"
    )  # fmt: skip


def stale(request, incident: Incident, name: str, form, error: StaleVersion):
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
        "dialog": request.htmx and not in_dialog(request),
    }
    response = render(request, PAGE + ("_move_form.html" if request.htmx else "move.html"), context, status=409)
    return inplace.to_dialog(response) if context["dialog"] else response


def in_dialog(request) -> bool:
    """Was this sent by a form of the page's dialog?"""
    return request.htmx.target == "move-form"
