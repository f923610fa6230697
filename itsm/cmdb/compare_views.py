"""What became of an item, or of everything in a baseline, between two instants."""

from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.people.directory import directory, names_of
from itsm.people.models import Organisation
from itsm.people.scope import scope_of

from . import comparing, itempage, neighbours, services
from .filters import class_choices
from .models import Baseline, ConfigurationItem, RelationType
from .outage_forms import when
from .views import put_on, readers_only

OFFERED = 6


class BaselineForm(forms.Form):
    """A name for an instant."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    at = when(gettext_lazy("Instant"), help_text=gettext_lazy("Empty: now."))
    organisation = forms.TypedChoiceField(
        label=gettext_lazy("Organisation"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=gettext_lazy("With those below it."),
    )
    ci_class = forms.ChoiceField(
        label=gettext_lazy("Class"), required=False, help_text=gettext_lazy("With those below it.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, reader, **kwargs):
        super().__init__(*args, **kwargs)
        scope = scope_of(reader)
        places = [
            (o.pk, o.name)
            for o in directory.get().organisations.values()
            if scope.everything or o.pk in scope.organisations
        ]
        self.fields["organisation"].choices = [("", _("All that one may see")), *places]
        self.fields["ci_class"].choices = [("", _("Every class")), *sorted(class_choices(), key=lambda each: each[1])]

    def values(self) -> dict:
        """The arguments of `make_baseline`."""
        data = dict(self.cleaned_data)
        place = data["organisation"]
        return data | {"organisation": Organisation.objects.get(pk=place) if place else None}


@readers_only
@require_GET
def item(request, pk):
    """Fields and relations of an item at two instants: what came, what went, what changed."""
    found = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    since, until = itempage.instant_of(request.GET.get("from")), itempage.instant_of(request.GET.get("to"))
    bad = any(request.GET.get(name) and at is None for name, at in (("from", since), ("to", until)))
    turned = bool(since and since > (until or now()))
    if turned:
        since, until = until, since
    context = {
        "item": found, "from_text": itempage.typed(since), "to_text": itempage.typed(until), "since": since, "until": until,
        "bad": bad, "baselines": _nearby(request.user), "turned": turned,
    }  # fmt: skip
    if since:
        end = until or now()
        before, after, changes = comparing.item_between(pk, since, end)
        context |= {
            "before": before, "after": after, "changes": itempage.changes_in_words(changes, (after or {}).get("ci_class", "")),
            "relations": _relations(comparing.relations_between(pk, since, end), request.user, end),
        }  # fmt: skip
    return render(request, "itsm_cmdb/compare.html", context)


def _nearby(user) -> list[dict]:
    rows = Baseline.objects.visible_to(user).order_by("-at", "-id")[:OFFERED]
    return [{"name": row.name, "at": itempage.typed(row.at)} for row in rows]


def _relations(found: comparing.Relations, user, at: datetime) -> dict[str, list[dict]]:
    """In words, where the reader may see both ends."""
    every = [*found.added, *found.removed, *(new for _old, new in found.changed)]
    items = neighbours.named({data[end] for data in every for end in ("source_id", "target_id")}, user, None)
    language = (get_language() or "fr")[:2]
    types = dict(RelationType.objects.values_list("pk", f"name_{language}"))

    def line(data: dict, before: dict | None = None) -> dict | None:
        ends = [items.get(data[end]) for end in ("source_id", "target_id")]
        if not all(ends):
            return None
        after, old = _words(data, at), _words(before, at) if before else []
        return {
            "source": ends[0],
            "target": ends[1],
            "kind": types.get(data["type_id"], ""),
            "before": old,
            "after": after,
        }

    return {
        "added": [row for data in found.added if (row := line(data))],
        "removed": [row for data in found.removed if (row := line(data))],
        "changed": [row for old, new in found.changed if (row := line(new, old))],
    }


def _words(data: dict, at: datetime) -> list[str]:
    """What a relation says, without counting its group."""
    return neighbours.words(neighbours.of_snapshot(0, data), None, at) or [_("alone, needed")]


@readers_only
@require_GET
def baselines(request):
    """Those that the reader may use, the newest first."""
    page = keyset_page(
        Baseline.objects.visible_to(request.user).select_related("organisation", "made_by"),
        ordering=("-at", "-id"), cursor=request.GET.get("cursor"),
    )  # fmt: skip
    rows = [{"row": row, "scope": scope_words(row)} for row in page.rows]
    may_edit = scope_of(request.user).may("cmdb.edit")
    return render(request, "itsm_cmdb/baselines.html", {"rows": rows, "page": page, "may_edit": may_edit})


def scope_words(row: Baseline) -> str:
    """What a baseline is about."""
    parts = [itempage.spec_of(row.ci_class).name] if row.ci_class else []
    parts += [row.organisation.name] if row.organisation else []
    return ", ".join(parts) or _("Everything")


@readers_only
@require_http_methods(["GET", "POST"])
def new_baseline(request):
    """Give an instant a name."""
    if not scope_of(request.user).may("cmdb.edit"):
        raise Http404
    form = BaselineForm(request.POST or None, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_baseline(actor=request.user, **form.values())
        except DomainError as error:
            put_on(form, error)
        else:
            messages.success(request, _("The baseline “%(name)s” is kept.") % {"name": made.name})
            return redirect(made)
    return render(request, "itsm_cmdb/baseline_form.html", {"form": form}, status=422 if form.errors else 200)


@readers_only
@require_GET
def baseline(request, pk):
    """What differs between a baseline and now (or another instant): items, or relations with `?part=relations`."""
    row = get_object_or_404(Baseline.objects.visible_to(request.user).select_related("organisation", "made_by"), pk=pk)
    until = itempage.instant_of(request.GET.get("to"))
    end = max(until or now(), row.at)
    scope = comparing.Scope(request.user, row.organisation_id, row.ci_class)
    part = "relations" if request.GET.get("part") == "relations" else "items"
    cursor = request.GET.get("cursor")
    context = {
        "baseline": row, "scope": scope_words(row), "until": until, "to_text": itempage.typed(until), "part": part,
        "bad": bool(request.GET.get("to") and until is None), "may_edit": scope_of(request.user).may("cmdb.edit"),
    }  # fmt: skip
    if part == "relations":
        page, found = comparing.changed_relations(scope, row.at, end, cursor=cursor)
        context |= {"page": page, "relations": _relations(found, request.user, end)}
    else:
        rows = comparing.changed_items(scope, row.at, end)
        page = keyset_page(rows, ordering=("item_id",), cursor=cursor)
        context |= {"page": page, "rows": _items(page.rows)}
        if not cursor:
            context["count"], context["more"] = comparing.many(rows)
    return render(request, "itsm_cmdb/baseline.html", context)


def _items(rows: list[dict]) -> list[dict]:
    people = names_of(row["actor_id"] for row in rows)
    found = []
    for row in rows:
        data, before = row["data"], row["before"]
        changes = comparing.snapshots.differences(before, data) if before else {}
        spec = itempage.spec_of(data["ci_class"])
        found.append({
            "url": f"/cmdb/{row['item_id']}/", "name": data["name"], "icon": spec.icon, "new": before is None,
            "changes": changes, "ci_class": data["ci_class"], "at": row["valid_from"],
            "who": people.get(row["actor_id"], _("Vigie")), "reason": row["reason"], "request_id": row["request_id"],
        })  # fmt: skip
    words = itempage.changes_of_many([(each["changes"], each["ci_class"]) for each in found])
    return [each | {"changes": lines} for each, lines in zip(found, words, strict=True)]


@readers_only
@require_POST
def remove_baseline(request, pk):
    """Take the name away; the history stays."""
    if not scope_of(request.user).may("cmdb.edit"):
        raise Http404
    row = get_object_or_404(Baseline.objects.visible_to(request.user), pk=pk)
    services.remove_baseline(row.pk, actor=request.user)
    messages.success(
        request, _("The baseline “%(name)s” is gone. What was true then stays in the history.") % {"name": row.name}
    )
    return redirect("cmdb:baselines")
