"""What people write of networks. `values()` gives the arguments of the services."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site
from itsm.people.scope import scope_of

from .belonging import home_of
from .cabling import Port
from .models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, IPRange, Prefix, VLANGroup

VRFS = 1000


class NetworkForm(forms.Form):
    """An organisation, a description, and what the kind adds. `fields_of` names what the service takes."""

    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int, empty_value=None, required=False)
    description = forms.CharField(label=_("Description"), max_length=200, required=False)
    plain: tuple[str, ...] = ()

    def __init__(self, *args, reader, row=None, **kwargs):
        self.reader, self.row = reader, row
        initial = {**(self.initial_of(row) if row is not None else self.start()), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        scope, known = scope_of(reader), directory.get()
        kept = {getattr(row, "organisation_id", None)}
        reached = [o for o in known.organisations.values() if scope.everything or o.pk in {*scope.organisations, *kept}]
        homes = {home_of(o.pk) for o in reached}
        if "organisation" in self.fields:
            shared = [("", "—"), *((o.pk, o.name) for o in known.organisations.values() if o.pk in homes)]
            self.fields["organisation"].choices = shared
        if "site" in self.fields:
            ids = {o.pk for o in reached}
            sites = [(s.pk, s.name) for s in known.sites.values() if s.organisation_id in ids]
            self.fields["site"].choices = [("", "—"), *sites]
        if "vrf" in self.fields:
            vrfs = VRF.objects.visible_to(reader).order_by("sort_key", "id")[:VRFS]
            self.fields["vrf"].choices = [("", _("None: the common routing table")), *((v.pk, v.name) for v in vrfs)]
        if "group" in self.fields:
            groups = VLANGroup.objects.visible_to(reader).order_by("sort_key", "id")[:VRFS]
            self.fields["group"].choices = [("", "—"), *((g.pk, g.name) for g in groups)]

    def start(self) -> dict:
        """What an empty form proposes."""
        return {"organisation": home_of(self.reader.organisation_id)}

    def initial_of(self, row) -> dict:
        """What the form of a row shows first."""
        found = {name: getattr(row, name) for name in (*self.plain, "description")}
        places = ("organisation", "site", "vrf", "group")
        return found | {name: getattr(row, f"{name}_id") for name in places if hasattr(row, f"{name}_id")}

    def values(self) -> dict:
        """The fields of the service: what was chosen becomes what it stands for."""
        data = dict(self.cleaned_data)
        for name, model in (("organisation", Organisation), ("site", Site), ("vrf", VRF), ("group", VLANGroup)):
            if name in data:
                data[name] = model.objects.get(pk=data[name]) if data[name] else None
        return data

    def vlan_named(self, text: str, site_id: int | None) -> VLAN | None:
        """The VLAN of this number: at the site, else the one without a site, else the only one."""
        text = text.strip().split(" ")[0]
        if not text:
            return None
        rows = (
            list(VLAN.objects.visible_to(self.reader).filter(vid=text)[:50])
            if text.isdecimal() and len(text) < 5
            else []
        )
        for chosen in ([r for r in rows if r.site_id == site_id], [r for r in rows if r.site_id is None], rows):
            if len(chosen) == 1:
                return chosen[0]
        if rows:
            raise forms.ValidationError(
                _("Several VLANs have the number %(vid)s: choose the site."), params={"vid": text}
            )
        raise forms.ValidationError(_("There is no VLAN %(vid)s."), params={"vid": text[:20]})

    def item_named(self, text: str) -> ConfigurationItem:
        """The item of this key, or the only one of this name."""
        visible = ConfigurationItem.objects.visible_to(self.reader).in_use()
        rows = list(visible.filter(key=text)[:1]) or list(visible.filter(name=text)[:2])
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise forms.ValidationError(_("Several items have this name: give the key."))
        raise forms.ValidationError(_("No item has this key or name."))


def _choice(label, **more) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, coerce=int, empty_value=None, required=False, **more)


def _item(label, **more) -> forms.CharField:
    widget = forms.TextInput(attrs={"list": "item-names", "autocomplete": "off"})
    return forms.CharField(label=label, max_length=200, widget=widget, **more)


class VRFForm(NetworkForm):
    name = forms.CharField(label=_("Name"), max_length=100)
    rd = forms.CharField(
        label=_("Route distinguisher"),
        max_length=21,
        required=False,
        help_text=_("As the routers write it: 65000:100."),
    )
    enforce_unique = forms.BooleanField(
        label=_("An address is given to one interface only"), required=False, initial=True
    )
    plain = ("name", "rd", "enforce_unique")
    field_order = ("name", "rd", "enforce_unique", "organisation", "description")


class VLANGroupForm(NetworkForm):
    name = forms.CharField(label=_("Name"), max_length=100)
    site = _choice(_("Site"))
    min_vid = forms.IntegerField(label=_("Smallest VLAN number"), min_value=1, max_value=4094, initial=1)
    max_vid = forms.IntegerField(label=_("Largest VLAN number"), min_value=1, max_value=4094, initial=4094)
    plain = ("name", "min_vid", "max_vid")
    field_order = ("name", "site", "min_vid", "max_vid", "organisation", "description")


class VLANForm(NetworkForm):
    vid = forms.IntegerField(label=_("Number"), min_value=1, max_value=4094)
    name = forms.CharField(label=_("Name"), max_length=100)
    site = _choice(_("Site"))
    group = _choice(_("Group"))
    status = forms.ChoiceField(label=_("Status"), choices=VLAN.Status.choices)
    role = forms.CharField(label=_("Role"), max_length=40, required=False)
    plain = ("vid", "name", "status", "role")
    field_order = ("vid", "name", "site", "group", "status", "role", "organisation", "description")


class PrefixForm(NetworkForm):
    prefix = forms.CharField(label=_("Prefix"), max_length=50, help_text=_("Such as 10.0.0.0/24 or 2001:db8::/64."))
    vrf = _choice(_("VRF"))
    site = _choice(_("Site"))
    vlan = forms.CharField(label=_("VLAN (number)"), max_length=120, required=False)
    status = forms.ChoiceField(
        label=_("Status"), choices=Prefix.Status.choices, initial="active",
        help_text=_("A container holds other prefixes and gives no addresses out."),
    )  # fmt: skip
    role = forms.CharField(label=_("Role"), max_length=40, required=False)
    is_pool = forms.BooleanField(label=_("Its first and last address are given out as well"), required=False)
    plain = ("prefix", "status", "role", "is_pool")
    field_order = ("prefix", "vrf", "site", "vlan", "status", "role", "is_pool", "organisation", "description")

    def initial_of(self, row):
        return super().initial_of(row) | {"vlan": str(row.vlan) if row.vlan_id else ""}

    def clean(self):
        data = super().clean()
        typed = data.get("vlan", "")
        if self.row is not None and self.row.vlan_id and typed == str(self.row.vlan):
            data["vlan"] = self.row.vlan
            return data
        try:
            data["vlan"] = self.vlan_named(typed, data.get("site"))
        except forms.ValidationError as error:
            self.add_error("vlan", error)
        return data


class IPRangeForm(NetworkForm):
    start = forms.CharField(label=_("First address"), max_length=50)
    end = forms.CharField(label=_("Last address"), max_length=50)
    vrf = _choice(_("VRF"))
    status = forms.ChoiceField(label=_("Status"), choices=IPRange.Status.choices)
    role = forms.CharField(label=_("Role"), max_length=40, required=False, help_text=_("For example DHCP."))
    plain = ("status", "role")
    field_order = ("start", "end", "vrf", "status", "role", "organisation", "description")

    def initial_of(self, row):
        return super().initial_of(row) | {"start": row.start.ip, "end": row.end.ip}


class IPAddressForm(NetworkForm):
    address = forms.CharField(label=_("Address"), max_length=50, help_text=_("With its mask, such as 10.0.0.12/24."))
    vrf = _choice(_("VRF"))
    status = forms.ChoiceField(label=_("Status"), choices=IPAddress.Status.choices)
    role = forms.ChoiceField(label=_("Role"), choices=IPAddress.Role.choices, required=False)
    dns_name = forms.CharField(label=_("DNS name"), max_length=253, required=False)
    target = _item(_("Item (key or name)"), required=False)
    port = forms.CharField(label=_("Interface of the item"), max_length=100, required=False)
    plain = ("address", "status", "role", "dns_name")
    field_order = ("address", "vrf", "status", "role", "dns_name", "target", "port", "organisation", "description")

    def initial_of(self, row):
        found = super().initial_of(row)
        if row.interface_id:
            found |= {"target": row.interface.item.key, "port": row.interface.name}
        return found

    def clean(self):
        data = super().clean()
        item, port = data.pop("target", "").strip(), data.pop("port", "").strip()
        data["interface"] = None
        if not item and not port:
            return data
        try:
            found = self.item_named(item)
        except forms.ValidationError as error:
            self.add_error("target", error)
            return data
        data["interface"] = Interface.objects.filter(item=found, name=port).first()
        if data["interface"] is None:
            self.add_error("port", _("The item has no interface of this name."))
        return data


class InterfaceForm(NetworkForm):
    """An interface of an item that is known."""

    name = forms.CharField(label=_("Name"), max_length=100)
    kind = forms.CharField(
        label=pgettext_lazy("network", "Kind"),
        max_length=40,
        required=False,
        help_text=_("For example 1000base-t, lag or virtual."),
    )
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)
    mgmt_only = forms.BooleanField(label=_("For management only"), required=False)
    mac = forms.CharField(label=_("Hardware address (MAC)"), max_length=30, required=False)
    mtu = forms.IntegerField(label="MTU", min_value=1, max_value=2**31 - 1, required=False)
    speed = forms.IntegerField(label=_("Speed (Mbit/s)"), min_value=0, max_value=2**31 - 1, required=False)
    mode = forms.ChoiceField(label=_("VLAN mode"), choices=Interface.Mode.choices, required=False)
    untagged = forms.CharField(label=_("Untagged VLAN (number)"), max_length=120, required=False)
    tagged = forms.CharField(
        label=_("Tagged VLANs (numbers)"), max_length=2000, required=False, help_text=_("Separated by commas.")
    )
    lag = _choice(_("Member of the bundle"))
    parent = _choice(_("Part of the interface"))
    plain = ("name", "kind", "enabled", "mgmt_only", "mac", "mtu", "speed", "mode")
    organisation = None

    def __init__(self, *args, item: ConfigurationItem, **kwargs):
        self.item = item
        super().__init__(*args, **kwargs)
        others = Interface.objects.filter(item=item).order_by("sort_key", "id")
        rows = [(one.pk, one.name) for one in others if self.row is None or one.pk != self.row.pk]
        self.fields["lag"].choices = self.fields["parent"].choices = [("", "—"), *rows]

    def start(self):
        return {}

    def initial_of(self, row):
        found = {name: getattr(row, name) for name in (*self.plain, "description")}
        tagged = ", ".join(str(vlan.vid) for vlan in row.tagged_vlans.order_by("vid"))
        untagged = row.untagged_vlan.vid if row.untagged_vlan_id else ""
        return found | {"lag": row.lag_id, "parent": row.parent_id, "untagged": untagged, "tagged": tagged}

    def clean(self):
        data = super().clean()
        given, untagged = data.pop("tagged", ""), data.pop("untagged", "")
        was = {v.vid: v for v in self.row.tagged_vlans.all()} if self.row is not None else {}
        try:
            kept = self.row.untagged_vlan if self.row is not None else None
            same = kept is not None and untagged == str(kept.vid)
            data["untagged_vlan"] = kept if same else self.vlan_named(untagged, self.item.site_id)
        except forms.ValidationError as error:
            self.add_error("untagged", error)
        try:
            vids = [text.strip() for text in given.split(",") if text.strip()][:200]
            data["tagged_vlans"] = [
                was.get(int(v)) if v.isdecimal() and int(v) in was else self.vlan_named(v, self.item.site_id)
                for v in vids
            ]
        except forms.ValidationError as error:
            self.add_error("tagged", error)
        return data

    def values(self):
        data = super().values()
        known = {one.pk: one for one in Interface.objects.filter(pk__in=[data["lag"] or 0, data["parent"] or 0])}
        return data | {"lag": known.get(data["lag"]), "parent": known.get(data["parent"])}


class CableForm(NetworkForm):
    """What is written on a cable; at its creation the other end as well."""

    target = _item(_("Item at the other end (key or name)"))
    port_kind = forms.ChoiceField(label=_("Kind of port"), choices=CableEnd.Port.choices, initial="interface")
    port = forms.CharField(label=_("Interface or port at the other end"), max_length=100, required=False)
    kind = forms.CharField(
        label=_("Kind of cable"), max_length=40, required=False, help_text=_("For example cat6, smf or power.")
    )
    label = forms.CharField(label=pgettext_lazy("cable", "Label"), max_length=100, required=False)
    color = forms.CharField(
        label=_("Colour"), max_length=7, required=False, help_text=_("Six hexadecimal digits, as ffeb3b.")
    )
    length_m = forms.DecimalField(
        label=_("Length (m)"), max_digits=8, decimal_places=2, min_value=0, required=False, localize=True
    )
    status = forms.ChoiceField(label=_("Status"), choices=Cable.Status.choices)
    plain = ("kind", "label", "color", "length_m", "status")
    organisation = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.row is not None:
            for name in ("target", "port_kind", "port"):
                del self.fields[name]

    def start(self):
        return {}

    def initial_of(self, row):
        return {name: getattr(row, name) for name in (*self.plain, "description")}

    def clean(self):
        data = super().clean()
        if self.row is not None or "target" not in data:
            return data
        name, kind = data.get("port", "").strip(), data.get("port_kind")
        try:
            item = self.item_named(data["target"].strip())
        except forms.ValidationError as error:
            self.add_error("target", error)
            return data
        if kind != CableEnd.Port.INTERFACE:
            data["end"] = Port(item, kind, name)
            return data
        data["end"] = Interface.objects.filter(item=item, name=name).first()
        if data["end"] is None:
            self.add_error("port", _("The item has no interface of this name."))
        return data
