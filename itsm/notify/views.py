"""Notices, the send log ("mailbox"), and what a person wants to be told."""

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.audit import log
from itsm.core import now
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from . import notices, texts
from .models import Message, Notice, Preference


def shell(user) -> str:
    """Agents keep their shell, everyone else the portal's."""
    return "base.html" if scope_of(user).is_agent else "portal.html"


@login_required
@require_GET
def notice_list(request):
    """My notices, newest first."""
    page = keyset_page(Notice.objects.filter(user=request.user), ordering=("-id",), cursor=request.GET.get("cursor"), size=30)
    rows = [{"id": n.pk, "text": texts.notice_text(n.template, n.data), "url": n.url, "at": n.created_at, "unread": n.read_at is None} for n in page.rows]
    return render(request, "itsm_notify/notices.html", {"rows": rows, "page": page, "shell": shell(request.user)})


@login_required
@require_POST
def notice_read(request):
    """Mark one or all as read, and go where the notice leads."""
    one = request.POST.get("id", "")
    with transaction.atomic():
        notices.mark_read(request.user, [int(one)] if one.isdigit() else None)
    found = Notice.objects.filter(user=request.user, pk=int(one)).first() if one.isdigit() else None
    return redirect(found.url if found and found.url.startswith("/") else "notify:notices")


def _mailbox_reader(request):
    if not scope_of(request.user).may("notify.mailbox"):
        raise Http404


@login_required
@require_GET
def mailbox(request):
    """Every message: sent, waiting, failed, or withheld and why."""
    _mailbox_reader(request)
    rows = Message.objects.defer("body_text", "body_html")
    state, words = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100]
    if state in Message.State.values:
        rows = rows.filter(state=state)
    if words:
        rows = rows.filter(record__number=words.upper()) if words[:3].isalpha() and words[3:].isdigit() else rows.filter(to_address__istartswith=words)
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=50)
    context = {"page": page, "states": Message.State.choices, "state": state, "q": words, "reasons": texts.REASONS}
    return render(request, "itsm_notify/mailbox.html", context)


@login_required
@require_GET
def message(request, pk):
    """One message as text."""
    _mailbox_reader(request)
    found = get_object_or_404(Message, pk=pk)
    return render(request, "itsm_notify/message.html", {"message": found, "reason": texts.REASONS.get(found.reason, found.reason)})


@login_required
@require_GET
def message_html(request, pk):
    """The HTML part, in a sandbox that runs and loads nothing."""
    _mailbox_reader(request)
    response = HttpResponse(get_object_or_404(Message, pk=pk).body_html)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@login_required
@require_POST
def retry(request, pk):
    """Send a failed message again."""
    _mailbox_reader(request)
    found = get_object_or_404(Message, pk=pk, state=Message.State.FAILED)
    Message.objects.filter(pk=found.pk, state=Message.State.FAILED).update(state=Message.State.QUEUED, attempts=0, next_try_at=now())
    log.write("message.retried", found, actor=request.user)
    flash.success(request, _("The message is sent again within a minute."))
    return redirect("notify:message", pk=pk)


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request):
    """What I want to be told: by mail, under the bell."""
    agent = scope_of(request.user).is_agent
    known = {p.template: p for p in Preference.objects.filter(user=request.user)}
    mails = [k for k in texts.MAILS if agent or k not in texts.AGENT_ONLY]
    bells = [k for k in texts.LABELS if agent or k not in texts.AGENT_ONLY]
    if request.method == "POST":
        with transaction.atomic():
            for key in mails:
                Preference.objects.update_or_create(user=request.user, template=key, defaults={"email": request.POST.get(f"mail-{key}") == "on"})
            for key in bells:
                Preference.objects.update_or_create(user=request.user, template=key, defaults={"in_app": request.POST.get(f"bell-{key}") == "on"})
        flash.success(request, _("Your choices are saved."))
        return redirect("notify:preferences")
    rows = [("mail", key, texts.MAILS[key], known[key].email if key in known else True) for key in mails]
    lines = [("bell", key, texts.LABELS[key], known[key].in_app if key in known else True) for key in bells]
    return render(request, "itsm_notify/preferences.html", {"mails": rows, "bells": lines, "shell": shell(request.user)})
