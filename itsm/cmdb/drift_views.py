"""Differences that nobody explained: the list, and what is decided about them, one by one or several at once."""

from collections import Counter

import django_filters
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from itsm.core.chips import chip
from itsm.core.errors import DomainError
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.core.paging import keyset_page
from itsm.people.directory import names_of
from itsm.people.scope import scope_of

from . import openers, services
from .classes import classes, with_subclasses
from .driftwords import Words
from .filters import class_choices
from .itempage import spec_of
from .models import Drift
from .views import readers_only

MOST, PAGE = 100, 40
TONES = {
    "open": ("amber", "alert-triangle"), "recorded": ("blue", "ticket"), "accepted": ("green", "check"),
    "ignored": ("grey", "eye-off"), "agreed": ("green", "equal"),
}  # fmt: skip


class DriftFilter(django_filters.FilterSet):
    """By state, source, class, item and words of its name."""

    state = django_filters.MultipleChoiceFilter(choices=Drift.State.choices, label=gettext_lazy("State"))
    source = django_filters.CharFilter(method="by_source", label=gettext_lazy("Source"))
    ci_class = django_filters.MultipleChoiceFilter(
        choices=class_choices, method="by_class", label=gettext_lazy("Class, with those below it")
    )
    item = django_filters.NumberFilter(field_name="item_id", min_value=1, max_value=2**53)
    q = django_filters.CharFilter(method="by_words", max_length=200)

    class Meta:
        model = Drift
        fields = ()

    def by_source(self, queryset, _name, value):
        return queryset.filter(source__in=[each for each in self.data.getlist("source") if each])

    def by_class(self, queryset, _name, value):
        codes = {below for code in value for below in with_subclasses(code)}
        return queryset.filter(item__ci_class__in=sorted(codes)) if value else queryset

    def by_words(self, queryset, _name, value):
        return queryset.filter(item__sort_key__contains=fold(value.replace("\x00", "").strip()))


@readers_only
@require_GET
def listed(request):
    """Newest first; what waits for a decision unless other states are chosen."""
    base = Drift.objects.visible_to(request.user)
    found = DriftFilter(request.GET, base)
    rows = found.qs if found.is_valid() else base.none()
    if not request.GET.getlist("state"):
        rows = rows.filter(state=Drift.State.OPEN)
    page = keyset_page(
        rows.select_related("item", "record"),
        ordering=("-last_seen_at", "-id"),
        cursor=request.GET.get("cursor"),
        size=PAGE,
    )
    picked = set(request.GET.get("picked", "").split(","))
    here = request.GET.copy()
    here.pop("picked", None)
    opener, may_decide = openers.opener(), scope_of(request.user).may("cmdb.edit")
    context = {
        "rows": _rows(page.rows, picked), "page": page, "filter": found, "facets": _facets(base, request.GET), "may_decide": may_decide,
        "opener": opener.label() if opener and may_decide else "", "opener_told": opener.told() if opener and may_decide else "",
        "active": any(request.GET.get(name) for name in ("q", "state", "source", "ci_class", "item")),
        "picked": picked, "here": request.path + (f"?{here.urlencode()}" if here else ""),
        "only_open": not request.GET.getlist("state"), "decidable": any(row.state == Drift.State.OPEN for row in page.rows),
    }  # fmt: skip
    return render(request, "itsm_cmdb/drifts.html", context, status=200 if found.is_valid() else 422)


def _rows(rows: list[Drift], picked: set[str]) -> list[dict]:
    words, people = Words.of(rows), names_of(row.decided_by_id for row in rows)
    return [
        {
            "id": row.pk, "picked": str(row.pk) in picked, "item": row.item, "icon": spec_of(row.item.ci_class).icon, "source": row.source, "times": row.times,
            "seen": row.seen_at, "last": row.last_seen_at, "open": row.state == Drift.State.OPEN,
            "state": chip(*TONES[row.state], str(row.get_state_display())), "number": row.record.number if row.record else "",
            "who": people.get(row.decided_by_id, ""), "reason": row.reason, **words.of_row(row),
        }
        for row in rows
    ]  # fmt: skip


