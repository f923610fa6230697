"""Pages of configuration items and services. What one may not read is a 404; what one may not change has no button."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, StaleVersion
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.core.panels import drawn
from itsm.people.entering import only
from itsm.people.scope import scope_of

from . import availabilitycard, bringing, driftwords, itempage, looks, neighbours, services, snapshots
from . import listing as listings
from .classes import classes, with_subclasses
from .classform import LAYER_NAMES
from .forms import ItemForm, RetireForm, initial_of
from .models import ConfigurationItem, Relation
from .service_form import may_be_service

SUGGESTIONS = 10
LINES = 50


# For anyone else the pages do not exist.
readers_only = only("cmdb.read")


def editable(request, pk: int) -> ConfigurationItem:
    """The item, for somebody who may change it."""
    return get_object_or_404(ConfigurationItem.objects.editable_by(request.user).select_related("owner", "user"), pk=pk)


@readers_only
@require_GET
def items(request):
    """The list."""
    found = listings.listing(request.user, request.GET)
    context = {
        "list": found, "narrowed": listings.narrowed_words(found.narrowed) if found.narrowed else [],
        "may_edit": scope_of(request.user).may("cmdb.edit"),
    }  # fmt: skip
    return render(request, "itsm_cmdb/items.html", context, status=200 if found.filter.is_valid() else 422)


@readers_only
@require_GET
def suggest(request):
    """Up to ten names for the datalist of a form, from two letters on; with `class`, of that class and those below it.

    The words are in the field that `field` names, since a form has several.
    """
    text = fold(request.GET.get(request.GET.get("field") or "target", "").strip()[:200])
    rows = ConfigurationItem.objects.visible_to(request.user).in_use()
    if request.GET.get("class"):
        rows = rows.filter(ci_class__in=with_subclasses(request.GET["class"]))
    rows = rows.filter(sort_key__contains=text).order_by("sort_key", "id")
    found = list(rows.values("key", "name")[:SUGGESTIONS]) if len(text) >= 2 else []
    return render(request, "itsm_cmdb/_suggestions.html", {"found": found})


@readers_only
@require_GET
def item(request, pk):
    """One item: answers first; `?at=` shows it as it was, `?whole=1` with what a browser fetches afterwards."""
    whole = [f"service__{name}" for name in ("customer", "owner", "agreed_hours")]
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user).select_related(*whole), pk=pk)
    at = itempage.instant_of(request.GET.get("at"))
    past = snapshots.item_as_of(pk, at) if at else None
    data = past.data if past else snapshots.of_item(found)
    spec, service = itempage.spec_of(data["ci_class"]), getattr(found, "service", None)
    may_edit = at is None and scope_of(request.user).may("cmdb.edit")
    measured = service if at is None else None
    rows = [] if at else itempage.outage_rows(pk, availabilitycard.since() if measured else None)
    outages = itempage.outages(rows, request.user)
    drifts = [] if at else itempage.drifts(pk)
    return render(
        request,
        "itsm_cmdb/item.html",
        {
            "item": found, "data": data, "spec": spec, "at": at, "unknown_then": bool(at and past is None),
            "at_text": itempage.typed(at), "bad_at": bool(request.GET.get("at") and at is None), "facts": itempage.facts(data, spec, request.user),
            "set_aside": [] if at else itempage.set_aside(found, spec),
            "look": looks.of(data["state"], data["status"]),
            "relations": neighbours.sides(pk, request.user, at), "history": itempage.history(pk, until=at),
            "outages": outages["newest"], "service": measured, "happening": outages["now"],
            "service_then": itempage.service_facts(data, spec) if past else [], "drifts": driftwords.lines(drifts),
            "offers": service is None and may_edit and found.status != "retired" and may_be_service(found),
            "availability": availabilitycard.card(measured, rows) if measured else None,
            "may_edit": may_edit, "whole": "whole" in request.GET,
        },
    )  # fmt: skip


@readers_only
@require_GET
def panels(request, pk):
    """What other functions know of the item, fetched once its page stands."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    return HttpResponse(drawn("ci", request, found, later=True))


