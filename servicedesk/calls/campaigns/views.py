"""Pages of campaigns: which there are, one to be written, one at work, who is left in peace, where texts are handed over."""

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.core.tablefiles import csv_lines
from itsm.gateway import once
from itsm.people.models import Organisation
from itsm.people.scope import scope_of
from itsm.records.models import Record

from ...majors import opened
from .. import numbers
from ..guard import managers_only, only
from . import audience, hooks, services, showing, wording
from .channels import Ways
from .forms import CampaignForm, HookForm, PeaceForm
from .models import CallCampaign, CampaignState, CampaignTarget, Channel, ContactHook, DoNotCall

PAGE = "servicedesk/calls/campaigns/"
SIZE = 50
administrators_only = only("settings.manage")


def _found(request, pk: int) -> CallCampaign:
    rows = CallCampaign.objects.visible_to(request.user).select_related(
        "organisation", "created_by", "calendar", "major__record"
    )
    return get_object_or_404(rows, pk=pk)


@managers_only
@require_GET
def index(request):
    """Campaigns: what is open now, and the campaigns."""
    rows = CallCampaign.objects.visible_to(request.user).select_related("created_by")
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=SIZE)
    found = [
        {"campaign": each, "state": showing.state_chip(each), "whom": audience.words(each.audience), "progress": showing.progress(each) if each.started_at else None}
        for each in page.rows
    ]  # fmt: skip
    context = {"rows": found, "page": page, "majors": opened.open_for(request.user), "admin": scope_of(request.user).may("settings.manage")}  # fmt: skip
    return render(request, PAGE + "index.html", context)