def _facets(base, params) -> list[dict]:
    sources = list(base.order_by("source").values_list("source", flat=True).distinct()[:20])
    used = set(base.filter(state=Drift.State.OPEN).order_by().values_list("item__ci_class", flat=True).distinct()[:100])
    chosen = {name: params.getlist(name) for name in ("state", "source", "ci_class")}
    chosen["state"] = chosen["state"] or [Drift.State.OPEN]
    known = classes.get()
    offered = {
        "state": [(value, str(label)) for value, label in Drift.State.choices],
        "source": [(value, value) for value in sources],
        "ci_class": sorted(
            ((c, known[c].name) for c in used | set(chosen["ci_class"]) if c in known), key=lambda each: fold(each[1])
        ),
    }
    titles = {"state": _("State"), "source": _("Source"), "ci_class": _("Class")}
    facets = [
        {
            "name": name, "label": titles[name],
            "options": [{"value": v, "label": label, "count": None, "checked": v in chosen[name]} for v, label in options],
        }
        for name, options in offered.items()
    ]  # fmt: skip
    return [facet for facet in facets if facet["options"]]


@readers_only
@require_POST
def decide(request):
    """Accept, ignore or open a record for those that are chosen. Each stands for itself: what cannot be is said."""
    if not scope_of(request.user).may("cmdb.edit"):
        raise Http404
    asked = [number for number in map(whole, request.POST.getlist("drift")[:MOST]) if number]
    pks = list(Drift.objects.editable_by(request.user).filter(pk__in=asked).order_by("pk").values_list("pk", flat=True))
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "").strip()
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None) or not back.startswith("/cmdb/"):
        back = "/cmdb/drift/"
    if not pks:
        messages.error(request, _("Choose at least one difference."))
    elif act == "record" and openers.opener():
        return _record(request, pks, back)
    elif act == "ignore" and not reason:
        messages.error(request, _("Say why they are ignored: the reason is kept."))
        back = _with_picked(back, pks)
    elif act in ("accept", "ignore"):
        back = _with_picked(back, _each(request, pks, act, reason))
    else:
        messages.error(request, _("Choose what to do with them."))
        back = _with_picked(back, pks)
    return redirect(back)


def _with_picked(back: str, pks: list[int]) -> str:
    """The list with the same rows chosen: what was refused is not to be looked for again."""
    if not pks:
        return back
    return f"{back}{'&' if '?' in back else '?'}picked={','.join(map(str, pks))}"


def _record(request, pks: list[int], back: str):
    try:
        number = openers.open_record(pks, actor=request.user)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(_with_picked(back, pks))
    messages.success(request, _("%(number)s is open.") % {"number": number})
    return redirect(f"/r/{number}")


def _each(request, pks: list[int], act: str, reason: str) -> list[int]:
    """Those that were refused."""
    done, refused, left = 0, Counter(), []
    for pk in pks:
        try:
            if act == "accept":
                services.accept_drift(pk, actor=request.user, reason=reason)
            else:
                services.ignore_drift(pk, actor=request.user, reason=reason)
        except DomainError as error:
            refused[str(error)] += 1
            left.append(pk)
        else:
            done += 1
    if done and act == "accept":
        messages.success(
            request, ngettext("%(n)s difference accepted: the CMDB says it now.", "%(n)s differences accepted: the CMDB says so now.", done) % {"n": done}
        )  # fmt: skip
    elif done:
        messages.success(request, ngettext("%(n)s difference ignored", "%(n)s differences ignored", done) % {"n": done})
    for why, n in refused.items():
        messages.error(request, ngettext("%(n)s refused: %(why)s", "%(n)s refused: %(why)s", n) % {"n": n, "why": why})
    return left
