"""The portal: open a ticket, follow it, answer, say whether it is solved. Everything works without JavaScript."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.cmdb import status
from itsm.cmdb.models import Service
from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.notify import notices
from itsm.people.directory import names_of
from itsm.records import attachments, search, timeline
from itsm.records.models import Attachment, Comment, Record

from .. import once
from ..catalogue import shelves
from ..desk import policies
from ..desk.desks import DESKS, desk_of, of_number
from ..incidents import services
from ..incidents.models import Incident
from . import known
from .before import about
from .forms import ReasonForm, ReplyForm, ReportForm
from .rows import COLUMNS, may_be_confirmed, state_of, ticket_rows, waits_for_requester, with_questions

PAGE = "servicedesk/portal/"
RECENT = timedelta(minutes=2)
SHOWN, SERVICES, SHELVES = 6, 7, 5


@login_required
@require_GET
def home(request):
    """What can we do for you: search, what everybody should know, report, my tickets, how the services do."""
    mine = Record.objects.own_of(request.user).filter(phase__in=["open", "waiting", "resolved"], merged_into=None)
    values = list(mine.order_by("-id").values(*COLUMNS)[: SHOWN + 1])
    # What waits for the reader comes first; the rest stays newest first.
    rows = sorted(ticket_rows(values[:SHOWN]), key=lambda row: not row["expected"])
    context = {
        "rows": with_questions(rows), "more": len(values) > SHOWN, "majors": known.majors(request.user),
        "services": status.in_short(Service.objects.for_portal(request.user), SERVICES),
        "shelves": shelves.offered_to(request.user)[:SHELVES],
    }  # fmt: skip
    return render(request, PAGE + "home.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request):
    """Report a problem. A double click gives one ticket; an error keeps everything that was typed."""
    person = request.user
    form = ReportForm(
        request.POST or None,
        person=person,
        initial={"token": get_random_string(24)}
        | {
            name: request.GET.get(asked, "").replace("\x00", "")[:120]
            for name, asked in (("title", "q"), ("service", "service"), ("item", "item"))
        },
    )
    code = 200
    if request.method == "POST":
        code = 422
        if form.is_valid():
            key = once.key(person, "portal", form.cleaned_data["token"])
            made = once.claim(key)
            if made:
                return redirect("portal:ticket", number=made)
            try:
                incident = _open(request, form)
            except DomainError as error:
                once.release(key)
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                once.keep(key, incident.number)
                messages.success(
                    request, _("Your ticket %(number)s is open. We take it from here.") % {"number": incident.number}
                )
                return redirect("portal:ticket", number=incident.number)
    limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
    context = {"form": form, "files_again": bool(request.FILES), "limit": limit} | about(
        person, form["urgency"].value(), form["service"].value(), form["title"].value()
    )
    return render(request, PAGE + "new.html", context, status=code)


def _open(request, form: ReportForm) -> Incident:
    data = form.cleaned_data
    files = attachments.clean(request.FILES.getlist("files"))
    item = data.get("item")
    # One transaction: a ticket without the files that came with it would be sent again, and be there twice.
    with transaction.atomic():
        incident = services.open_incident(
            actor=request.user, requester=request.user, title=data["title"], description=data["description"], urgency=data["urgency"],
            service=data["service"], items=[item] if item else [], occurred_at=data["since"], channel="portal",
        )  # fmt: skip
        attachments.add(incident, files, actor=request.user)
    return incident


@login_required
@require_GET
def tickets(request):
    """My tickets: open ones, or those of the past."""
    tab = request.GET.get("tab") if request.GET.get("tab") in ("open", "closed", "all") else "open"
    rows = Record.objects.own_of(request.user)
    if tab != "all":
        rows = rows.filter(phase__in=["open", "waiting", "resolved"] if tab == "open" else ["closed"])
    words = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    if words:
        rows = (
            rows.filter(number=words.upper())
            if search.is_number(words)
            else search.matching(rows, words, internal=False)
        )
    page = keyset_page(
        rows.values(*COLUMNS), ordering=("-updated_at", "-id"), cursor=request.GET.get("cursor"), size=25
    )
    tabs = [("open", pgettext("tickets", "Under way")), ("closed", _("Past")), ("all", _("All"))]
    return render(
        request,
        PAGE + "tickets.html",
        {"rows": with_questions(ticket_rows(page.rows)), "page": page, "tab": tab, "tabs": tabs, "q": words},
    )


@login_required
@require_GET
def ticket(request, number, reply=None, code=200):
    """One ticket for who asked: what is happening, what was said, what to do next."""
    record = get_object_or_404(Record.objects.own_of(request.user), number=number)
    if record.merged_into_id:
        target = Record.objects.own_of(request.user).filter(pk=record.merged_into_id).first()
        if target:
            messages.info(request, _("%(number)s was merged into this ticket.") % {"number": record.number})
            return redirect("portal:ticket", number=target.number)
    notices.seen(request.user, record.pk)
    desk = DESKS.find(record.kind)
    whole = desk.model.objects.get(pk=record.pk) if desk else record
    allowed = {m.name for m in policies.moves_for(request.user, whole, agent=False, works=False)} if desk else set()
    context = {
        "record": record, "whole": whole, "desk": desk, "allowed": allowed, "reply": reply or ReplyForm(number=record.number), "reason": ReasonForm(),
        "state": state_of(record.kind, record.state, asks=_asks(record)),
        "next": _what_next(record), "lines": timeline.timeline(record, agent=False),
        "files": Attachment.objects.filter(record_id=record.pk, comment=None, public=True),
        "assignee": names_of({record.assignee_id}).get(record.assignee_id, ""), "asks": _asks(record),
        "limit": settings.UPLOAD_MAX_BYTES // (1024 * 1024), "files_again": bool(request.FILES),
    }  # fmt: skip
    if desk:
        context |= desk.portal(request.user, whole)
    return render(request, PAGE + "ticket.html", context, status=code)


def _asks(record: Record) -> bool:
    """Does the desk wait for this person's answer?"""
    return record.phase == "waiting" and waits_for_requester(record.hold_reason_id)


