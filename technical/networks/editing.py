"""The forms: one view to add, one to change, one to delete, for every kind of thing in the networks."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from itsm.cmdb.models import ConfigurationItem
from itsm.cmdb.views import readers_only
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.scope import scope_of

from . import forms, services
from .dependants import dependants
from .models import VLAN, VRF, Cable, Interface, IPAddress, IPRange, Prefix, VLANGroup


@dataclass(frozen=True)
class Kind:
    """One kind of thing: its model, its form, what its pages are called and where its list is."""

    model: type[Model]
    form: type[forms.NetworkForm]
    new: object
    home: str


KINDS: dict[str, Kind] = {
    "vrfs": Kind(VRF, forms.VRFForm, gettext_lazy("Add a VRF"), "networks:vrfs"),
    "vlan-groups": Kind(VLANGroup, forms.VLANGroupForm, gettext_lazy("Add a VLAN group"), "networks:vlan_groups"),
    "vlans": Kind(VLAN, forms.VLANForm, gettext_lazy("Add a VLAN"), "networks:vlans"),
    "prefixes": Kind(Prefix, forms.PrefixForm, gettext_lazy("Add a prefix"), "networks:prefixes"),
    "ranges": Kind(IPRange, forms.IPRangeForm, gettext_lazy("Add a range"), "networks:prefixes"),
    "addresses": Kind(IPAddress, forms.IPAddressForm, gettext_lazy("Add an address"), "networks:addresses"),
    "interfaces": Kind(Interface, forms.InterfaceForm, gettext_lazy("Add an interface"), ""),
    "cables": Kind(Cable, forms.CableForm, gettext_lazy("Lay a cable"), "networks:cables"),
}
PREFILLED = {
    "prefixes": ("prefix", "vrf", "site", "organisation"), "addresses": ("address", "vrf", "organisation", "target", "port"), "ranges": ("start", "end", "vrf"),
    "vlans": ("vid", "site", "group"), "vrfs": ("name",), "vlan-groups": ("name", "site"),
}  # fmt: skip


def editors_only(view: Callable) -> Callable:
    """Readers who may change items; for others the page does not exist."""

    @readers_only
    def guarded(request, *args, **kwargs):
        if not scope_of(request.user).may("cmdb.edit"):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _item(request) -> ConfigurationItem:
    pk = whole(request.GET.get("item", ""))
    return get_object_or_404(ConfigurationItem.objects.editable_by(request.user).in_use(), pk=pk or 0)


def _form_of(request, kind: str, row, start: dict):
    spec = KINDS[kind]
    more = {"reader": request.user, "row": row}
    if kind == "interfaces":
        more["item"] = row.item if row is not None else start["item"]
    given = {name: request.GET[name][:200] for name in PREFILLED.get(kind, ()) if row is None and request.GET.get(name)}
    return spec.form(request.POST if request.method == "POST" else None, initial=given, **more)


def _start(request, kind: str) -> dict:
    """What a new interface or cable starts from."""
    if kind == "interfaces":
        return {"item": _item(request)}
    if kind == "cables":
        pk = whole(request.GET.get("interface", ""))
        rows = Interface.objects.editable_by(request.user).select_related("item")
        return {"interface": get_object_or_404(rows, pk=pk or 0)}
    return {}


@editors_only
@require_http_methods(["GET", "POST"])
def add(request, kind):
    """Add one. An interface needs `?item=`, a cable `?interface=` for its first end."""
    start = _start(request, kind)
    form = _form_of(request, kind, None, start)
    if request.method == "POST" and form.is_valid():
        try:
            made = _create(request, kind, form, start)
        except DomainError as error:
            _put_on(form, error)
            if error.data.get("next"):
                form.data = form.data.copy()
                form.data[error.field] = error.data["next"]
        else:
            messages.success(request, _("“%(name)s” is added.") % {"name": made})
            return redirect(_page_of(kind, made, start))
    return _answer(request, kind, form, None, start)


def _create(request, kind: str, form, start: dict):
    values = form.values()
    if kind == "cables":
        end = values.pop("end")
        for name in ("target", "port_kind", "port"):
            values.pop(name, None)
        return services.connect(start["interface"], end, actor=request.user, **values)[0]
    claim = {"prefixes": services.claim_prefix, "addresses": services.claim_address}.get(kind)
    if claim and request.GET.get("within"):
        rows = Prefix.objects.editable_by(request.user)
        parent = get_object_or_404(rows, pk=whole(request.GET["within"]) or 0)
        return claim(parent.pk, actor=request.user, **values)
    return services.create(KINDS[kind].model, actor=request.user, **values, **start)


@editors_only
@require_http_methods(["GET", "POST"])
def change(request, kind, pk):
    """Change one."""
    row = _row(request, kind, pk)
    form = _form_of(request, kind, row, {})
    if request.method == "POST" and form.is_valid():
        try:
            if kind == "cables":
                services.update_cable(pk, actor=request.user, **form.values())
            else:
                services.update(KINDS[kind].model, pk, actor=request.user, **form.values())
        except DomainError as error:
            _put_on(form, error)
        else:
            messages.success(request, _("Saved"))
            return redirect(_page_of(kind, row, {}))
    return _answer(request, kind, form, row, {})


@editors_only
@require_http_methods(["GET", "POST"])
def remove(request, kind, pk):
    """Delete one, after one more look at what depends on it."""
    row = _row(request, kind, pk)
    said, blocked = dependants(row)
    refused = None
    if request.method == "POST":
        name, home = str(row), _home(kind, row)
        try:
            if kind == "cables":
                services.disconnect(pk, actor=request.user)
            else:
                services.delete(KINDS[kind].model, pk, actor=request.user)
        except DomainError as error:
            refused = error
        else:
            messages.success(request, _("“%(name)s” is deleted.") % {"name": name})
            return redirect(home)
    context = {
        "row": row, "dependants": said, "blocked": blocked, "refused": refused, "back": _page_of(kind, row, {}),
        "kind": kind, "here": _tab(kind),
    }  # fmt: skip
    return render(request, "technical/networks/delete.html", context, status=refused.status if refused else 200)


def _row(request, kind: str, pk: int):
    rows = KINDS[kind].model.objects.editable_by(request.user)
    if kind == "interfaces":
        rows = rows.select_related("item", "untagged_vlan")
    return get_object_or_404(rows, pk=pk)


def _home(kind: str, row) -> str:
    return reverse(KINDS[kind].home) if KINDS[kind].home else f"/cmdb/{row.item_id}/"


def _page_of(kind: str, row, start: dict) -> str:
    """Where one goes after saving: to the thing's own page, to its item, or to its list."""
    if kind == "cables" and start:
        return f"/cmdb/{start['interface'].item_id}/"
    if kind == "interfaces":
        return f"/cmdb/{row.item_id}/"
    return row.get_absolute_url() if kind in ("prefixes", "vlans") else _home(kind, row)


def _tab(kind: str) -> str:
    return {"vlan-groups": "vlans", "ranges": "prefixes", "interfaces": ""}.get(kind, kind)


def _put_on(form, error: DomainError) -> None:
    """The words of the service beside the field that they are about."""
    renamed = {"a": "port", "b": "port", "interface": "port"}
    name = renamed.get(error.field or "", error.field)
    form.add_error(name if name in form.fields else None, str(error.message))


def _answer(request, kind: str, form, row, start: dict):
    context = {
        "form": form, "row": row, "title": KINDS[kind].new, "kind": kind, "here": _tab(kind), "start": start,
        "back": _page_of(kind, row, {}) if row is not None else _back(kind, start), "names": "target" in form.fields,
    }  # fmt: skip
    return render(request, "technical/networks/form.html", context, status=422 if form.errors else 200)


def _back(kind: str, start: dict) -> str:
    item = start.get("item") or (start["interface"].item if "interface" in start else None)
    return f"/cmdb/{item.pk}/" if item is not None else reverse(KINDS[kind].home)
