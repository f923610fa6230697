"""Which networks a person may read: by organisation, as configuration items are; a house shares its address space."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from itsm.cmdb.models import ConfigurationItem
from itsm.people.scope import scope_of

from .belonging import homes_of


class NetworkQuerySet(models.QuerySet):
    """Tables with an organisation of their own; none means everybody's."""

    def visible_to(self, user):
        """Those of the houses that the person's role reaches, and those of nobody in particular."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        return self if scope.everything else self.of(homes_of(scope), "organisation")

    def of(self, ids, path: str):
        """Those of some organisations, and those of none."""
        return self.filter(Q(**{f"{path}_id__in": ids}) | Q(**{path: None}))

    def editable_by(self, user):
        """Those that the person may change."""
        return self.visible_to(user) if scope_of(user).may("cmdb.edit") else self.none()


class PrefixQuerySet(NetworkQuerySet):
    def beside(self, prefix):
        """The prefixes of the same organisation and VRF: only these can contain each other."""
        return self.filter(organisation_id=prefix.organisation_id, vrf_id=prefix.vrf_id)

    def below(self, prefix):
        """Every prefix strictly inside."""
        return self.beside(prefix).filter(prefix__inside=prefix.prefix)

    def above(self, prefix):
        """Every prefix that contains this one, the widest first."""
        return self.beside(prefix).filter(prefix__around=prefix.prefix).order_by("prefix")

    def planned(self):
        """Those whose addresses we give out: what lies only in a container is nobody's plan yet."""
        return self.exclude(status__in=["container", "deprecated"])


class AddressQuerySet(NetworkQuerySet):
    def within(self, prefix):
        """The addresses that lie in a prefix of the same organisation and VRF."""
        ends = (prefix.prefix.network_address, prefix.prefix.broadcast_address)
        return self.filter(organisation_id=prefix.organisation_id, vrf_id=prefix.vrf_id, host__range=ends)


class InterfaceQuerySet(NetworkQuerySet):
    def visible_to(self, user):
        """Those of the items that the person may read."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        return self if scope.everything else self.of(scope.organisations, "item__organisation")

    def present(self):
        """Those that their source still reports."""
        return self.filter(gone_at=None)


class CableQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Cables of which the person may read both ends."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        if scope.everything:
            return self
        ends = self.model._meta.get_field("ends").related_model.objects.filter(cable=OuterRef("pk"))
        hidden = ends.exclude(item__in=ConfigurationItem.objects.visible_to(user))
        return self.filter(~Exists(hidden))

    def editable_by(self, user):
        """Cables that the person may change."""
        return self.visible_to(user) if scope_of(user).may("cmdb.edit") else self.none()
