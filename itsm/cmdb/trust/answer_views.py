"""The page behind the link of the mail, for who has no account: are these items right?"""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.notify.messages import language_of

from .. import itempage, showing, snapshots
from ..models import CampaignItem, CampaignShare
from . import certifying, limits

PAGE = "itsm_cmdb/trust/"
ROWS = 50
A_MINUTE, TRIES_A_MINUTE = 60, 20


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
    with override(_language(request, share)):
        response = _answer(request, share)
        response["Content-Language"] = get_language()
    return response


def _language(request, share: CampaignShare) -> str:
    """What the reader chose; the person's own while nothing is chosen."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(settings.LANGUAGES)
    return request.LANGUAGE_CODE if chosen or request.user.is_authenticated else language_of(share.person)


def _answer(request, share: CampaignShare):
    if certifying.is_over(share.campaign):
        return render(request, PAGE + "answer.html", {"share": share, "campaign": share.campaign, "over": True})
    errors, typed = set(), {}
    if request.method == "POST":
        typed = _typed(request.POST)
        errors = {pk for pk, (given, note) in typed.items() if given == "wrong" and not note.strip()}
        saved = certifying.answer(share.pk, {pk: pair for pk, pair in typed.items() if pk not in errors})
        if not errors:
            return _answered(request, share, saved)
    rows = CampaignItem.objects.filter(certifying.LIVE, share=share)
    classes = _classes(rows)
    chosen = request.GET.get("class", "")
    narrowed = rows.filter(item__ci_class=chosen) if chosen in {each["code"] for each in classes} else rows
    done, total = rows.exclude(answer="").count(), rows.count()
    left = narrowed.filter(answer="").count()
    if request.method == "GET" and request.GET.get("ask") and left:
        counted = [each for each in classes if each["left"] and (narrowed is rows or each["code"] == chosen)]
        context = {"share": share, "left": left, "classes": counted, "back": _address(request, ask="")}
        return render(request, PAGE + "answer_all.html", context)
    shown = "all" if request.GET.get("show") == "all" or not left else "left"
    wanted = narrowed if shown == "all" else narrowed.filter(Q(answer="") | Q(pk__in=errors))
    page = keyset_page(wanted.select_related("item"), ordering=("id",), cursor=request.GET.get("cursor"), size=ROWS)
    if not page.rows and request.GET.get("cursor"):
        return redirect(_address(request, cursor=""))
    context = {
        "share": share, "campaign": share.campaign, "page": page, "rows": _lines(page.rows, errors, typed, share.person),
        "done": done, "total": total, "left": total - done, "left_here": left, "shown": shown, "classes": classes,
        "chosen": chosen if narrowed is not rows else "", "percent": 100 * done // total if total else 0,
        "has_errors": bool(errors), "here": _address(request), "everything": _address(request, show="all", cursor=""),
        "only_left": _address(request, show="", cursor=""),
    }  # fmt: skip
    return render(request, PAGE + "answer.html", context, status=422 if errors else 200)


def _answered(request, share: CampaignShare, saved: int):
    """What was ticked is kept. Then: the next page, a class, the question about all that is left, or its answer."""
    act, seen, only = request.POST.get("act"), whole(request.POST.get("seen")), request.GET.get("class", "")
    if act == "all":
        rows = CampaignItem.objects.filter(certifying.LIVE, share=share, answer="")
        rows = rows.filter(item__ci_class=only) if only else rows
        # Only what the question named is answered: a number that changed since is asked about again.
        if seen is None or seen != rows.count():
            return redirect(_address(request, ask="1", cursor=""))
        saved = certifying.answer(share.pk, {}, rest_is_right=True, of_class=only)
        words = ngettext(
            "%(n)s item is kept as right. You may change it here until the campaign ends.",
            "%(n)s items are kept as right. You may change each of them here until the campaign ends.",
            saved,
        )
        messages.success(request, words % {"n": saved})
        return redirect(_address(request, ask="", cursor="", show="all"))
    if saved:
        messages.success(request, _("Your answers are kept. Thank you."))
    if "go" in request.POST:
        return redirect(_address(request, cursor=request.POST["go"]))
    wanted = request.POST.get("class", only)
    stays = wanted == only and request.GET.get("show") == "all"
    return redirect(_address(request, **{"class": wanted} | ({} if stays else {"cursor": ""})))


def _address(request, **changes: str) -> str:
    """This page with what is shown of it; only the parameters that it knows."""
    pairs = {name: request.GET.get(name, "") for name in ("class", "show", "cursor", "ask")} | changes
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"{request.path}?{query}" if query else request.path


def _classes(rows: QuerySet) -> list[dict]:
    """The classes among the items by name, each with how many are left."""
    counts = rows.order_by().values("item__ci_class").annotate(n=Count("pk"), left=Count("pk", filter=Q(answer="")))
    found = [
        {"code": row["item__ci_class"], "name": itempage.spec_of(row["item__ci_class"]).name, "n": row["n"], "left": row["left"]}
        for row in counts
    ]  # fmt: skip
    return sorted(found, key=lambda row: fold(row["name"]))


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
            {"row": row, "item": row.item, "spec": spec, "facts": facts, "given": given, "note": note, "error": row.pk in errors}
        )  # fmt: skip
    return found