def _what_next(record: Record) -> str:
    """One sentence: what happens now, or what we wait for."""
    if record.phase == "resolved" and not may_be_confirmed(record.kind, record.state):
        return _("It is done, and in force.")
    if record.phase == "resolved":
        return _("We think it is solved. Tell us whether it is; without an answer the ticket closes by itself.")
    if record.phase == "closed":
        return _("This ticket is closed.")
    if record.phase == "waiting":
        return (
            _("We are waiting for your answer.")
            if _asks(record)
            else _("We are waiting for somebody else: it goes on by itself.")
        )
    if record.acknowledged_at is None:
        return _("Your ticket is in the queue of the service desk.")
    return _("Somebody is working on it.")


@login_required
@require_POST
def reply(request, number):
    """Answer, with files."""
    record = _own(request, number)
    form = ReplyForm(request.POST, number=record.number)
    policies.check(request.user, record, "comment")
    if form.is_valid():
        try:
            files = attachments.clean(request.FILES.getlist("files"))
            goes_on = _say(request, record, form.cleaned_data["body"], files)
            said = (
                _("Your message is sent: the work on your ticket goes on.") if goes_on else _("Your message is sent.")
            )
            messages.success(request, said)
            return redirect("portal:ticket", number=number)
        except DomainError as error:
            form.add_error(None, str(error))
    request.method = "GET"
    return ticket(request, number, reply=form, code=422)


@transaction.atomic
def _say(request, record: Record, body: str, files: list) -> bool:
    """The message and its files, together and once: the twin of a double click waits for the lock and finds it said.

    Does it set the ticket going again?
    """
    before = Record.objects.locked().get(pk=record.pk)
    said = Comment.objects.filter(record_id=record.pk, author=request.user, body=body, at__gt=now() - RECENT)
    if not said.exists():
        after = desk_of(record).services.comment(
            record.pk, actor=request.user, body=body, public=True, channel="portal"
        )
        attachments.add(record, files, actor=request.user, to_last_comment=True)
        return before.phase == "waiting" and after.phase == "open"
    return False


@login_required
@require_POST
def confirm(request, number):
    """It is solved: close."""
    record = _own(request, number)
    policies.check(request.user, record, "close")
    desk_of(record).services.close(record.pk, actor=request.user)
    messages.success(request, _("Thank you. The ticket is closed."))
    return redirect("portal:ticket", number=number)


@login_required
@require_POST
def reopen(request, number):
    """It is not solved: say what is left."""
    return _with_reason(request, number, "reopen", _("The ticket is open again."))


@login_required
@require_POST
def cancel(request, number):
    """Opened by mistake."""
    return _with_reason(request, number, "cancel", _("The ticket is cancelled."))


def _with_reason(request, number: str, name: str, said: str):
    record = _own(request, number)
    try:
        policies.check(request.user, record, name)
        getattr(desk_of(record).services, name)(record.pk, actor=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, said)
    except DomainError as error:
        messages.error(request, str(error))
    return redirect(reverse("portal:ticket", args=[number]))


def _own(request, number: str) -> Record:
    return get_object_or_404(of_number(number).model.objects.own_of(request.user), number=number)
