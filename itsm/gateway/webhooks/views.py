"""Webhooks in the product, for administrators. Without the right the pages do not exist."""

import json
from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.gateway import once
from itsm.people.directory import directory
from itsm.people.entering import only

from . import events, sending, services
from .forms import ReplayForm, RotateForm, WebhookForm
from .models import Delivery, Webhook

State = Delivery.State
TONES = {State.QUEUED: "blue", State.SENDING: "blue", State.DELIVERED: "green", State.FAILED: "red"}


def administrators_only(view):
    """For anyone else the pages do not exist; secrets stand on some, so none is kept by a browser."""
    return only("settings.manage")(never_cache(view))


def _found(request, code: str) -> Webhook:
    return get_object_or_404(Webhook.objects.visible_to(request.user), code=code)


@administrators_only
@require_GET
def index(request):
    """Every webhook that one administers, with how it does."""
    rows = list(Webhook.objects.visible_to(request.user).order_by("off", "name", "pk"))
    day = Delivery.objects.filter(webhook__in=rows, created_at__gte=now() - timedelta(days=1)).order_by()
    done = Q(state=State.DELIVERED)
    counted = {
        each["webhook"]: each
        for each in day.values("webhook").annotate(
            delivered=Count("pk", done), failed=Count("pk", Q(state=State.FAILED)), last=Max("settled_at", filter=done),
            waiting=Count("pk", Q(next_at__isnull=False)),
        )
    }  # fmt: skip
    organisations = directory.get().organisations
    found = [
        {
            "webhook": each, "day": counted.get(each.pk), "events": [events.label(name) for name in each.events[:4]], "more": max(0, len(each.events) - 4),
            "organisation": organisations[each.organisation_id].name if each.organisation_id in organisations else "",
        }
        for each in rows
    ]  # fmt: skip
    return render(request, "gateway/webhooks/index.html", {"rows": found})


@administrators_only
@require_http_methods(["GET", "POST"])
def create(request):
    """A new webhook; its secret is shown on the page that follows, this one time."""
    form = WebhookForm(request.POST or None, user=request.user, initial={"events": ["record.*"]})
    if request.method == "POST" and form.is_valid():
        try:
            webhook, secret = services.create_webhook(actor=request.user, **form.values())
        except DomainError as error:
            _blame(form, error)
        else:
            once.keep(request, "webhook", webhook.pk, secret)
            return redirect("webhooks:webhook", webhook.code)
    return render(request, "gateway/webhooks/edit.html", {"form": form}, status=422 if form.errors else 200)


@administrators_only
@require_http_methods(["GET", "POST"])
def edit(request, code):
    """Change where it goes and what it tells."""
    webhook = _found(request, code)
    form = WebhookForm(request.POST or None, user=request.user, initial=WebhookForm.initial_of(webhook))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                changed = services.change_webhook(
                    webhook.pk, actor=request.user, version=_version(request), **form.values()
                )
            except DomainError as error:
                _blame(form, error)
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The webhook is saved."))
                return redirect("webhooks:webhook", changed.code)
    context = {"form": form, "webhook": webhook, "version": request.POST.get("version") or webhook.version}
    return render(request, "gateway/webhooks/edit.html", context, status=status)


def _blame(form, error: DomainError) -> None:
    field = {"organisation_id": "organisation"}.get(error.field or "", error.field)
    form.add_error(field if field in form.fields else None, str(error.message))


def _version(request) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else None


@administrators_only
@require_GET
def webhook(request, code):
    """One webhook: how it does, and the log of what it was told."""
    return _detail(request, _found(request, code))


def _detail(request, found: Webhook, *, status: int = 200, replaying: ReplayForm | None = None):
    state = request.GET.get("state", "")
    rows = Delivery.objects.filter(webhook=found).defer("body", "tries", "response")
    if state in State.values:
        rows = rows.filter(state=state)
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=50)
    context = {
        "webhook": found, "secret": once.take(request, "webhook", found.pk), "rows": [_row(each) for each in page.rows], "page": page, "state": state,
        "states": State.choices, "events": [events.label(name) for name in found.events], "policies": services.called_by(found),
        "organisation": directory.get().organisations.get(found.organisation_id), "overlaps": found.previous_until and found.previous_until > now(),
        "rotating": RotateForm(), "replaying": replaying or ReplayForm(initial={"since": now() - timedelta(days=1)}), "has_failed": Delivery.objects.filter(webhook=found, state=State.FAILED).exists(),
        "address": f"/settings/webhooks/{found.code}/",
    }  # fmt: skip
    return render(request, "gateway/webhooks/webhook.html", context, status=status)