@managers_only
@require_http_methods(["GET", "POST"])
def write(request, pk=None):
    """A campaign to be written: new, or a draft that is changed. `?incident=` starts one for those attached to it, `?service=` for those who use it."""
    found = _found(request, pk) if pk else None
    if found is not None and found.state != CampaignState.DRAFT:
        return redirect(found)
    initial = CampaignForm.initial_of(found) if found else _initial(request)
    form = CampaignForm(request.POST or None, user=request.user, campaign=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            if found is None:
                organisation = Organisation.objects.get(pk=form.cleaned_data["organisation"])
                found = services.create(actor=request.user, organisation=organisation, **form.values())
            else:
                seen = int(version) if version.isdecimal() and len(version) < 9 else None
                found = services.change(found.pk, actor=request.user, version=seen, **form.values())
            return redirect(found)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    context = {"form": form, "campaign": found, "version": request.POST.get("version") or (found.version if found else "")}  # fmt: skip
    return render(request, PAGE + "write.html", context, status=422 if form.errors else 200)


def _initial(request) -> dict:
    organisation = request.user.organisation_id
    number = request.GET.get("incident", "").strip().upper()[:20]
    service = request.GET.get("service", "")
    if not number and service.isdecimal() and len(service) < 12:
        name = request.GET.get("name", "").replace("\x00", "")[:120]
        return {"organisation": organisation, "kind": "service", "services": [int(service)], "name": name}
    if not number:
        return {"organisation": organisation}
    record = Record.objects.in_desk_of(request.user).filter(number=number).first()
    name = f"{number} {record.title}"[:120] if record else number
    return {"organisation": organisation, "kind": "record", "number": number, "name": name}


@managers_only
@require_GET
def campaign(request, pk):
    """One campaign. While it runs its figures come by a poll, which costs one read of Redis when nothing changed."""
    version = showing.version(request.user, pk)
    is_poll = bool(request.htmx) and request.htmx.target == "campaign"
    if is_poll and request.GET.get("v") == version:
        return HttpResponse(status=204)
    return _page(request, _found(request, pk), version, fragment=is_poll)


def _page(request, found: CallCampaign, version: str = "", *, fragment: bool = False, error: DomainError | None = None):
    context = {
        "campaign": found, "state": showing.state_chip(found), "version": version or showing.version(request.user, found.pk), "error": error,
        "whom": audience.words(found.audience), "channels": [Channel(each).label for each in found.channels],
    }  # fmt: skip
    if found.state == CampaignState.DRAFT:
        context |= _draft(request, found)
    else:
        context |= _people(request, found) | {
            "progress": showing.progress(found), "by_channel": showing.channel_counts(found), "samples": showing.written(found),
        }  # fmt: skip
    name = "_campaign.html" if fragment else "campaign.html"
    return render(request, PAGE + name, context, status=error.status if error else 200)


def _draft(request, found: CallCampaign) -> dict:
    """Who would be contacted, who falls out and why, and what the first of each language would read."""
    preview, trouble = None, ""
    usable = Ways.of(found).of_campaign()
    try:
        preview = audience.preview(found.audience, usable, organisation=found.organisation, user=request.user)
        services.check_ready(found)
    except DomainError as error:
        trouble = str(error.message)
    samples = _samples(found, preview)
    languages = showing.languages(found, preview.languages) if preview and preview.total else []
    first = preview.first_ways if preview else []
    if not trouble and preview is not None and not preview.total:
        trouble = _("Nobody would be contacted.")
    return {
        "preview": preview, "trouble": trouble, "samples": samples, "first": first, "sure": _sure(found, first, samples, languages), "languages": languages,
        "unusable": [Channel(each).label for each in found.channels if each not in usable],
        "empty": audience.why_empty(found.audience) if preview and not preview.entries else "",
    }  # fmt: skip


def _sure(found: CallCampaign, first: list, samples: list[dict], languages: list[dict]) -> str:
    """What the question before the start adds: by what, in which languages, under which subject, and that it cannot be taken back."""
    said = [", ".join(f"{label} {n}" for label, n in first)] if first else []
    said += [", ".join(f"{each['name']} {each['n']}" for each in languages)] if languages else []
    said += [each["warning"].rstrip(".") for each in languages if each["warning"]]
    subjects = list(
        dict.fromkeys(each["subject"] for each in samples if each["subject"] and Channel.EMAIL in found.channels)
    )
    said += [_("subject: %(subjects)s") % {"subjects": " / ".join(subjects)}] if subjects else []
    return " · ".join([*said, _("What was sent cannot be taken back.")])


def _samples(found: CallCampaign, preview) -> list[dict]:
    """What the first of each language reads; where nobody reads anything, the messages as they are written."""
    chosen = [each for each in preview.entries if not each.why] if preview else []
    if not chosen:
        return showing.written(found)
    samples, about = [], wording.facts(found)
    for language in ("fr", "en"):
        each = next((e for e in chosen if e.language.startswith(language)), None)
        if each is not None:
            target = CampaignTarget(campaign=found, person_id=each.person_id, name=each.name, language=each.language)
            subject, text = wording.message(found, target, about)
            written = wording.given(found, language)
            samples.append(
                {
                    "name": each.name,
                    "language": written,
                    "subject": subject,
                    "text": text,
                    "for": showing.NAMES[language],
                }
            )
    return samples


def _people(request, found: CallCampaign) -> dict:
    state = request.GET.get("state", "")
    rows = CampaignTarget.objects.filter(campaign=found)
    rows = rows.filter(state=state) if state in CampaignTarget.State.values else rows
    page = keyset_page(rows, ordering=("id",), cursor=request.GET.get("cursor"), size=SIZE)
    return {
        "rows": showing.target_rows(page.rows, found), "page": page, "chosen": state, "states": CampaignTarget.State.choices,
        "asked": request.GET.urlencode(),
    }  # fmt: skip


@managers_only
@require_POST
def act(request, pk, act):
    """Start, pause, resume, stop, delete."""
    found = _found(request, pk)
    try:
        services.ACTS[act](found.pk, actor=request.user)
    except DomainError as error:
        return _page(request, _found(request, pk), error=error)
    return redirect("call_campaigns:index") if act == "delete" else redirect(found)


@managers_only
@require_POST
def again(request, pk, target):
    """One person once more."""
    found = _found(request, pk)
    row = get_object_or_404(CampaignTarget, pk=target, campaign=found)
    try:
        services.again(found.pk, row.pk, actor=request.user)
    except DomainError as error:
        return _page(request, found, error=error)
    return redirect(found)


@managers_only
@require_GET
def report(request, pk):
    """Everybody's outcome as a file."""
    found = _found(request, pk)
    answer = StreamingHttpResponse(csv_lines(showing.lines(found)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="campaign-{found.pk}.csv"'
    return answer


@managers_only
@require_http_methods(["GET", "POST"])
def peace(request):
    """Whom campaigns leave in peace."""
    form = PeaceForm(request.POST or None, user=request.user, initial={"organisation": request.user.organisation_id})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            organisation = Organisation.objects.get(pk=data.pop("organisation"))
            services.leave_in_peace(actor=request.user, organisation=organisation, **data)
            messages.success(request, _("No campaign contacts them any more."))
            return redirect("call_campaigns:peace")
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    rows = DoNotCall.objects.visible_to(request.user).select_related("person", "organisation", "by")
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=SIZE)
    for row in page.rows:
        row.address_words = numbers.spoken(row.address)
    return render(request, PAGE + "peace.html", {"form": form, "rows": page.rows, "page": page}, status=422 if form.errors else 200)  # fmt: skip


@managers_only
@require_POST
def no_peace(request, pk):
    """They may be contacted again."""
    row = get_object_or_404(DoNotCall.objects.visible_to(request.user), pk=pk)
    services.contact_again(row.pk, actor=request.user)
    return redirect("call_campaigns:peace")


@administrators_only
@require_GET
def gateways(request):
    """Where texts and calls are handed over."""
    rows = list(ContactHook.objects.visible_to(request.user).select_related("organisation").order_by("kind", "pk"))
    return render(request, PAGE + "gateways.html", {"rows": rows})


@administrators_only
@require_http_methods(["GET", "POST"])
def gateway(request, pk=None):
    """One of them. Its secret is shown once, on the page that follows its making or its change."""
    found = get_object_or_404(ContactHook.objects.visible_to(request.user), pk=pk) if pk else None
    if found and request.method == "POST" and request.POST.get("rotate"):
        found, secret = hooks.rotate(found.pk, actor=request.user)
        once.keep(request, "contact-hook", found.pk, secret)
        return redirect("call_campaigns:gateway", found.pk)
    form = HookForm(request.POST or None, user=request.user, instance=found)
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            kept, secret = hooks.save(
                found.pk if found else None, actor=request.user, version=int(version) if version.isdecimal() and len(version) < 9 else None,
                **form.cleaned_data,
            )  # fmt: skip
            if secret:
                once.keep(request, "contact-hook", kept.pk, secret)
            messages.success(request, _("The gateway is saved."))
            return redirect("call_campaigns:gateway", kept.pk)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    secret = once.take(request, "contact-hook", found.pk) if found else ""
    context = {"form": form, "hook": found, "secret": secret, "version": request.POST.get("version") or (found.version if found else "")}  # fmt: skip
    return render(request, PAGE + "gateway.html", context, status=422 if form.errors else 200)
