"""Services are configuration items with an owner, a customer, agreed hours and a life; outages say when they failed."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.queryset import ServiceQuerySet
from itsm.core.languages import in_language

from .items import ConfigurationItem


class Service(models.Model):
    """What a customer uses; its configuration item carries name, state, criticality and relations."""

    class Stage(models.TextChoices):
        PLAN = "plan", _("Plan")
        BUILD = "build", _("Build")
        LIVE = "live", _("Live")
        SUNSET = "sunset", _("Sunset")
        RETIRED = "retired", _("Retired")

    item = models.OneToOneField(ConfigurationItem, models.CASCADE, primary_key=True, related_name="service")
    customer = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="services")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="owned_services"
    )
    agreed_hours = models.ForeignKey("calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+")
    availability_target = models.DecimalField(
        _("availability target (%)"), max_digits=6, decimal_places=3, null=True, blank=True,
        help_text=_("Of the agreed hours of a month; empty: none is agreed."),
    )  # fmt: skip
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.LIVE)
    live_on = models.DateField(null=True, blank=True)
    retired_on = models.DateField(null=True, blank=True)
    public = models.BooleanField(_("shown on the portal"), default=True)
    time_required = models.BooleanField(
        _("time spent is asked for at the resolution"),
        default=False,
        help_text=_("A ticket of this service is resolved only once somebody has entered the time spent on it."),
    )
    description_fr = models.TextField(blank=True)
    description_en = models.TextField(blank=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(availability_target=None) | Q(availability_target__gt=0, availability_target__lte=100),
                name="service_availability_is_a_share",
            )
        ]

    def __str__(self):
        return self.item.name


class TsTzRange(Func):
    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Outage(models.Model):
    """When an item did not work, or not well. Opened and closed by incidents, events and changes."""

    class Followed(models.TextChoices):
        """How much of a planned outage the state of the item has been through."""

        NOTHING = ""
        BEGUN = "begun"
        OVER = "over"

    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="outages", db_index=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    planned = models.BooleanField(default=False)
    degraded = models.BooleanField(_("works, but not well"), default=False)
    followed = models.CharField(max_length=5, choices=Followed, default=Followed.NOTHING, blank=True, editable=False)
    cause = models.CharField(max_length=200, blank=True)
    expected_at = models.DateTimeField(null=True, blank=True)
    public_fr = models.CharField(max_length=500, blank=True, default="")
    public_en = models.CharField(max_length=500, blank=True, default="")
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, blank=True, related_name="outages")

    class Meta:
        indexes = [
            models.Index(fields=["item", "-starts_at"], name="outage_item"),
            models.Index(fields=["item"], condition=Q(ends_at=None), name="outage_open"),
            models.Index(
                fields=["starts_at"], condition=Q(planned=True) & ~Q(followed="over"), name="outage_to_follow"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="outage_ends_after_start"
            ),
            ExclusionConstraint(
                name="outage_no_overlap",
                expressions=[
                    ("item", RangeOperators.EQUAL),
                    ("planned", RangeOperators.EQUAL),
                    (TsTzRange("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self):
        return f"{self.item_id} {self.starts_at:%Y-%m-%d %H:%M}"

    @property
    def public_text(self) -> str:
        """What users are told, in the reader's language; in the other one rather than nothing."""
        return in_language(self.public_fr, self.public_en)
