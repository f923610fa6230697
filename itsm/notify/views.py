"""Notices, the send log ("mailbox"), and what a person wants to be told."""

from django.conf import settings
from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from . import messages, notices, preferences, rhythm, texts
from .forms import RhythmForm
from .models import Message, Notice, may_read_mailbox

NUMBER_LENGTH = 10


@login_required
@require_GET
def notice_list(request):
    """My notices, newest first."""
    mine = Notice.objects.filter(user=request.user)
    page = keyset_page(mine, ordering=("-id",), cursor=request.GET.get("cursor"), size=30)
    rows = [
        {"id": n.pk, "text": texts.notice_text(n.template, n.data), "at": n.created_at, "unread": n.read_at is None}
        for n in page.rows
    ]
    context = {
        "rows": rows,
        "page": page,
        "shell": scope_of(request.user).shell,
        "unread": notices.unread_count(request.user),
    }
    return render(request, "itsm_notify/notices.html", context)


@login_required
@require_POST
def notice_read(request):
    """Mark one or all as read, and go where the notice leads."""
    given = request.POST.get("id", "")
    if not given:
        notices.mark_read(request.user)
        return redirect("notify:notices")
    if not given.isdecimal() or len(given) > 18:
        raise Http404
    found = get_object_or_404(Notice, user=request.user, pk=int(given))
    notices.mark_read(request.user, [found.pk])
    inside = found.url.startswith("/") and not found.url.startswith("//")
    return redirect(found.url if inside else "notify:notices")


def _visible(request):
    if not may_read_mailbox(scope_of(request.user)):
        raise Http404
    return Message.objects.visible_to(request.user)


@login_required
@require_GET
def mailbox(request):
    """Every message: sent, waiting, failed, or withheld and why."""
    rows = _visible(request).defer("body_text", "body_html", "record").only(
        "created_at", "to_address", "subject", "language", "state", "reason", "template", "record__number"
    )  # fmt: skip
    state, words = request.GET.get("state", ""), request.GET.get("q", "").replace("\0", "").strip()[:100]
    if state in Message.State.values:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(_asked(words))
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=50)
    for row in page.rows:
        row.why = texts.reason_text(row.reason)
        row.what = texts.MAILS.get(row.template, "")
    context = {"page": page, "states": Message.State.choices, "state": state, "q": words}
    return render(request, "itsm_notify/mailbox.html", context)


def _asked(words: str) -> Q:
    """A record's number, or how an address begins."""
    if len(words) == NUMBER_LENGTH and words[:3].isalpha() and words[3:].isdecimal():
        return Q(record__number=words.upper())
    return Q(to_address__startswith=words) | Q(to_address__startswith=words.lower())


@login_required
@require_GET
def message(request, pk):
    """One message as text."""
    found = get_object_or_404(_visible(request).select_related("record", "to_user"), pk=pk)
    context = {"message": found, "reason": texts.reason_text(found.reason), "body": _body(found.body_text)}
    return render(request, "itsm_notify/message.html", context)


@login_required
@require_GET
def message_html(request, pk):
    """The HTML part, in a sandbox that runs and loads nothing."""
    found = get_object_or_404(_visible(request), pk=pk)
    if not found.body_html:
        raise Http404
    response = HttpResponse(_body(found.body_html))
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _body(body: str) -> str:
    """The demo's mailbox is where the mails arrive: there the personal links work."""
    return body if settings.DEMO else texts.without_secrets(body)


@login_required
@require_POST
def retry(request, pk):
    """Send a failed message again."""
    _visible(request)
    messages.retry(pk, actor=request.user)
    flash.success(request, _("The message is sent again within a minute."))
    return redirect("notify:message", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def choose(request):
    """What I want to be told: by mail, under the bell; when mails leave."""
    form = RhythmForm.of(request.user, request.POST if request.method == "POST" and "digest" in request.POST else None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        preferences.choose(request.user, mails=request.POST.getlist("mail"), bells=request.POST.getlist("bell"))
        if form.is_bound:
            rhythm.choose(request.user, **form.cleaned_data)
        flash.success(request, _("Your choices are saved."))
        return redirect("notify:preferences")
    context = {"choices": preferences.choices_of(request.user), "shell": scope_of(request.user).shell, "form": form}
    return render(request, "itsm_notify/preferences.html", context, status=422 if form.errors else 200)
