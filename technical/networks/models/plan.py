"""The plan: routing tables, VLANs, prefixes, ranges and addresses. Plain tables: none of them takes part in impact."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields.ranges import RangeOperators
from django.contrib.postgres.indexes import GinIndex, GistIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.core.folding import fold

from ..fields import AddressField, NetworkField
from ..queryset import AddressQuerySet, NetworkQuerySet, PrefixQuerySet


class Planned(models.Model):
    """What every part of the plan has."""

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    description = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=40, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = NetworkQuerySet.as_manager()

    class Meta:
        abstract = True


class Named(Planned):
    """What is called by a name, and sorted by it."""

    name = models.CharField(max_length=100)
    sort_key = models.CharField(max_length=200, editable=False)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.sort_key = fold(self.name)[:200]
        super().save(*args, **kwargs)


class VRF(Named):
    """A routing table: two of them may use the same addresses."""

    rd = models.CharField(max_length=21, blank=True, help_text=_("As the routers write it: 65000:100."))
    enforce_unique = models.BooleanField(default=True, help_text=_("An address is given to one interface only."))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], nulls_distinct=False, name="vrf_name_unique"),
            models.UniqueConstraint(
                fields=["organisation", "rd"], condition=~Q(rd=""), nulls_distinct=False, name="vrf_rd_unique"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="vrf_has_name"),
        ]
        indexes = [models.Index(fields=["sort_key", "id"], name="vrf_sort")]

    def get_absolute_url(self) -> str:
        return f"/technical/networks/vrfs/{self.pk}/"


class VLANGroup(Named):
    """Where VLAN numbers are unique: a site, a building, a pair of switches."""

    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="+")
    min_vid = models.PositiveSmallIntegerField(default=1)
    max_vid = models.PositiveSmallIntegerField(default=4094)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "site", "name"], nulls_distinct=False, name="vlangroup_name_unique"
            ),
            models.CheckConstraint(
                condition=Q(min_vid__gte=1) & Q(max_vid__lte=4094) & Q(min_vid__lte=F("max_vid")),
                name="vlangroup_range",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="vlangroup_has_name"),
        ]
        indexes = [models.Index(fields=["sort_key", "id"], name="vlangroup_sort")]

    def get_absolute_url(self) -> str:
        return f"/technical/networks/vlans/?group={self.pk}"


class VLAN(Named):
    """A virtual network of layer 2."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("network", "Active")
        RESERVED = "reserved", pgettext_lazy("network", "Reserved")
        DEPRECATED = "deprecated", pgettext_lazy("network", "Deprecated")

    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="+")
    group = models.ForeignKey(VLANGroup, models.PROTECT, null=True, blank=True, related_name="vlans")
    vid = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    role = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "vid"], condition=~Q(group=None), name="vlan_vid_unique_in_group"),
            models.UniqueConstraint(
                fields=["organisation", "site", "vid"],
                condition=Q(group=None),
                nulls_distinct=False,
                name="vlan_vid_unique_at_site",
            ),
            models.CheckConstraint(condition=Q(vid__range=(1, 4094)), name="vlan_vid_1_to_4094"),
            models.CheckConstraint(condition=~Q(name=""), name="vlan_has_name"),
            models.CheckConstraint(
                condition=Q(status__in=["active", "reserved", "deprecated"]), name="vlan_status_known"
            ),
        ]
        indexes = [models.Index(fields=["vid", "id"], name="vlan_by_vid")]

    def __str__(self):
        return f"{self.vid} {self.name}"

    def get_absolute_url(self) -> str:
        return f"/technical/networks/vlans/{self.pk}/"


class Prefix(Planned):
    """A network of layer 3. Those of one organisation and VRF form a tree, which follows from the numbers alone."""

    class Status(models.TextChoices):
        CONTAINER = "container", pgettext_lazy("network", "Container")
        ACTIVE = "active", pgettext_lazy("network", "Active")
        RESERVED = "reserved", pgettext_lazy("network", "Reserved")
        DEPRECATED = "deprecated", pgettext_lazy("network", "Deprecated")

    vrf = models.ForeignKey(VRF, models.PROTECT, null=True, blank=True, related_name="prefixes")
    prefix = NetworkField()
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="+")
    vlan = models.ForeignKey(VLAN, models.SET_NULL, null=True, blank=True, related_name="prefixes")
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    role = models.CharField(max_length=40, blank=True)
    is_pool = models.BooleanField(default=False, help_text=_("Its first and last address are given out as well."))

    objects = PrefixQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "vrf", "prefix"], nulls_distinct=False, name="prefix_unique_in_vrf"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["container", "active", "reserved", "deprecated"]), name="prefix_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["prefix", "id"], name="prefix_sort"),
            GistIndex(fields=["prefix"], opclasses=["inet_ops"], name="prefix_tree"),
        ]

    def __str__(self):
        return str(self.prefix)

    def get_absolute_url(self) -> str:
        return f"/technical/networks/prefixes/{self.pk}/"