@readers_only
@require_GET
def history(request, pk):
    """Every change of the item, newest first; with `?part=relations` those of its relations."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    before, of_relations = whole(request.GET.get("before", "")), request.GET.get("part") == "relations"
    lines = (
        neighbours.history(pk, request.user, LINES + 1, before=before)
        if of_relations
        else itempage.history(pk, LINES + 1, before=before)
    )
    more = lines[LINES - 1]["id"] if len(lines) > LINES else None
    context = {"item": found, "lines": lines[:LINES], "more": more, "of_relations": of_relations}
    return render(request, "itsm_cmdb/history.html", context)


@readers_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Two steps on one address: the class, then its fields."""
    if not scope_of(request.user).may("cmdb.edit"):
        raise Http404
    spec = classes.get().get(request.GET.get("class", ""))
    if spec is None or spec.abstract:
        words = request.GET.get("q", "")[:100]
        return render(request, "itsm_cmdb/choose_class.html", {"groups": _class_groups(words), "q": words})
    form = ItemForm(
        request.POST or None,
        spec=spec,
        reader=request.user,
        reason=False,
        initial={"status": "live", "state": "up", "criticality": 3},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_ci(actor=request.user, ci_class=spec.code, **form.values())
        except DomainError as error:
            put_on(form, error)
        else:
            messages.success(request, _("“%(name)s” is in the CMDB.") % {"name": made.name})
            return redirect(made)
    return render(request, "itsm_cmdb/form.html", {"form": form, "spec": spec}, status=422 if form.errors else 200)


def _class_groups(words: str) -> list[tuple[str, list]]:
    """Classes that items can have, by what groups them: a class that does only that, else their layer; what has neither comes last."""
    known, wanted = classes.get(), fold(words).split()
    groups: dict[tuple[bool, str], list] = {}
    for spec in known.values():
        if spec.abstract or not all(word in fold(" ".join([spec.code, *spec.names.values()])) for word in wanted):
            continue
        above = known.get(spec.parent)
        name = above.name if above and above.abstract else str(LAYER_NAMES.get(spec.layer, ""))
        groups.setdefault((not name, name or _("Other")), []).append(spec)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0], fold(group[0][1])))
    return [(name, sorted(specs, key=lambda s: fold(s.name))) for (_last, name), specs in ordered]


@readers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """Change an item. A save over a newer version is refused with what changed, and keeps what was typed."""
    found = editable(request, pk)
    if found.status == ConfigurationItem.Status.RETIRED:
        return redirect(found)
    if bringing.is_pending(found.ci_class):
        services.catch_up(pk)
        found = editable(request, pk)
    spec = itempage.spec_of(found.ci_class)
    form = ItemForm(
        request.POST or None, spec=spec, reader=request.user, reason=True, item=found, initial=initial_of(found)
    )
    status, newer = 200, []
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.update_ci(pk, actor=request.user, version=form.cleaned_data["version"], **form.values())
            except StaleVersion:
                status, newer = 409, itempage.history(pk, 1)
                form.data = form.data.copy()
                form.data["version"] = found.version
            except DomainError as error:
                put_on(form, error)
            else:
                messages.success(request, _("Saved"))
                return redirect(found)
    context = {"form": form, "spec": spec, "item": found, "newer": newer}
    return render(request, "itsm_cmdb/form.html", context, status=status)


def put_on(form, error: DomainError) -> None:
    """The words of the service beside the field that they are about."""
    name = error.field
    form.add_error(name if name in form.fields else None, str(error.message))


@readers_only
@require_POST
def forget_set_aside(request, pk):
    """A value that was set aside is not needed any more."""
    found = editable(request, pk)
    services.forget_set_aside(pk, request.POST.get("name", "")[:40], actor=request.user)
    return redirect(found)


@readers_only
@require_http_methods(["GET", "POST"])
def retire(request, pk):
    """Out of service for good, after one more look."""
    found = editable(request, pk)
    form = RetireForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.retire_ci(pk, actor=request.user, reason=form.cleaned_data["reason"])
        messages.success(request, _("“%(name)s” is retired. Its history stays.") % {"name": found.name})
        return redirect(found)
    dependants = Relation.objects.filter(target_id=pk, carries_impact=True).count()
    context = {"form": form, "item": found, "dependants": dependants}
    return render(request, "itsm_cmdb/retire.html", context, status=422 if form.errors else 200)


@readers_only
@require_POST
def restore(request, pk):
    """A retired item comes back."""
    found = editable(request, pk)
    services.update_ci(pk, actor=request.user, status=ConfigurationItem.Status.LIVE)
    messages.success(request, _("“%(name)s” is back in service.") % {"name": found.name})
    return redirect(found)
