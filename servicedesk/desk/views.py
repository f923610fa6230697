"""Pages of the service desk about records of any process. One view, one verb; permission is the fetch."""

import csv
from datetime import datetime

from django.db import transaction
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core.errors import DomainError, StaleVersion
from itsm.records import attachments, timeline, visits
from itsm.records.models import Record
from itsm.web import saved

from .. import once
from . import board, columns, conflicts, facets, inplace, listing, listviews, policies
from .desks import desk_of
from .guard import desk_required, fetch

PAGE = "servicedesk/desk/"
EXPORT_CAP = 10_000


@desk_required
@require_GET
def queue(request, kind):
    """The list as a table or a board: tabs, views, facets, rows. An address that says nothing is the reader's first view."""
    wanted = request.headers.get("HX-Target", "") if request.htmx else ""
    if wanted.startswith("facet-") and (name := wanted.removeprefix("facet-")) in facets.OPTIONS:
        return render(
            request, PAGE + "_facet.html", {"facet": listing.facet(request.user, request.GET, name, kind=kind)}
        )
    user, params, kept = request.user, request.GET, saved.preference(request.user, listviews.place_of(kind).key)
    if not request.htmx and (target := listviews.begin(user, params, kind=kind, at=desk_of(kind).base, kept=kept)):
        return redirect(target)
    found = board.board(user, params, kind, kept=kept) if params.get("layout") == "board" else None
    found = found or listing.listing(user, params, kind=kind, kept=kept)
    fragment = bool(request.htmx) and not request.htmx.history_restore_request
    context = {"list": found, "fragment": fragment, "desk": desk_of(kind)}
    return render(request, PAGE + ("_list.html" if fragment else "queue.html"), context)


@desk_required
@require_GET
def export(request, kind):
    """The list as CSV: the same view, order and columns, at most `EXPORT_CAP` rows."""
    params = request.GET.copy()
    params.pop("cursor", None)
    found = listing.listing(request.user, params, kind=kind, size=EXPORT_CAP, around=False)
    writer = csv.writer(_Echo())

    def lines():
        yield "\ufeff"
        for line in columns.export(found.rows, found.page.rows, found.columns):
            yield writer.writerow([safe_cell(cell) for cell in line])

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{desk_of(kind).name}.csv"'
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
@require_GET
def detail(request, number):
    """The record page; its timeline alone when a tab of it was pressed."""
    ticket = fetch(request.user, number, service=False)
    visits.remember(request.user.pk, ticket.number)
    context = inplace.page_context(request, ticket)
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
    ticket = fetch(request.user, number)
    desk = desk_of(ticket)
    if name not in desk.forms:
        raise Http404
    policies.check(request.user, ticket, name)
    data = conflicts.chosen(request.POST) if name == "edit" and request.POST else request.POST or None
    form = desk.forms[name](data, request.FILES or None, ticket=ticket, user=request.user)
    status = 200
    shown = None
    if request.method == "POST":
        status = 422
        if form.is_valid() and not form.is_sure:
            shown, status = form.shown(), 200
        elif form.is_valid():
            try:
                _once(request, ticket, name, form)
            except StaleVersion as error:
                return stale(request, ticket, name, form, error)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = error.status
            else:
                return _done(request, ticket, name, form)
        if request.htmx.target == "ticket" and name == "comment":
            errors = [text for each in form.errors.values() for text in each]
            return inplace.refused(request, errors, status=status, target="#compose-error")
    pressed = request.htmx and request.method == "POST" and not in_dialog(request)
    context = {
        "ticket": ticket,
        "desk": desk,
        "form": form,
        "move": desk.lifecycle.moves[name],
        "seen": _seen(name, form),
        "shown": shown,
        "dialog": request.htmx and not in_dialog(request),
    }
    template = "_move_form.html" if request.htmx else "move.html"
    response = render(request, PAGE + template, context, status=status)
    return inplace.to_dialog(response) if pressed else response


def _once(request, ticket: Record, name: str, form) -> None:
    """Act; a message that arrives twice with one token is written once."""
    key = once.key(request.user, f"comment:{ticket.pk}", request.POST.get("token", "")) if name == "comment" else ""
    if once.claim(key):
        return
    try:
        act(request, ticket, name, form)
    except DomainError:
        once.release(key)
        raise
    once.keep(key, ticket.number)


def _seen(name: str, form) -> dict[str, str]:
    return conflicts.seen(form.data if form.is_bound else None, form.ticket) if name == "edit" else {}


def act(request, ticket: Record, name: str, form) -> None:
    """Call the service of the move with what the form holds."""
    values, services = form.values(), desk_of(ticket).services
    version = form.cleaned_data.get("version")
    if name == "comment":
        public = values.get("mode") != "internal"
        files = attachments.clean(request.FILES.getlist("files"))
        with transaction.atomic():
            services.comment(ticket.pk, actor=request.user, body=values["body"], public=public)
            attachments.add(ticket, files, actor=request.user, public=public, to_last_comment=True)
        return
    if name in ("link", "alert", "comment"):
        getattr(services, name)(ticket.pk, actor=request.user, **values)
        return
    if name == "edit":
        values = {k: v for k, v in values.items() if not (k == "priority" and v is None)}
    getattr(services, name)(ticket.pk, actor=request.user, version=version, **values)


def _done(request, ticket: Record, name: str, form):
    said = ""
    if name == "comment":
        internal = form.cleaned_data.get("mode") == "internal"
        said = _("The note is added.") if internal else _("The reply is sent.")
    elif name == "assign":
        said = inplace.unchanged(ticket)
    undo = f"{desk_of(ticket).url(ticket.number)}unmerge/" if name == "merge" else ""
    return inplace.done(
        request, ticket.number, said=said, focus=f"act-{name}", sent=name == "comment", undo=undo, timer=name == "resolve"
    )  # fmt: skip


def stale(request, ticket: Record, name: str, form, error: StaleVersion):
    """Somebody was faster: show what changed, keep what was typed, offer to send again on the newer version."""
    newest = fetch(request.user, ticket.number)
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
    again = desk_of(newest).forms[name](data, ticket=newest, user=request.user)
    again.is_valid()
    context = {
        "differences": differences,
        "seen": _seen(name, again),
        "ticket": newest,
        "desk": desk_of(newest),
        "form": again,
        "move": desk_of(newest).lifecycle.moves[name],
        "stale": lines,
        "error": error,
        "dialog": request.htmx and not in_dialog(request),
    }
    response = render(request, PAGE + ("_move_form.html" if request.htmx else "move.html"), context, status=409)
    return inplace.to_dialog(response) if context["dialog"] else response


def in_dialog(request) -> bool:
    """Was this sent by a form of the page's dialog?"""
    return request.htmx.target == "move-form"
