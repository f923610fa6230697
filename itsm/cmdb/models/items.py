"""One table for every configuration item; attributes are validated JSON, what lists need is a column."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.cmdb.queryset import ItemQuerySet
from itsm.core import now
from itsm.core.folding import fold


class ConfigurationItem(models.Model):
    """Anything that has to be managed to deliver a service."""

    class Status(models.TextChoices):
        """Where it stands in its life."""

        PLANNED = "planned", pgettext_lazy("item", "Planned")
        IN_STOCK = "in_stock", _("In stock")
        LIVE = "live", _("Live")
        RETIRED = "retired", _("Retired")

    class State(models.TextChoices):
        """How it is doing now."""

        UP = "up", _("In service")
        DEGRADED = "degraded", _("Degraded")
        DOWN = "down", _("Down")
        MAINTENANCE = "maintenance", _("Maintenance")
        UNKNOWN = "unknown", _("Unknown")

    ci_class = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=300, editable=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE)
    state = models.CharField(max_length=12, choices=State, default=State.UP)
    criticality = models.PositiveSmallIntegerField(default=3, help_text=_("1 is vital, 4 is minor"))
    environment = models.CharField(max_length=20, blank=True)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="items")
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="items")
    support_team = models.ForeignKey("people.Team", models.PROTECT, null=True, blank=True, related_name="items")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="owned_items"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="used_items"
    )
    serial = models.CharField(max_length=100, blank=True)
    asset_tag = models.CharField(max_length=60, blank=True)
    end_of_support_on = models.DateField(null=True, blank=True)
    live_on = models.DateField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True, editable=False)
    status_since = models.DateTimeField(default=now, editable=False)
    attributes = models.JSONField(default=dict, blank=True)
    set_aside = models.JSONField(default=dict, blank=True, editable=False)
    source = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, editable=False, help_text="A person changed it or found it right.")
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = "configuration item"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ci_key_unique"),
            models.UniqueConstraint(
                fields=["ci_class", "organisation", "name"],
                condition=~Q(status="retired"),
                nulls_distinct=False,
                name="ci_name_unique_while_in_use",
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(source=""), name="ci_external_unique"
            ),
            models.CheckConstraint(condition=Q(criticality__range=(1, 4)), name="ci_criticality_1_to_4"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(key=""), name="ci_has_name_and_key"),
            models.CheckConstraint(
                condition=Q(status__in=["planned", "in_stock", "live", "retired"]), name="ci_status_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["up", "degraded", "down", "maintenance", "unknown"]), name="ci_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="ci_sort"),
            models.Index(fields=["ci_class", "sort_key", "id"], name="ci_class_sort"),
            models.Index(fields=["organisation", "sort_key", "id"], name="ci_org_sort"),
            models.Index(fields=["state", "sort_key", "id"], name="ci_state_sort"),
            models.Index(
                fields=["state", "status", "ci_class", "site", "support_team", "organisation"], name="ci_facets"
            ),
            models.Index(fields=["id"], condition=~Q(set_aside={}), name="ci_set_aside"),
            GinIndex(OpClass("attributes", name="jsonb_path_ops"), name="ci_attributes"),
            models.Index(Lower("serial"), condition=~Q(serial=""), name="ci_serial"),
            models.Index(Lower("asset_tag"), condition=~Q(asset_tag=""), name="ci_asset_tag"),
            models.Index(models.F("attributes__ip_address"), name="ci_ip_address"),
            models.Index(Lower("name"), name="ci_name_lower"),
            GinIndex(OpClass("sort_key", name="gin_trgm_ops"), name="ci_name_trigram"),
            models.Index(fields=["user"], condition=Q(user__isnull=False), name="ci_used_by"),
            models.Index(fields=["id"], condition=Q(status="retired"), name="ci_retired"),
        ]

    def __str__(self):
        return self.name

    def save(self, *args, **kwargs):
        self.sort_key = fold(f"{self.name} {self.key}")[:300]
        fields = kwargs.get("update_fields")
        if fields and "name" in fields:
            kwargs["update_fields"] = {*fields, "sort_key"}
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"/cmdb/{self.pk}/"
