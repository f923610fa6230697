"""Sources in the product, for administrators: how each does, what came in, what became of it."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.gateway import once
from itsm.gateway.doors import DOORS
from itsm.gateway.webhooks.views import administrators_only
from itsm.people.directory import directory

from . import receiving, services, showing
from .forms import RotateForm, SourceForm
from .models import Inbound, Source

Outcome = Inbound.Outcome
TONES = {
    Outcome.RECEIVED: "amber", Outcome.ACCEPTED: "green", Outcome.REJECTED: "red", Outcome.IGNORED: "grey", Outcome.FAILED: "red",
    Outcome.THROTTLED: "amber", Outcome.WAITING: "blue",
}  # fmt: skip


def _found(request, pk: int) -> Source:
    return get_object_or_404(Source.objects.visible_to(request.user), pk=pk)


@administrators_only
@require_GET
def index(request):
    """Every source that one administers: when it was last seen, how much of it is refused, whether it fell silent."""
    page = keyset_page(
        Source.objects.visible_to(request.user), ordering=("-id",), cursor=request.GET.get("cursor"), size=50
    )
    day = Inbound.objects.filter(source__in=page.rows, received_at__gte=now() - timedelta(days=1)).order_by()
    day = day.exclude(outcome=Outcome.THROTTLED)
    bad = Q(outcome__in=[Outcome.REJECTED, Outcome.FAILED, Outcome.RECEIVED])
    counted = {
        each["source"]: each
        for each in day.values("source").annotate(came=Count("pk"), refused=Count("pk", filter=bad))
    }
    rows = [_health(source, counted.get(source.pk, {"came": 0, "refused": 0})) for source in page.rows]
    return render(request, "gateway/sources/index.html", {"rows": rows, "page": page, "doors": len(DOORS)})


def _health(source: Source, day: dict) -> dict:
    door = DOORS.find(source.kind)
    organisation = directory.get().organisations.get(source.organisation_id)
    silent = door and source.active and source.last_seen_at and source.last_seen_at < now() - door.silent_after
    return {
        "source": source, "kind": door.label if door else source.kind, "understood": door is not None, "silent": silent,
        "organisation": organisation.name if organisation else "", "came": day["came"], "refused": day["refused"],
        "share": round(100 * day["refused"] / day["came"]) if day["came"] else None,
    }  # fmt: skip


@administrators_only
@require_http_methods(["GET", "POST"])
def create(request):
    """A new source; its address is shown on the page that follows, this one time."""
    if not DOORS:
        raise Http404
    form = SourceForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            source, url = services.create_source(actor=request.user, **form.values())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            once.keep(request, "source", source.pk, url)
            return redirect("sources:source", source.pk)
    return render(request, "gateway/sources/new.html", {"form": form}, status=422 if form.errors else 200)


@administrators_only
@require_GET
def source(request, pk):
    """One source, and the log of what it sent."""
    return _detail(request, _found(request, pk))


def _detail(request, found: Source):
    outcome = request.GET.get("outcome", "")
    rows = Inbound.objects.filter(source=found).defer("body", "headers", "made")
    if outcome in Outcome.values:
        rows = rows.filter(outcome=outcome)
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=50)
    context = {
        **_health(found, {"came": 0, "refused": 0}), "url": once.take(request, "source", found.pk), "page": page, "outcome": outcome, "outcomes": Outcome.choices,
        "rows": [{"inbound": each, "tone": TONES[Outcome(each.outcome)]} for each in page.rows], "rotating": RotateForm(),
        "overlaps": found.previous_until and found.previous_until > now(), "address": f"/settings/sources/{found.pk}/",
    }  # fmt: skip
    return render(request, "gateway/sources/source.html", context)


@administrators_only
@require_POST
def rotate(request, pk):
    """A new address, shown on the page that follows, this one time."""
    found, form = _found(request, pk), RotateForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose how long the address before goes on working."))
        return redirect("sources:source", found.pk)
    try:
        changed, url = services.rotate_token(found.pk, actor=request.user, **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("sources:source", found.pk)
    once.keep(request, "source", changed.pk, url)
    return redirect("sources:source", changed.pk)


@administrators_only
@require_POST
def revoke(request, pk):
    """Its address opens nothing any more."""
    found = services.revoke_source(_found(request, pk).pk, actor=request.user)
    messages.success(request, _("The source “%(name)s” is revoked.") % {"name": found.name})
    return redirect("sources:source", found.pk)


@administrators_only
@require_GET
def inbound(request, pk, inbound):
    """One body: what came in, what became of it."""
    found = _found(request, pk)
    row = get_object_or_404(Inbound, source=found, pk=inbound)
    text = showing.shown(bytes(row.body), row.content_type) if row.body is not None else None
    context = {
        "source": found, "inbound": row, "tone": TONES[Outcome(row.outcome)], "text": text, "headers": sorted(row.headers.items()),
        "replayable": row.is_replayable and found.kind in DOORS, "address": f"/settings/sources/{found.pk}/",
    }  # fmt: skip
    return render(request, "gateway/sources/inbound.html", context)


@administrators_only
@require_GET
def body(request, pk, inbound):
    """The body as it came, as a file: no browser makes a page of it."""
    row = get_object_or_404(Inbound, source=_found(request, pk), pk=inbound, body__isnull=False)
    answer = HttpResponse(bytes(row.body), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="inbound-{row.pk}.bin"'
    return answer


@administrators_only
@require_POST
def replay(request, pk, inbound):
    """Hand a kept body to its door again."""
    found = _found(request, pk)
    try:
        row = receiving.replay(inbound, source=found, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        words = _("Replayed: %(outcome)s") % {"outcome": row.get_outcome_display()}
        (messages.success if row.outcome in (Outcome.ACCEPTED, Outcome.IGNORED) else messages.error)(request, words)
    return redirect("sources:inbound", found.pk, inbound)
