"""The service status, for every signed-in person: their services (an agent's: those of their organisations), how each does and did."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_GET

from itsm.core import durations, now
from itsm.core.languages import in_language
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from . import status
from .models import Outage, Service

SHORT, LONG, PAGE = 30, 90, 20


@login_required
@require_GET
def index(request):
    """All of them, those in trouble first, and what is planned."""
    services, scope = Service.objects.on_status(request.user), scope_of(request.user)
    found = status.worst_first(services, days=SHORT)
    planned = sorted(
        ({"name": s.name, "pk": s.pk, "outage": o, "when": status.span(o)} for s in found for o in s.planned),
        key=lambda row: row["outage"].starts_at,
    )
    context = {
        "hurt": [s for s in found if s.hurt], "rows": found, "planned": planned[:PAGE], "days": SHORT,
        "calm": [at * status.STEP for at in range(SHORT)], "wide": SHORT * status.STEP, "shell": scope.shell,
        "agent": scope.is_agent, "beside": status.hurt_beside(request.user, found) if scope.is_agent else 0,
        "working": any(s.state == "maintenance" for s in found), "at": now(),
        "unknown": sum(s.state == "unknown" for s in found),
        "most": status.MOST if len(found) == status.MOST and services.count() > status.MOST else 0,
    }  # fmt: skip
    return render(request, "itsm_cmdb/status.html", context)


@login_required
@require_GET
def service(request, pk):
    """One service: now, what is planned, ninety days, every outage."""
    found = status.standings(Service.objects.on_status(request.user).filter(pk=pk), days=LONG)
    if not found:
        raise Http404
    at, standing = now(), found[0]
    past = Outage.objects.filter(item_id=pk, starts_at__lte=at)
    page = keyset_page(past, ordering=("-starts_at", "-id"), cursor=request.GET.get("cursor"), size=PAGE)
    outages = [
        {
            "tone": status.TONES[status.kind(o)], "word": status.WORDS[status.kind(o)], "start": o.starts_at, "end": o.ends_at,
            "length": durations.short((min(o.ends_at or at, at) - o.starts_at).total_seconds()), "text": o.public_text,
            "lasts": o.ends_at is None or o.ends_at > at,
        }
        for o in page.rows
    ]  # fmt: skip
    row = Service.objects.filter(pk=pk).values_list("description_fr", "description_en").get()
    context = {
        "standing": standing, "outages": outages, "page": page, "days": LONG,
        "wide": LONG * status.STEP, "calm": [at * status.STEP for at in range(LONG)], "shell": scope_of(request.user).shell,
        "description": in_language(*row), "planned": [{"outage": o, "when": status.span(o)} for o in standing.planned],
        "bad": [
            {"on": durations.day_text(day.on), "word": day.word, "lasted": durations.short(day.seconds or None)}
            for day in reversed(standing.days) if day.state != "up"
        ],
    }  # fmt: skip
    return render(request, "itsm_cmdb/status_service.html", context)
