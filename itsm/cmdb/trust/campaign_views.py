"""Pages of certification campaigns, for editors; and the page behind the link of the mail, for who has no account."""

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.notify.messages import language_of
from itsm.people.directory import directory

from .. import itempage, showing, snapshots
from ..intake.views import editors_only
from ..models import Campaign, CampaignItem, CampaignShare
from . import certifying, limits
from .forms import CampaignForm
from .pages import percent

PAGE = "itsm_cmdb/trust/"
ROWS, SHOWN = 50, 100
A_MINUTE, TRIES_A_MINUTE = 60, 20


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
@require_POST
def close(request, pk):
    """End it before its time."""
    found = _campaign(request, pk)
    certifying.close(found.pk, actor=request.user)
    messages.success(request, _("The campaign is closed. Its links open nothing any more."))
    return redirect(found)


@editors_only
@require_POST
def revoke(request, pk, share):
    """One link opens nothing any more."""
    found = _campaign(request, pk)
    row = get_object_or_404(CampaignShare, pk=share, campaign=found)
    certifying.revoke(row.pk, actor=request.user)
    messages.success(request, _("The link no longer works."))
    return redirect(found)


@never_cache
@require_http_methods(["GET", "POST"])
def answer(request, token):
    """Behind the link. Mail programs look at links before people do: looking changes nothing, only the buttons answer."""
    share = certifying.find(token)
    if share is None:
        few = limits.allowed("certify-tries", limits.address_of(request), TRIES_A_MINUTE)
        return render(request, PAGE + "answer.html" if few else "429.html", {"share": None}, status=404 if few else 429)
    if not limits.allowed("certify", str(share.pk), A_MINUTE):
        return render(request, "429.html", status=429)
    with override(request.LANGUAGE_CODE if request.user.is_authenticated else language_of(share.person)):
        return _answer(request, share)


def _answer(request, share: CampaignShare):
    over, errors, typed, status = certifying.is_over(share.campaign), {}, {}, 200
    if request.method == "POST" and not over:
        typed = _typed(request.POST)
        errors = {pk for pk, (given, note) in typed.items() if given == "wrong" and not note.strip()}
        good = {pk: pair for pk, pair in typed.items() if pk not in errors}
        everything = request.POST.get("act") == "all"
        saved = certifying.answer(share.pk, good, rest_is_right=everything and not errors)
        if not errors:
            if saved:
                messages.success(request, _("Your answers are kept. Thank you."))
            return redirect(request.path)
        status = 422
    rows = CampaignItem.objects.filter(certifying.LIVE, share=share)
    done, total = rows.exclude(answer="").count(), rows.count()
    shown = "all" if request.GET.get("show") == "all" or total == done else "left"
    wanted = rows if shown == "all" else rows.filter(Q(answer="") | Q(pk__in=errors))
    page = keyset_page(wanted.select_related("item"), ordering=("id",), cursor=request.GET.get("cursor"), size=ROWS)
    context = {
        "share": share, "campaign": share.campaign, "over": over, "page": page, "rows": _lines(page.rows, errors, typed, share.person),
        "done": done, "total": total, "left": total - done, "shown": shown, "percent": percent(done, total) or 0,
        "has_errors": bool(errors),
    }  # fmt: skip
    return render(request, PAGE + "answer.html", context, status=status)


def _typed(data) -> dict[int, tuple[str, str]]:
    found = {}
    for name, value in data.items():
        pk = whole(name.removeprefix("a-")) if name.startswith("a-") else None
        if pk is not None and value in ("right", "wrong"):
            found[pk] = (value, data.get(f"n-{pk}", "")[:500])
    return found


def _lines(rows: list[CampaignItem], errors, typed: dict, reader) -> list[dict]:
    """Each item with what is kept of it, in few queries."""
    people = itempage.names_of({pk for row in rows for pk in (row.item.owner_id, row.item.user_id)})
    specs = {row.pk: itempage.spec_of(row.item.ci_class) for row in rows}
    seen = showing.named([(specs[row.pk], row.item.attributes) for row in rows], reader)
    found = []
    for row in rows:
        spec = specs[row.pk]
        given, note = typed.get(row.pk, (row.answer, row.note))
        facts = itempage.facts(snapshots.of_item(row.item), spec, reader, people, seen)
        found.append(
            {
                "row": row,
                "item": row.item,
                "spec": spec,
                "facts": facts,
                "given": given,
                "note": note,
                "error": row.pk in errors,
            }
        )
    return found
