"""Pages of configuration items and services. What one may not read is a 404; what one may not change has no button."""

from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, StaleVersion
from itsm.core.folding import fold
from itsm.people.scope import scope_of

from . import availabilitycard, drawing, itempage, looks, services, snapshots
from . import impact as impacts
from . import listing as listings
from .classes import classes
from .forms import ItemForm, RelationForm, RetireForm, initial_of
from .models import ConfigurationItem, Relation
from .service_form import may_be_service

SUGGESTIONS = 10
SHOWN = 100


def readers_only(view):
    """Sign-in, and the right to read items; without it the page does not exist."""

    @wraps(view)
    @login_required
    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).may("cmdb.read"):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


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
    """Up to ten names for the datalist of a form, from two letters on."""
    text = fold(request.GET.get("target", "").strip())
    rows = (
        ConfigurationItem.objects.visible_to(request.user)
        .in_use()
        .filter(sort_key__contains=text)
        .order_by("sort_key", "id")
    )
    found = list(rows.values("key", "name")[:SUGGESTIONS]) if len(text) >= 2 else []
    return render(request, "itsm_cmdb/_suggestions.html", {"found": found})


@readers_only
@require_GET
def item(request, pk):
    """One item: answers first; `?at=` shows it as it was."""
    whole = [f"service__{name}" for name in ("customer", "owner", "agreed_hours")]
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user).select_related(*whole), pk=pk)
    at = itempage.instant_of(request.GET.get("at"))
    past = snapshots.item_as_of(pk, at) if at else None
    data = past.data if past else snapshots.of_item(found)
    spec, service = itempage.spec_of(data["ci_class"]), getattr(found, "service", None)
    may_edit = at is None and scope_of(request.user).may("cmdb.edit")
    measured = service if at is None else None
    rows = itempage.outage_rows(pk, availabilitycard.since() if measured else None)
    outages = itempage.outages(rows, request.user)
    return render(
        request,
        "itsm_cmdb/item.html",
        {
            "item": found, "data": data, "spec": spec, "at": at, "unknown_then": bool(at and past is None),
            "bad_at": bool(request.GET.get("at") and at is None), "facts": itempage.facts(data, spec),
            "look": looks.of(data["state"], data["status"]),
            "relations": itempage.relations(pk, request.user, at), "history": itempage.history(pk),
            "outages": outages["newest"], "service": service, "happening": [] if at else outages["now"],
            "offers": service is None and may_edit and found.status != "retired" and may_be_service(found),
            "availability": availabilitycard.card(measured, rows) if measured else None,
            "may_edit": may_edit,
        },
    )  # fmt: skip


@readers_only
@require_GET
def impact(request, pk):
    """What suffers if the item fails: a fragment of its page, or a page of its own."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    at = itempage.instant_of(request.GET.get("at"))
    report = impacts.report(pk, user=request.user, at=at)
    shown = report["items"][:SHOWN]
    for row in shown:
        row["look"], row["icon"] = looks.of(row["state"]), itempage.spec_of(row["ci_class"]).icon
    down = sum(row["state"] == "down" for row in report["items"])
    context = {
        "item": found,
        "report": report,
        "down": down,
        "degraded": len(report["items"]) - down,
        "cap": impacts.CAP,
        "rows": shown,
        "hidden": len(report["items"]) - len(shown),
        "picture": drawing.draw(report["items"]),
    }
    return render(request, "itsm_cmdb/_impact.html" if request.htmx else "itsm_cmdb/impact.html", context)


@readers_only
@require_GET
def history(request, pk):
    """Every change of the item, newest first."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    before = request.GET.get("before", "")
    lines = itempage.history(pk, 51, before=int(before) if before.isdecimal() and len(before) < 18 else None)
    more = lines[49]["id"] if len(lines) > 50 else None
    return render(request, "itsm_cmdb/history.html", {"item": found, "lines": lines[:50], "more": more})


@readers_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Two steps on one address: the class, then its fields."""
    if not scope_of(request.user).may("cmdb.edit"):
        raise Http404
    spec = classes.get().get(request.GET.get("class", ""))
    if spec is None or spec.abstract:
        return render(request, "itsm_cmdb/choose_class.html", {"groups": _class_groups()})
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
            _put_on(form, error)
        else:
            messages.success(request, _("“%(name)s” is in the CMDB.") % {"name": made.name})
            return redirect(made)
    return render(request, "itsm_cmdb/form.html", {"form": form, "spec": spec}, status=422 if form.errors else 200)


def _class_groups() -> list[tuple[str, list]]:
    """Classes that items can have, by the name of what groups them."""
    known = classes.get()
    groups: dict[str, list] = {}
    for spec in known.values():
        if not spec.abstract:
            parent = known.get(spec.parent)
            groups.setdefault(parent.name if parent else _("Other"), []).append(spec)
    return [
        (name, sorted(specs, key=lambda s: fold(s.name)))
        for name, specs in sorted(groups.items(), key=lambda g: fold(g[0]))
    ]


@readers_only
@require_http_methods(["GET", "POST"])
def edit(request, pk):
    """Change an item. A save over a newer version is refused with what changed, and keeps what was typed."""
    found = editable(request, pk)
    if found.status == ConfigurationItem.Status.RETIRED:
        return redirect(found)
    spec = itempage.spec_of(found.ci_class)
    form = ItemForm(request.POST or None, spec=spec, reader=request.user, reason=True, initial=initial_of(found))
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
                _put_on(form, error)
            else:
                messages.success(request, _("Saved"))
                return redirect(found)
    context = {"form": form, "spec": spec, "item": found, "newer": newer}
    return render(request, "itsm_cmdb/form.html", context, status=status)


def _put_on(form, error: DomainError) -> None:
    """The words of the service beside the field that they are about."""
    name = error.field
    form.add_error(name if name in form.fields else None, str(error.message))


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


@readers_only
@require_http_methods(["GET", "POST"])
def relate(request, pk):
    """Say what the item depends on."""
    found = editable(request, pk)
    form = RelationForm(request.POST or None, reader=request.user, language=(get_language() or "fr")[:2])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.relate(
                found, data["target"], data["type"], actor=request.user, group=data["group"], need=data["need"],
                strength=data["strength"] or "full",
            )  # fmt: skip
        except DomainError as error:
            _put_on(form, error)
        else:
            messages.success(request, _("Relation added"))
            return redirect(found)
    return render(request, "itsm_cmdb/relate.html", {"form": form, "item": found}, status=422 if form.errors else 200)


@readers_only
@require_POST
def unrelate(request, pk, relation):
    """Remove a relation that starts or ends at the item; its history stays."""
    found = editable(request, pk)
    row = get_object_or_404(Relation, pk=relation)
    if pk not in (row.source_id, row.target_id):
        raise Http404
    services.unrelate(row.pk, actor=request.user)
    messages.success(request, _("Relation removed"))
    return redirect(found)