def _row(each: Delivery) -> dict:
    return {
        "delivery": each, "event": events.label(each.event), "tone": TONES[State(each.state)], "error": error_text(each.error),
    }  # fmt: skip


def error_text(code: str) -> str:
    """Why an attempt failed, in words."""
    return str(sending.ERRORS.get(code, code))


@administrators_only
@require_GET
def delivery(request, code, pk):
    """One message: what was sent, each attempt, what came back."""
    found = _found(request, code)
    row = get_object_or_404(Delivery, webhook=found, pk=pk)
    tries = [
        {**each, "at": parse_datetime(each["at"]), "words": error_text(each["error"]) if each["error"] else ""}
        for each in reversed(row.tries)
    ]
    body = json.dumps(json.loads(row.body), indent=2, ensure_ascii=False)
    return render(
        request, "gateway/webhooks/delivery.html", {**_row(row), "webhook": found, "tries": tries, "body": body}
    )


@administrators_only
@require_POST
def ping(request, code):
    """Send a test message at once, and say what came of it."""
    found = _found(request, code)
    sent = sending.send_one(services.ping(found.pk, actor=request.user).pk)
    if sent.state == State.DELIVERED:
        messages.success(request, _("The receiver took the test message (%(status)s).") % {"status": sent.status})
    else:
        messages.error(request, _("The test message did not arrive: %(why)s") % {"why": error_text(sent.error)})
    return redirect("webhooks:delivery", found.code, sent.pk)


@administrators_only
@require_POST
def rotate(request, code):
    """A new secret, shown on the page that follows, this one time."""
    found, form = _found(request, code), RotateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how long the secret before goes on signing."))
        return redirect("webhooks:webhook", found.code)
    changed, secret = services.rotate_secret(found.pk, actor=request.user, **form.cleaned_data)
    once.keep(request, "webhook", changed.pk, secret)
    return redirect("webhooks:webhook", changed.code)


@administrators_only
@require_POST
def switch(request, code):
    """On or off."""
    found = _found(request, code)
    if request.POST.get("on") == "yes":
        services.switch_on(found.pk, actor=request.user)
        messages.success(request, _("The webhook is on: it is told of what happens from now on."))
    else:
        services.switch_off(found.pk, actor=request.user)
        messages.success(request, _("The webhook is off: it is told nothing."))
    return redirect("webhooks:webhook", found.code)


@administrators_only
@require_POST
def replay(request, code):
    """Send again all that failed since an instant."""
    found, form = _found(request, code), ReplayForm(request.POST)
    if not form.is_valid():
        return _detail(request, found, status=422, replaying=form)
    try:
        count = services.replay_failed(found.pk, actor=request.user, since=form.cleaned_data["since"])
    except DomainError as error:
        form.add_error(None, str(error.message))
        return _detail(request, found, status=error.status, replaying=form)
    told = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count) % {"n": count}
    messages.success(request, told if count else _("Nothing has failed since then."))
    return redirect("webhooks:webhook", found.code)


@administrators_only
@require_POST
def replay_one(request, code, pk):
    """Send one message again."""
    found = _found(request, code)
    row = get_object_or_404(Delivery, webhook=found, pk=pk)
    try:
        services.replay(found.pk, row.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("The message is sent again within a minute."))
    return redirect("webhooks:delivery", found.code, row.pk)


@administrators_only
@require_POST
def delete(request, code):
    """Gone, with its log."""
    found = _found(request, code)
    try:
        services.delete_webhook(found.pk, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("webhooks:webhook", found.code)
    messages.success(request, _("The webhook “%(name)s” is gone.") % {"name": found.name})
    return redirect("webhooks:index")
