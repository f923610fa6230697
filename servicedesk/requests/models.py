"""A request: what the spine lacks; and what is ordered again and again."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.records.models import Record

KIND, PREFIX = "request", "REQ"


class Request(Record):
    """Something that a person needs, from the catalogue or in their own words. `requester` is whom it is for, `opened_by` who asked."""

    item_version = models.ForeignKey(
        "servicedesk.CatalogueItemVersion",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="requests",
    )
    answers = models.JSONField(default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder)
    quantity = models.PositiveSmallIntegerField(default=1)
    cost = models.DecimalField(max_digits=12, decimal_places=2, null=True, editable=False)
    monthly_cost = models.DecimalField(max_digits=12, decimal_places=2, null=True, editable=False)
    basket = models.CharField(max_length=20, blank=True, default="", editable=False)
    submitted_at = models.DateTimeField(default=now, editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    refusal = models.TextField(blank=True, editable=False)
    follows = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="followed_by")
    regular = models.ForeignKey(
        "servicedesk.RegularOrder", models.SET_NULL, null=True, editable=False, related_name="requests", db_index=False
    )
    regular_for = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["basket"], condition=~Q(basket=""), name="request_basket")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__range=(1, 100)), name="request_quantity_1_to_100"),
            models.CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="request_cost_not_negative"),
            models.CheckConstraint(
                condition=Q(monthly_cost=None) | Q(monthly_cost__gte=0), name="request_monthly_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None) | Q(approved_at__gte=F("submitted_at")),
                name="request_approved_after_submitted",
            ),
            models.CheckConstraint(
                condition=Q(resolved_by=None) | ~Q(resolution=""), name="request_resolved_by_a_person_says_how"
            ),
            models.CheckConstraint(
                condition=Q(refusal="") | Q(approved_at=None), name="request_refused_was_not_approved"
            ),
            models.UniqueConstraint(
                fields=["regular", "regular_for"],
                condition=Q(regular__isnull=False),
                name="request_one_a_time_of_a_regular",
            ),
        ]


class RegularOrder(models.Model):
    """An item that is ordered by itself: every week, on a day of the month, on its first Monday."""

    class Rhythm(models.TextChoices):
        WEEKLY = "weekly", pgettext_lazy("rhythm", "Every week")
        MONTHLY_DAY = "monthly_day", pgettext_lazy("rhythm", "Every month, on a date")
        MONTHLY_WEEKDAY = "monthly_weekday", pgettext_lazy("rhythm", "Every month, on a weekday")

    LAST = 5

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="regular_orders")
    item = models.ForeignKey("servicedesk.CatalogueItem", models.PROTECT, related_name="+")
    answers = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    quantity = models.PositiveSmallIntegerField(_("quantity"), default=1)
    rhythm = models.CharField(_("rhythm"), max_length=16, choices=Rhythm, default=Rhythm.MONTHLY_WEEKDAY)
    weekday = models.PositiveSmallIntegerField(_("weekday"), null=True, blank=True, help_text=_("0 is Monday"))
    place = models.PositiveSmallIntegerField(
        _("which one of the month"), null=True, blank=True, help_text=_("1 to 4, 5 for the last one")
    )
    day = models.PositiveSmallIntegerField(_("day of the month"), null=True, blank=True)
    starts_on = models.DateField(pgettext_lazy("date", "from"))
    ends_on = models.DateField(pgettext_lazy("date", "until"), null=True, blank=True)
    next_at = models.DateTimeField(null=True, editable=False)
    stopped_at = models.DateTimeField(null=True, editable=False)
    stopped_why = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="regular_order_due")]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__range=(1, 100)), name="regular_order_quantity_1_to_100"),
            models.CheckConstraint(
                condition=Q(rhythm="weekly", weekday__isnull=False, place=None, day=None)
                | Q(rhythm="monthly_day", weekday=None, place=None, day__isnull=False)
                | Q(rhythm="monthly_weekday", weekday__isnull=False, place__isnull=False, day=None),
                name="regular_order_rhythm_is_whole",
            ),
            models.CheckConstraint(condition=Q(weekday=None) | Q(weekday__lte=6), name="regular_order_weekday_0_to_6"),
            models.CheckConstraint(condition=Q(place=None) | Q(place__range=(1, 5)), name="regular_order_place_1_to_5"),
            models.CheckConstraint(condition=Q(day=None) | Q(day__range=(1, 31)), name="regular_order_day_1_to_31"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="regular_order_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None) | Q(next_at=None), name="regular_order_stopped_has_no_next"
            ),
        ]

    def __str__(self):
        return f"{self.item} / {self.rhythm}"
