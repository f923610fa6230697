"""The filters of networks, for the pages and for the interface alike."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.people.directory import directory

from .fields import normal_mac
from .models import VLAN, VRF, Cable, CableEnd, Interface, IPAddress, Prefix, VLANGroup
from .words import meant

GLOBAL = "none"


def site_choices() -> list[tuple[str, str]]:
    """Every site by code."""
    return [(site.code, site.name) for site in directory.get().sites.values()]


def ids_of(text: str, model) -> list[int]:
    """Ids of the things that a filter names by id or by name."""
    number = whole(text)
    named = Q(sort_key=fold(text)[:200])
    return list(model.objects.filter(named | Q(pk=number) if number else named).values_list("pk", flat=True)[:200])


def items_of(text: str) -> list[int]:
    """Ids of the items that a filter names by id or key."""
    number = whole(text)
    found = Q(key=text) | Q(pk=number) if number else Q(key=text)
    return list(ConfigurationItem.objects.filter(found).values_list("pk", flat=True))


class _Filters(django_filters.FilterSet):
    """What several of them share."""

    def by_site(self, queryset, _name, value):
        """By code, without a join: the codes are known here."""
        known = directory.get().sites_by_code
        return queryset.filter(site_id__in=[known[code].pk for code in value if code in known]) if value else queryset

    def by_vrf(self, queryset, _name, value):
        """By id or name; "none" for the addresses outside every VRF."""
        chosen = self.chosen("vrf", value)
        found = Q(vrf_id__in=[pk for text in chosen if text != GLOBAL for pk in ids_of(text, VRF)])
        return queryset.filter(found | Q(vrf=None) if GLOBAL in chosen else found)

    def chosen(self, name: str, value: str) -> list[str]:
        """Every value that the address gives for a filter: several are alternatives."""
        given = self.data.getlist(name) if hasattr(self.data, "getlist") else [value]
        return [text.replace("\x00", "") for text in given if text]

    def by_organisation(self, queryset, _name, value):
        row = directory.get().organisations_by_code.get(value)
        return queryset.filter(organisation_id=row.pk if row else 0)

    def by_name(self, queryset, _name, value):
        return queryset.filter(Q(sort_key__contains=fold(value)) | Q(description__icontains=value))

    def by_item(self, queryset, _name, value):
        return queryset.filter(item_id__in=items_of(value))


def _words(label) -> django_filters.CharFilter:
    return django_filters.CharFilter(method="by_words", max_length=200, label=label)


def _sites() -> django_filters.MultipleChoiceFilter:
    return django_filters.MultipleChoiceFilter(choices=site_choices, method="by_site", label=_("Site"))


def _vrf() -> django_filters.CharFilter:
    return django_filters.CharFilter(method="by_vrf", label=_("VRF: id or name, “none” for those outside"))


def _organisation() -> django_filters.CharFilter:
    return django_filters.CharFilter(method="by_organisation", label=_("Organisation: code"))


A_KEY: dict = {"min_value": 1, "max_value": 2**62}
FAMILIES = [("4", "IPv4"), ("6", "IPv6")]


class PrefixFilter(_Filters):
    """By words or any address inside, VRF, site, status, family."""

    q = _words(_("A network, an address inside it, or words of the description and role"))
    vrf = _vrf()
    organisation = _organisation()
    site = _sites()
    status = django_filters.MultipleChoiceFilter(choices=Prefix.Status.choices, label=_("Status"))
    family = django_filters.MultipleChoiceFilter(choices=FAMILIES, method="by_family", label=_("Family"))
    vlan = django_filters.NumberFilter(field_name="vlan_id", **A_KEY, label=_("VLAN: id"))
    within = django_filters.CharFilter(method="by_within", max_length=64, label=_("Prefixes inside this network"))
    contains = django_filters.CharFilter(method="by_contains", max_length=64, label=_("Prefixes around this address"))

    class Meta:
        model = Prefix
        fields = ()

    def by_words(self, queryset, _name, value):
        net = meant(value)
        if net is not None:
            return queryset.filter(prefix__overlaps=net)
        return queryset.filter(Q(description__icontains=value) | Q(role__icontains=value))

    def by_family(self, queryset, _name, value):
        return queryset.filter(prefix__family__in=[int(each) for each in value]) if value else queryset

    def by_within(self, queryset, _name, value):
        net = meant(value)
        return queryset.filter(prefix__inside=net) if net else queryset.none()

    def by_contains(self, queryset, _name, value):
        net = meant(value)
        return queryset.filter(prefix__around_or_equal=net) if net else queryset.none()


class AddressFilter(_Filters):
    """By words, network, VRF, status, item."""

    q = _words(_("An address, a network, or a part of the DNS name or description"))
    vrf = _vrf()
    organisation = _organisation()
    status = django_filters.MultipleChoiceFilter(choices=IPAddress.Status.choices, label=_("Status"))
    role = django_filters.MultipleChoiceFilter(choices=[c for c in IPAddress.Role.choices if c[0]], label=_("Role"))
    family = django_filters.MultipleChoiceFilter(choices=FAMILIES, method="by_family", label=_("Family"))
    prefix = django_filters.NumberFilter(method="by_prefix", **A_KEY, label=_("Prefix: id"))
    address = django_filters.CharFilter(method="by_address", max_length=64, label=_("Exactly this address"))
    item = django_filters.CharFilter(method="by_holder", label=_("Item: id or key"))
    assigned = django_filters.BooleanFilter(method="by_assigned", label=_("On an interface"))

    class Meta:
        model = IPAddress
        fields = ()

    def by_words(self, queryset, _name, value):
        net = meant(value)
        if net is not None:
            return queryset.filter(host__inside_or_equal=net)
        return queryset.filter(Q(dns_name__contains=value.lower()) | Q(description__icontains=value))

    def by_family(self, queryset, _name, value):
        return queryset.filter(host__family__in=[int(each) for each in value]) if value else queryset

    def by_prefix(self, queryset, _name, value):
        row = Prefix.objects.filter(pk=value).first() if 0 < value < 2**63 else None
        return queryset.within(row) if row else queryset.none()

    def by_address(self, queryset, _name, value):
        net = meant(value)
        return queryset.filter(host__inside_or_equal=net) if net and net.num_addresses == 1 else queryset.none()

    def by_assigned(self, queryset, _name, value):
        if len(set(self.chosen("assigned", str(value)))) > 1:
            return queryset
        return queryset.filter(interface__isnull=not value)

    def by_holder(self, queryset, _name, value):
        return queryset.filter(interface__item_id__in=items_of(value))


class VLANFilter(_Filters):
    """By number or words, site, group, status."""

    q = _words(_("A number, or a part of the name or description"))
    organisation = _organisation()
    site = _sites()
    group = django_filters.CharFilter(method="by_group", label=_("Group: id or name"))
    status = django_filters.MultipleChoiceFilter(choices=VLAN.Status.choices, label=_("Status"))
    vid = django_filters.NumberFilter(min_value=1, max_value=4094, label=_("Number"))

    class Meta:
        model = VLAN
        fields = ()

    def by_words(self, queryset, _name, value):
        number = whole(value)
        if number is not None:
            return queryset.filter(vid=number if number <= 4094 else 0)
        return self.by_name(queryset, _name, value)

    def by_group(self, queryset, _name, value):
        groups = [pk for text in self.chosen("group", value) for pk in ids_of(text, VLANGroup)]
        return queryset.filter(group_id__in=groups)


class VRFFilter(_Filters):
    q = _words(_("A part of the name, route distinguisher or description"))
    organisation = _organisation()
    rd = django_filters.CharFilter(label=_("Route distinguisher"))

    class Meta:
        model = VRF
        fields = ()

    def by_words(self, queryset, _name, value):
        return queryset.filter(
            Q(sort_key__contains=fold(value)) | Q(rd__startswith=value) | Q(description__icontains=value)
        )


class VLANGroupFilter(_Filters):
    q = django_filters.CharFilter(method="by_name", max_length=200, label=_("A part of the name or description"))
    organisation = _organisation()
    site = _sites()

    class Meta:
        model = VLANGroup
        fields = ()


class InterfaceFilter(_Filters):
    q = django_filters.CharFilter(method="by_words", max_length=200, label=_("A part of the name or description"))
    item = django_filters.CharFilter(method="by_item", label=_("Item: id or key"))
    mac = django_filters.CharFilter(method="by_mac", label=_("Hardware address, in any spelling"))
    enabled = django_filters.BooleanFilter(label=_("Switched on"))
    gone = django_filters.BooleanFilter(
        field_name="gone_at", lookup_expr="isnull", exclude=True, label=_("No more reported")
    )
    source = django_filters.CharFilter(label=_("Where it comes from"))
    vlan = django_filters.NumberFilter(method="by_vlan", **A_KEY, label=_("VLAN: id"))

    class Meta:
        model = Interface
        fields = ()

    def by_words(self, queryset, _name, value):
        return queryset.filter(Q(name__icontains=value) | Q(description__icontains=value))

    def by_mac(self, queryset, _name, value):
        mac = normal_mac(value)
        return queryset.filter(mac=mac) if mac else queryset.none()

    def by_vlan(self, queryset, _name, value):
        if not 0 < value < 2**63:
            return queryset.none()
        tagged = Interface.tagged_vlans.through.objects.filter(vlan_id=value).values("interface_id")
        return queryset.filter(Q(untagged_vlan_id=value) | Q(pk__in=tagged))


class CableFilter(_Filters):
    q = _words(_("A part of the label, or of the name of an item at an end"))
    item = django_filters.CharFilter(method="by_end", label=_("Item: id or key"))
    kind = django_filters.CharFilter(label=pgettext_lazy("network", "Kind"))
    status = django_filters.MultipleChoiceFilter(choices=Cable.Status.choices, label=_("Status"))

    class Meta:
        model = Cable
        fields = ()

    def by_words(self, queryset, _name, value):
        ends = CableEnd.objects.filter(item__sort_key__contains=fold(value)).values("cable_id")
        return queryset.filter(Q(label__icontains=value) | Q(pk__in=ends))

    def by_end(self, queryset, _name, value):
        ends = CableEnd.objects.filter(item_id__in=items_of(value)).values("cable_id")
        return queryset.filter(pk__in=ends)
