"""Pages of certification campaigns, for editors."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.people.directory import directory

from .. import itempage
from ..intake.views import editors_only
from ..models import Campaign, CampaignItem, CampaignShare
from . import certifying
from .forms import CampaignForm
from .pages import percent

PAGE = "itsm_cmdb/trust/"
ROWS, SHOWN = 50, 100


@editors_only
@require_GET
def listed(request):
    """Campaigns, newest first."""
    rows = Campaign.objects.visible_to(request.user).select_related("made_by")
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=ROWS)
    counted = {
        row["campaign"]: row
        for row in CampaignItem.objects.filter(certifying.LIVE, campaign__in=[c.pk for c in page.rows])
        .order_by().values("campaign").annotate(n=Count("pk"), done=Count("pk", filter=~Q(answer="")))
    }  # fmt: skip
    for row in page.rows:
        row.counts = counted.get(row.pk, {"n": 0, "done": 0})
        row.share = percent(row.counts["done"], row.counts["n"]) or 0
    return render(request, PAGE + "campaigns.html", {"page": page})


@editors_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Two steps on one address: how many items and people it would be, then the start."""
    form, planned, people = CampaignForm(request.POST or None, reader=request.user), None, {}
    if request.method == "POST" and form.is_valid():
        try:
            planned = certifying.plan(certifying.in_scope(request.user, **form.scope()))
            # What starts is what was shown: a choice that changed since is shown first.
            if request.POST.get("act") == "start" and request.POST.get("seen") == _size(planned):
                made = certifying.start(actor=request.user, **form.arguments())
                messages.success(request, _("The campaign runs. The mails leave within a minute."))
                return redirect(made)
            biggest = sorted(planned.by_person, key=lambda pk: -len(planned.by_person[pk]))[:10]
            names = itempage.names_of(biggest)
            people = [(names.get(pk, ""), len(planned.by_person[pk])) for pk in biggest]
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    context = {"form": form, "plan": planned, "people": people, "seen": _size(planned) if planned else ""}
    return render(request, PAGE + "campaign_new.html", context, status=422 if form.errors else 200)


def _size(planned: certifying.Plan) -> str:
    return f"{planned.items}-{len(planned.by_person)}"


def _campaign(request, pk: int) -> Campaign:
    rows = Campaign.objects.visible_to(request.user).select_related("organisation", "team", "made_by")
    return get_object_or_404(rows, pk=pk)


@editors_only
@require_GET
def campaign(request, pk):
    """How far it is, by team and person; what is wrong; what nobody can be asked about."""
    found = _campaign(request, pk)
    rows = CampaignItem.objects.filter(certifying.LIVE, campaign=found)
    counts = {
        "n": Count("pk"), "right": Count("pk", filter=Q(answer="right")), "wrong": Count("pk", filter=Q(answer="wrong")),
    }  # fmt: skip
    teams = directory.get().teams
    by_team = [
        {
            "label": teams[row["item__support_team"]].code if row["item__support_team"] in teams else _("No team"),
            **_with_share(row),
        }
        for row in rows.order_by().values("item__support_team").annotate(**counts).order_by("-n", "item__support_team")
    ]
    by_share = {row["share"]: _with_share(row) for row in rows.order_by().values("share").annotate(**counts)}
    shares = list(CampaignShare.objects.filter(campaign=found).select_related("person").order_by("pk"))
    none = _with_share({"n": 0, "right": 0, "wrong": 0})
    kept = certifying.not_sent(shares)
    lines = [{**by_share.get(share.pk, none), "share": share, "not_sent": kept.get(share.pk)} for share in shares]
    total = _with_share({name: sum(row[name] for row in by_share.values()) for name in ("n", "right", "wrong")})
    wrong = rows.filter(answer="wrong").select_related("item", "correction", "share__person").order_by("-answered_at")
    orphans = rows.filter(share=None).select_related("item").order_by("id")
    context = {
        "campaign": found, "total": total, "by_team": by_team, "lines": sorted(lines, key=lambda line: -line["left"]),
        "wrong": wrong[:SHOWN], "orphans": orphans[:SHOWN], "orphan_count": by_share.get(None, {"n": 0})["n"], "shown": SHOWN,
        "over": certifying.is_over(found),
    }  # fmt: skip
    return render(request, PAGE + "campaign.html", context)


def _with_share(row: dict) -> dict:
    done = row["right"] + row["wrong"]
    return {**row, "done": done, "left": row["n"] - done, "percent": percent(done, row["n"]) or 0}


@editors_only
@require_http_methods(["GET", "POST"])
def close(request, pk):
    """Ask first, then end it before its time."""
    found = _campaign(request, pk)
    if request.method == "POST":
        certifying.close(found.pk, actor=request.user)
        messages.success(request, _("The campaign is closed. Its links open nothing any more."))
    if found.state != Campaign.State.RUNNING or request.method == "POST":
        return redirect(found)
    left = CampaignItem.objects.filter(certifying.LIVE, campaign=found, answer="").exclude(share=None).count()
    return render(request, PAGE + "close.html", {"campaign": found, "left": left})


@editors_only
@require_http_methods(["GET", "POST"])
def revoke(request, pk, share):
    """Ask first, then one link opens nothing any more."""
    found = _campaign(request, pk)
    row = get_object_or_404(CampaignShare.objects.select_related("person"), pk=share, campaign=found)
    if request.method == "POST":
        certifying.revoke(row.pk, actor=request.user)
        messages.success(request, _("The link no longer works."))
    if row.revoked_at or request.method == "POST":
        return redirect(found)
    left = row.items.filter(certifying.LIVE, answer="").count()
    return render(request, PAGE + "revoke.html", {"campaign": found, "share": row, "left": left})
