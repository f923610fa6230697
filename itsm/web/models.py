"""What people keep of the lists they work with: named views, and the columns they want to see."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.people.scope import scope_of

LONGEST_QUERY = 1000


class SavedViewQuerySet(models.QuerySet):
    """Views by who may use them."""

    def offered_to(self, user, place: str):
        """The reader's own, then those of their teams, each in its order."""
        own = models.Case(models.When(owner=user, then=0), default=1)
        mine = Q(owner=user) | Q(team__in=scope_of(user).teams)
        return self.filter(mine, place=place).order_by(own, "position", "id")

    def changeable_by(self, user):
        """Own ones, those shared with a team that the person leads, and for an administrator every shared one."""
        allowed = Q(owner=user) | Q(team__leader=user)
        if scope_of(user).may("settings.manage"):
            allowed |= Q(team__isnull=False)
        return self.filter(allowed)


class SavedView(models.Model):
    """A name for what the address of a list says: tab, filters, words, order, columns, layout."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_views", db_index=False)
    team = models.ForeignKey(
        "people.Team", models.SET_NULL, verbose_name=_("team"), null=True, blank=True, related_name="saved_views"
    )
    place = models.CharField(max_length=40)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(max_length=LONGEST_QUERY, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=now, editable=False)
    changed_at = models.DateTimeField(default=now, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("owner", "place", Lower("name"), name="saved_view_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_name"),
        ]

    def __str__(self):
        return self.name


class ListPreference(models.Model):
    """How one person wants one list: `columns` None means as it comes."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False)
    place = models.CharField(max_length=40)
    columns = ArrayField(models.CharField(max_length=20), null=True, blank=True)
    first_view = models.ForeignKey(SavedView, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "place"], name="list_preference_unique")]

    def __str__(self):
        return f"{self.owner_id}: {self.place}"
