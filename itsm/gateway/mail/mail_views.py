"""One mail that came in: what it says, what became of it, and what an administrator makes of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.gateway.webhooks.views import administrators_only
from itsm.records.models import Record

from . import intake, letters, plain, services
from .models import InboundMail
from .reading import administers, mails_of, readers_only
from .views import TONES, found, read

Outcome = InboundMail.Outcome
MOST_SHOWN = 64 * 1024


def _mail(request, pk: int, mail: int) -> InboundMail:
    """For who decides about it."""
    rows = InboundMail.objects.select_related("record", "person", "mailbox")
    return get_object_or_404(rows, mailbox=found(request, pk), pk=mail)


def _read(request, pk: int, mail: int) -> InboundMail:
    """For who reads it."""
    rows = mails_of(read(request, pk), request.user).select_related("record", "person", "mailbox")
    return get_object_or_404(rows, pk=mail)


def _letter(row: InboundMail) -> letters.Letter | None:
    raw = intake.raw_of(row)
    return letters.read(raw) if raw else None


@readers_only
@require_GET
def mail(request, pk, mail):
    """The mail as text, its files by name, and what became of it."""
    row = _read(request, pk, mail)
    letter, decides = _letter(row), administers(request.user, row.mailbox)
    context = {
        "mailbox": row.mailbox, "mail": row, "letter": letter, "tone": TONES[Outcome(row.outcome)],
        "text": letter.text[:MOST_SHOWN] if letter else "", "address": f"/settings/mailboxes/{pk}/mails/{row.pk}/",
        "headers": sorted(letter.headers.items()) if letter else [],
        "again": decides and bool(letter) and row.outcome == Outcome.QUARANTINED,
        "ticket": decides and bool(letter) and row.outcome in services.OPEN_OUTCOMES,
        "discard": decides and row.outcome in services.DISCARDABLE,
        "asks": not decides and row.outcome in services.DISCARDABLE,
    }  # fmt: skip
    return render(request, "gateway/mail/mail.html", context)


@readers_only
@require_GET
def html(request, pk, mail):
    """The HTML part, sanitised, in a sandbox that runs and loads nothing."""
    letter = _letter(_read(request, pk, mail))
    if letter is None or not letter.html:
        raise Http404
    response = HttpResponse(f'<!doctype html><meta charset="utf-8"><title>Mail</title>{plain.sanitised(letter.html)}')
    response["Content-Security-Policy"] = "default-src 'none'; sandbox allow-popups"
    return response


@readers_only
@require_GET
def raw(request, pk, mail):
    """The mail as it came, as a file: no browser makes a page of it."""
    row = _read(request, pk, mail)
    content = intake.raw_of(row)
    if not content:
        raise Http404
    answer = HttpResponse(content, content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="mail-{row.pk}.eml"'
    return answer


def _decide(request, pk: int, mail: int, act) -> HttpResponse:
    row = _mail(request, pk, mail)
    try:
        done = act(row.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        words = f"{done.get_outcome_display()}. {done.why}".strip()
        (messages.error if done.outcome == Outcome.QUARANTINED else messages.success)(request, words)
    return redirect("mailboxes:mail", pk, mail)


@administrators_only
@require_POST
def again(request, pk, mail):
    """By the rules as they are now."""
    return _decide(request, pk, mail, services.try_again)


@administrators_only
@require_POST
def ticket(request, pk, mail):
    """A ticket from it, whatever kept it back."""
    return _decide(request, pk, mail, services.make_ticket)


@administrators_only
@require_POST
def discard(request, pk, mail):
    """Nothing from it."""
    return _decide(request, pk, mail, services.discard)


@login_required
@require_GET
def of_record(request, number):
    """For agents who read the record: the mails that it came by, whole, as text."""
    record = get_object_or_404(Record.objects.in_desk_of(request.user), number=number)
    rows = InboundMail.objects.filter(record_id=record.pk).exclude(outcome=Outcome.DUPLICATE).select_related("mailbox")
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=10)
    found = [{"mail": row, "letter": _letter(row)} for row in page.rows]
    for each in found:
        each["text"] = each["letter"].text[:MOST_SHOWN] if each["letter"] else ""
    return render(request, "gateway/mail/of_record.html", {"record": record, "rows": found, "page": page})
