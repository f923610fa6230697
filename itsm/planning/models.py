"""One timetable: maintenance windows and freezes. What they touch is said by conditions, not by a list that grows old."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from .queryset import WindowQuerySet


class Window(models.Model):
    """A span of time, once or again and again, in which something is allowed (maintenance) or held back (freeze).

    `starts_at` and `ends_at` are the first occurrence; the others follow on the clock of `time_zone`.
    """

    class Kind(models.TextChoices):
        MAINTENANCE = "maintenance", _("Maintenance window")
        FREEZE = "freeze", _("Freeze")

    class Repeats(models.TextChoices):
        ONCE = "once", _("Once")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month, on the same date")
        MONTHLY_WEEKDAY = "monthly_weekday", _("Every month, on the same weekday (first Sunday, last Friday, …)")
        MONTHLY_END = "monthly_end", _("Every month, counted from its end")
        YEARLY = "yearly", _("Every year")

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="windows")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.MAINTENANCE)
    name = models.CharField(max_length=200)
    reason = models.CharField(max_length=500, blank=True)
    strict = models.BooleanField(
        _("holds back what it touches"), default=True,
        help_text=_("Jobs are held in a maintenance window, changes are refused in a freeze. Otherwise one is only warned."),
    )  # fmt: skip
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    repeats = models.CharField(max_length=16, choices=Repeats, default=Repeats.ONCE)
    every = models.PositiveSmallIntegerField(_("every so many"), default=1)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, help_text=_("0 is Monday"))
    until = models.DateField(_("last day on which it begins"), null=True, blank=True)
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, blank=True, related_name="windows")
    cancelled_at = models.DateTimeField(null=True, editable=False)
    cancel_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WindowQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="window_ends_after_start"),
            models.CheckConstraint(condition=Q(kind__in=["maintenance", "freeze"]), name="window_kind_known"),
            models.CheckConstraint(condition=Q(every__range=(1, 99)), name="window_every_1_to_99"),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=[0, 1, 2, 3, 4, 5, 6]), name="window_weekdays_0_to_6"
            ),
            models.CheckConstraint(condition=Q(weekdays=[]) | Q(repeats="weekly"), name="window_weekdays_of_a_week"),
            models.CheckConstraint(condition=~Q(name=""), name="window_has_a_name"),
        ]
        indexes = [
            models.Index(fields=["starts_at", "id"], name="window_start"),
            models.Index(fields=["record"], condition=Q(record__isnull=False), name="window_record"),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/operations/planning/{self.pk}/"

    @property
    def is_freeze(self) -> bool:
        return self.kind == self.Kind.FREEZE


class Condition(models.Model):
    """One thing that a window is about. Within an aspect one of several is enough; the aspects must all hold.

    Items that are named are touched whatever the other aspects say. What a condition names cannot be deleted while it
    does: a window must not grow because a site went away.
    """

    class About(models.TextChoices):
        CLASS = "class", _("Class")
        SERVICE = "service", _("Service")
        SITE = "site", _("Site")
        TAG = "tag", _("Tag")
        ENVIRONMENT = "environment", _("Environment")
        ITEM = "item", _("Item")

    window = models.ForeignKey(Window, models.CASCADE, related_name="conditions")
    about = models.CharField(max_length=12, choices=About)
    text = models.CharField(max_length=80, blank=True)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.PROTECT, null=True, related_name="+")
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["window", "about", "text", "item", "site"], nulls_distinct=False, name="window_condition_once"
            ),
            models.CheckConstraint(
                condition=Q(about__in=["class", "tag", "environment"], item=None, site=None) & ~Q(text="")
                | Q(about__in=["service", "item"], text="", site=None, item__isnull=False)
                | Q(about="site", text="", item=None, site__isnull=False),
                name="window_condition_names_one_thing",
            ),
        ]

    def __str__(self):
        return f"{self.about} {self.text or self.item_id or self.site_id}"


class PlanningFeed(models.Model):
    """The secret address of a person's calendar of windows; only its digest is kept."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="planning_feed")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=now)

    def __str__(self):
        return str(self.user_id)