class InetRange(Func):
    """From one address to another, both included; the type is made by the first migration."""

    function = "inetrange"


class IPRange(Planned):
    """Addresses kept for something that gives them out itself, such as a DHCP server."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("network", "Active")
        RESERVED = "reserved", pgettext_lazy("network", "Reserved")
        DEPRECATED = "deprecated", pgettext_lazy("network", "Deprecated")

    vrf = models.ForeignKey(VRF, models.PROTECT, null=True, blank=True, related_name="ranges")
    start = AddressField()
    end = AddressField()
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    role = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "IP range"
        constraints = [
            models.CheckConstraint(
                condition=Q(start__family=F("end__family")) & Q(start__lte=F("end")), name="iprange_from_to"
            ),
            models.CheckConstraint(
                condition=Q(start__masklen__in=[32, 128]) & Q(end__masklen__in=[32, 128]), name="iprange_hosts"
            ),
            ExclusionConstraint(
                name="iprange_no_overlap",
                expressions=[
                    (Coalesce("organisation_id", Value(0, models.BigIntegerField())), RangeOperators.EQUAL),
                    (Coalesce("vrf_id", Value(0, models.BigIntegerField())), RangeOperators.EQUAL),
                    (InetRange(F("start"), F("end"), Value("[]")), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "reserved", "deprecated"]), name="iprange_status_known"
            ),
        ]
        indexes = [models.Index(fields=["start", "id"], name="iprange_sort")]

    def __str__(self):
        return f"{self.start.ip} - {self.end.ip}"


class IPAddress(Planned):
    """One address. `host` is the address alone, which sorts and compares without the mask."""

    class Status(models.TextChoices):
        ACTIVE = "active", pgettext_lazy("network", "Active")
        RESERVED = "reserved", pgettext_lazy("network", "Reserved")
        DEPRECATED = "deprecated", pgettext_lazy("network", "Deprecated")
        DHCP = "dhcp", "DHCP"

    class Role(models.TextChoices):
        NONE = "", _("None")
        LOOPBACK = "loopback", _("Loopback")
        SECONDARY = "secondary", _("Secondary")
        ANYCAST = "anycast", "Anycast"
        VIP = "vip", _("Virtual (VIP)")
        VRRP = "vrrp", "VRRP"
        HSRP = "hsrp", "HSRP"
        GLBP = "glbp", "GLBP"
        CARP = "carp", "CARP"

    vrf = models.ForeignKey(VRF, models.PROTECT, null=True, blank=True, related_name="addresses")
    address = AddressField()
    host = models.GeneratedField(
        expression=Cast(Func(F("address"), function="host", output_field=models.TextField()), AddressField()),
        output_field=AddressField(),
        db_persist=True,
    )
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    role = models.CharField(max_length=12, choices=Role, blank=True)
    dns_name = models.CharField(max_length=255, blank=True)
    interface = models.ForeignKey(
        "technical.Interface", models.SET_NULL, null=True, blank=True, related_name="addresses"
    )
    exclusive = models.BooleanField(default=True, editable=False)

    objects = AddressQuerySet.as_manager()

    class Meta:
        verbose_name = "IP address"
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "vrf", "host"],
                condition=Q(exclusive=True),
                nulls_distinct=False,
                name="address_unique_in_vrf",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "reserved", "deprecated", "dhcp"]), name="address_status_known"
            ),
        ]
        indexes = [
            models.Index(fields=["host", "id"], name="address_sort"),
            GinIndex(OpClass("dns_name", name="gin_trgm_ops"), name="address_dns_name"),
        ]

    def __str__(self):
        return str(self.address)

    def get_absolute_url(self) -> str:
        return f"/technical/networks/addresses/?q={self.address.ip}"
