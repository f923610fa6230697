"""Mailboxes in the product: how each does, what came in; for administrators its settings."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.gateway.webhooks.views import administrators_only
from itsm.people.directory import directory
from itsm.people.scope import scope_of
from itsm.records import processes, reference

from . import collecting, imap, services
from .forms import MailboxForm
from .models import InboundMail, Mailbox
from .reading import administers, mails_of, readers_only

Outcome = InboundMail.Outcome
TONES = {
    Outcome.OPENED: "green", Outcome.COMMENTED: "green", Outcome.AUTO_REPLY: "grey", Outcome.MACHINE: "grey", Outcome.BOUNCE: "amber",
    Outcome.LOOP: "grey", Outcome.FLOOD: "red", Outcome.DEFERRED: "amber", Outcome.DUPLICATE: "grey", Outcome.QUARANTINED: "red", Outcome.DISCARDED: "grey",
}  # fmt: skip

KEPT_BACK = (Outcome.QUARANTINED, Outcome.DEFERRED)


def found(request, pk: int) -> Mailbox:
    """The mailbox, if the reader administers it."""
    return get_object_or_404(Mailbox.objects.visible_to(request.user), pk=pk)


def read(request, pk: int) -> Mailbox:
    """The mailbox, if the reader may look into its log."""
    return get_object_or_404(Mailbox.objects.readable_by(request.user), pk=pk)


@readers_only
@require_GET
def index(request):
    """Every mailbox that one reads: is it collected, what does its server say, what waits in quarantine?"""
    boxes = list(Mailbox.objects.readable_by(request.user).order_by("-active", "name", "pk"))
    since = now() - timedelta(days=1)
    counted = {
        row["mailbox"]: row
        for row in InboundMail.objects.filter(mailbox__in=boxes).filter(Q(received_at__gte=since) | Q(outcome__in=KEPT_BACK))
        .order_by().values("mailbox")
        .annotate(came=Count("pk", Q(received_at__gte=since)), waits=Count("pk", Q(outcome=Outcome.QUARANTINED)), deferred=Count("pk", Q(outcome=Outcome.DEFERRED)))
    }  # fmt: skip
    rows = [
        {"mailbox": box, "day": counted.get(box.pk, {"came": 0, "waits": 0, "deferred": 0}), **_names(box)}
        for box in boxes
    ]
    may_change = scope_of(request.user).may("settings.manage")
    return render(request, "gateway/mail/index.html", {"rows": rows, "may_change": may_change})


def _names(box: Mailbox) -> dict:
    """What it is called that the mailbox only refers to."""
    book, process = directory.get(), processes.PROCESSES.find(box.kind)
    organisation, team = book.organisations.get(box.organisation_id), book.teams.get(box.team_id)
    return {
        "organisation": organisation.name if organisation else "", "team": team.name if team else "",
        "kind": process.label if process else box.kind, "category": reference.category_path(box.category_id),
    }  # fmt: skip


@administrators_only
@require_http_methods(["GET", "POST"])
def create(request):
    """A new mailbox."""
    form = MailboxForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            box = services.create_mailbox(actor=request.user, **form.values())
        except DomainError as error:
            _blame(form, error)
        else:
            messages.success(
                request, _("The mailbox is made. It is collected within a minute; test the connection here.")
            )
            return redirect("mailboxes:mailbox", box.pk)
    return render(request, "gateway/mail/edit.html", {"form": form}, status=422 if form.errors else 200)


@administrators_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """Other settings."""
    box = found(request, pk)
    form, status = MailboxForm(request.POST or None, user=request.user, mailbox=box), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.change_mailbox(pk, actor=request.user, version=_version(request), **form.values())
            except DomainError as error:
                _blame(form, error)
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The mailbox is saved."))
                return redirect("mailboxes:mailbox", pk)
    context = {"form": form, "mailbox": box, "version": request.POST.get("version") or box.version}
    return render(request, "gateway/mail/edit.html", context, status=status)


def _version(request) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 10 else None


def _blame(form: MailboxForm, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


@readers_only
@require_GET
def mailbox(request, pk):
    """One mailbox, and the log of what came in. How it is reached is for administrators."""
    box, outcome = read(request, pk), request.GET.get("outcome", "")
    rows = mails_of(box, request.user).select_related("record")
    rows = rows.filter(outcome=outcome) if outcome in Outcome.values else rows
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=50)
    context = {
        "mailbox": box, **_names(box), "page": page, "outcome": outcome, "outcomes": Outcome.choices,
        "rows": [{"mail": each, "tone": TONES[Outcome(each.outcome)]} for each in page.rows],
        "deferred": InboundMail.objects.filter(mailbox=box, outcome=Outcome.DEFERRED).count(),
        "address": f"/settings/mailboxes/{box.pk}/", "megabytes": box.most_bytes // (1024 * 1024),
        "may_change": administers(request.user, box),
    }  # fmt: skip
    return render(request, "gateway/mail/mailbox.html", context)


@administrators_only
@require_POST
def test(request, pk):
    """Sign in and look into the folder, without taking anything."""
    box = found(request, pk)
    try:
        count = collecting.probe(box)
    except imap.Refused as refused:
        messages.error(request, _("The server answers: %(words)s") % {"words": refused})
    else:
        words = ngettext(
            "The connection works. %(n)s mail lies in the folder.",
            "The connection works. %(n)s mails lie in the folder.",
            count,
        )
        messages.success(request, words % {"n": count})
    return redirect("mailboxes:mailbox", pk)


@administrators_only
@require_POST
def collect(request, pk):
    """Have it collected now instead of within a minute."""
    from itsm.gateway.tasks import collect_mailbox  # the tasks import us

    box = found(request, pk)
    if not box.active:
        messages.error(request, _("The mailbox is switched off."))
        return redirect("mailboxes:mailbox", pk)
    try:
        collect_mailbox.apply_async([pk], retry=False, expires=120)
    except Exception:  # whatever is wrong with the broker, beat asks again
        messages.error(request, _("No worker can be reached now. The mailbox is collected once one is."))
    else:
        messages.success(request, _("The mailbox is being collected."))
    return redirect("mailboxes:mailbox", pk)


@administrators_only
@require_POST
def switch(request, pk):
    """On or off."""
    box = services.switch(found(request, pk).pk, actor=request.user, on=request.POST.get("on") == "1")
    words = _("The mailbox is collected from now on.") if box.active else _("The mailbox is not collected any more.")
    messages.success(request, words)
    return redirect("mailboxes:mailbox", pk)
