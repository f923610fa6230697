"""Which items and services a person may read: by organisation, as lists of ids; and how items are searched."""

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.scope import scope_of

TYPOS_FROM = 4


class ItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Items of the organisations that the person's role reaches, and those of nobody in particular."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(organisation_id__in=scope.organisations) | Q(organisation_id=None))

    def editable_by(self, user):
        """Items the person may change."""
        return self.visible_to(user) if scope_of(user).may("cmdb.edit") else self.none()

    def in_use(self):
        """Everything but what is retired."""
        return self.exclude(status="retired")

    def matching(self, words: str):
        """Items that are called so (`called`); only when there is none, those whose name is nearly so."""
        words = words.replace("\x00", "").strip()
        if not words:
            return self
        found = self.called(words)
        return found if len(fold(words)) < TYPOS_FROM or found.exists() else self.nearly_called(words)

    def called(self, words: str):
        """Part of a name or key without accents, or a whole serial number, asset tag or address.

        Every branch has an index of its own (the conditions of partial indexes are repeated, or the planner could not
        use them).
        """
        folded, exact = fold(words), words.lower()
        return self.alias(_serial=Lower("serial"), _tag=Lower("asset_tag")).filter(
            Q(sort_key__contains=folded)
            | (Q(_serial=exact) & ~Q(serial=""))
            | (Q(_tag=exact) & ~Q(asset_tag=""))
            | Q(attributes__ip_address=words)
        )

    def nearly_called(self, words: str):
        """Names with a typo in them still find their item."""
        return self.filter(sort_key__trigram_word_similar=fold(words))


class ServiceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Services whose item the person may read."""
        items = apps.get_model("cmdb", "ConfigurationItem").objects
        return self.filter(item__in=items.visible_to(user))

    def for_portal(self, user):
        """Live, public, of an organisation in the user's line, and meant for that line or for all."""
        if not scope_of(user).may("portal.use"):
            return self.none()
        row = directory.get().organisations.get(user.organisation_id)
        lineage = row.lineage if row else ()
        offered = Q(customer=None) | Q(customer_id__in=lineage)
        ours = Q(item__organisation=None) | Q(item__organisation_id__in=lineage)
        return self.filter(offered, ours, public=True, stage="live").exclude(item__status="retired")

    def on_status(self, user):
        """What the status page tells the person about: their own services; to agents, those of the organisations they read."""
        scope, own = scope_of(user), self.for_portal(user)
        if not scope.is_agent:
            return own
        read = self.visible_to(user).filter(public=True, stage="live").exclude(item__status="retired")
        if not scope.everything:
            read = read.filter(Q(customer=None) | Q(customer_id__in=scope.organisations))
        return self.filter(Q(pk__in=own.values("pk")) | Q(pk__in=read.values("pk")))


class BaselineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Baselines of the organisations that the person's role reaches, and those of all; what they show is scoped again."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(organisation_id__in=scope.organisations) | Q(organisation_id=None))


class DriftQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Differences about items that the person may read."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(item__organisation_id__in=scope.organisations) | Q(item__organisation_id=None))

    def editable_by(self, user):
        """Those that the person may decide about."""
        return self.visible_to(user) if scope_of(user).may("cmdb.edit") else self.none()
