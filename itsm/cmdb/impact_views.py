"""What would suffer if an item stopped, and what it lives on: figures, graph and table, now or as of an instant."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itsm.core.numbers import whole

from . import drawing, graphing, itempage, looks, snapshots
from . import impact as impacts
from .classes import classes, with_subclasses
from .models import ConfigurationItem
from .views import readers_only

SHOWN, DEEPEST = 50, 10
LIMITS = (impacts.CAP, 2000, impacts.MOST)
UPSTREAM = "dependencies"


@dataclass(frozen=True)
class Asked:
    """What the address asks for; nonsense is the default."""

    at: datetime | None
    upstream: bool
    depth: int
    limit: int
    within: tuple[str, ...]
    start: int

    @classmethod
    def of(cls, params) -> "Asked":
        depth, limit, start = (whole(params.get(name) or "") for name in ("depth", "limit", "start"))
        return cls(
            at=itempage.instant_of(params.get("at")),
            upstream=params.get("view") == UPSTREAM,
            depth=depth if depth and 1 <= depth <= DEEPEST else impacts.DEPTH,
            limit=limit if limit in LIMITS else impacts.CAP,
            within=tuple(code for code in params.getlist("class") if code in classes.get()),
            start=start if start and start % SHOWN == 0 else 0,
        )

    def query(self, **changes) -> str:
        """The same address with changes; what is the default is left out."""
        given: dict = {
            "at": itempage.typed(self.at),
            "view": UPSTREAM if self.upstream else "",
            "class": list(self.within),
        }
        given["depth"] = self.depth if self.depth != impacts.DEPTH else ""
        given["limit"] = self.limit if self.limit != impacts.CAP else ""
        return urlencode({name: value for name, value in (given | changes).items() if value}, doseq=True)

    def report(self, pk: int, user) -> dict:
        """What `impact.report` says to it."""
        return impacts.report(
            pk, user=user, depth=self.depth, cap=self.limit, at=self.at, within=self.within, upstream=self.upstream
        )


@readers_only
@require_GET
def page(request, pk):
    """What suffers if the item fails: a fragment of its page, or a page of its own."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    asked = Asked.of(request.GET)
    report = asked.report(pk, request.user)
    rows = report["items"][asked.start : asked.start + SHOWN]
    for row in rows:
        row["look"] = looks.effect(row["state"]) if asked.upstream else looks.of(row["state"])
        row["icon"] = itempage.spec_of(row["ci_class"]).icon
        if asked.upstream:
            row["present"] = looks.of(*row["now"])
    past = snapshots.item_as_of(pk, asked.at) if asked.at else None
    name = past.data["name"] if past else found.name
    context = {
        "item": found,
        "name": name,
        "report": report,
        "asked": asked,
        "rows": rows,
        "cap": asked.limit,
        "hidden": max(0, len(report["items"]) - len(rows)),
        "picture": drawing.draw(report["items"]) if not asked.upstream else None,
    }
    if request.htmx:
        return render(request, "itsm_cmdb/_impact.html", context)
    return render(request, "itsm_cmdb/impact.html", context | _whole_page(request, asked, report, name, past))


def _whole_page(request, asked: Asked, report: dict, name: str, past) -> dict:
    more = [limit for limit in LIMITS if limit > asked.limit]
    total = len(report["items"])
    return {
        "at_text": itempage.typed(asked.at),
        "bad_at": bool(request.GET.get("at") and asked.at is None),
        "unknown_then": bool(asked.at and past is None),
        "depths": range(1, DEEPEST + 1),
        "classes": [each | {"chosen": each["code"] in asked.within} for each in report["classes"]],
        "sentence": graphing.sentence(name, report, upstream=asked.upstream),
        "graph": asked.query(),
        "other_side": asked.query(view="" if asked.upstream else UPSTREAM, **{"class": []}),
        "further": asked.query(limit=more[0]) if report["truncated"] and more else "",
        "before": asked.query(start=max(0, asked.start - SHOWN)) if asked.start else None,
        "after": asked.query(start=asked.start + SHOWN) if asked.start + SHOWN < total else "",
        "first": asked.start + 1,
        "last": min(asked.start + SHOWN, total),
        "total": total,
        "present": asked.query(at=""),
        "levels": max((row["depth"] for row in report["items"]), default=0),
    }


@readers_only
@require_GET
def graph(request, pk):
    """The nodes and edges that the browser draws."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    asked = Asked.of(request.GET)
    report = replace(asked, within=()).report(pk, request.user)
    codes = {below for code in asked.within for below in with_subclasses(code)}
    rows = [row for row in report["items"] if not codes or row["ci_class"] in codes]
    past = snapshots.item_as_of(pk, asked.at) if asked.at else None
    root = {"id": pk, "name": past.data["name"] if past else found.name}
    built = graphing.build(root, report["items"], report["lines"], rows, upstream=asked.upstream)
    words = {"picture": _("impact-%(key)s") % {"key": found.key}}
    return JsonResponse(built | words, headers={"Cache-Control": "no-store"})
