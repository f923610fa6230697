"""Relations by hand: keepers of items say what depends on what, change it, and take it away."""

from django.contrib import messages
from django.db.models import Count, Max
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from itsm.core.errors import DomainError, StaleVersion

from . import neighbours, services
from .models import ConfigurationItem, Relation
from .relation_forms import RelationChangeForm, RelationForm, initial_of
from .views import editable, put_on, readers_only


@readers_only
@require_http_methods(["GET", "POST"])
def relate(request, pk):
    """Say what the item depends on."""
    found = editable(request, pk)
    form = RelationForm(request.POST or None, source=found, reader=request.user, language=(get_language() or "fr")[:2])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services.relate(found, data["target"], data["type"], actor=request.user, **form.values())
        except DomainError as error:
            put_on(form, error)
        else:
            messages.success(request, _("Relation added"))
            return redirect(found)
    context = {"form": form, "item": found, "groups": _groups(found, request.user)}
    return render(request, "itsm_cmdb/relate.html", context, status=422 if form.errors else 200)


@readers_only
@require_http_methods(["GET", "POST"])
def change(request, pk, relation):
    """Strength, redundancy and dates of a relation. What somebody else changed meanwhile is not overwritten."""
    found = editable(request, pk)
    row = _relation(request, pk, relation)
    need = row.need
    if row.group:
        need = Relation.objects.filter(source_id=row.source_id, group=row.group).aggregate(n=Max("need"))["n"]
    form = RelationChangeForm(request.POST or None, source=row.source, initial=initial_of(row, need))
    status, stale = 200, False
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                services.change_relation(
                    row.pk, actor=request.user, version=data["version"], reason=data["reason"], **form.values()
                )
            except StaleVersion:
                status, stale = 409, True
                form.data = form.data.copy()
                form.data["version"] = row.version
            except DomainError as error:
                put_on(form, error)
            else:
                messages.success(request, _("Saved"))
                return redirect(found)
    language = (get_language() or "fr")[:2]
    context = {
        "form": form, "item": found, "relation": row, "kind": getattr(row.type, f"name_{language}"), "stale": stale,
        "groups": _groups(row.source, request.user),
    }  # fmt: skip
    return render(request, "itsm_cmdb/relation.html", context, status=status)


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


def _relation(request, pk: int, relation: int) -> Relation:
    """A relation of the item whose both ends the reader may see."""
    visible = ConfigurationItem.objects.visible_to(request.user)
    rows = Relation.objects.filter(source__in=visible, target__in=visible).select_related("source", "target", "type")
    row = get_object_or_404(rows, pk=relation)
    if pk not in (row.source_id, row.target_id):
        raise Http404
    return row


def _groups(source: ConfigurationItem, user) -> list[dict]:
    """The groups that the item has already: number, what it bears, some of its members."""
    rows = Relation.objects.filter(source=source, group__gt=0)
    sizes = rows.values("group").annotate(n=Count("pk"), need=Max("need")).order_by("group")
    seen = ConfigurationItem.objects.visible_to(user)
    names: dict[int, list[str]] = {}
    members = rows.filter(target__in=seen).order_by("target__sort_key").values_list("group", "target__name")
    for group, name in members[:200]:
        names.setdefault(group, []).append(name)
    return [
        {
            "words": neighbours.redundancy(row["group"], row["n"], min(row["n"], row["need"])),
            "names": ", ".join(names.get(row["group"], [])[:6]),
        }
        for row in sizes
    ]
