"""The register of jobs. A job is an item of class `job`; what it is called, who owns it and how vital it is, is said there."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of

HTTP_METHODS = ("GET", "POST", "PUT", "DELETE")


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the organisations that the person's role reaches, for who may see operations."""
        scope = scope_of(user)
        if not scope.may("operations.read"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(item__organisation_id__in=scope.organisations)

    def workable_by(self, user):
        """Those that the person may hold, release and start."""
        return self.visible_to(user) if scope_of(user).may("operations.work") else self.none()

    def manageable_by(self, user):
        """Those whose entry in the register the person may change."""
        return self.visible_to(user) if scope_of(user).may("operations.manage") else self.none()

    def in_use(self):
        """Those that are still run."""
        return self.filter(is_active=True)


class Job(models.Model):
    """When it runs, how long it should take, and how to reach it. `next_check_at` is when the sweep looks at it again."""

    class Days(models.TextChoices):
        EVERY = "every", _("Whatever the day")
        WORKING = "working", _("Working days only")
        CLOSED = "closed", _("Closed days only")
        BEFORE = "before", _("On a closed day: the working day before")
        AFTER = "after", _("On a closed day: the working day after")
        NTH = "nth", _("One working day of the month")

    class Method(models.TextChoices):
        TOLD = "told", _("Another system starts it and tells of it")
        HTTP = "http", _("Started from here by an HTTP call")

    class Windows(models.TextChoices):
        HOLD = "hold", _("Hold it until the window ends, where the window says so")
        WARN = "warn", _("Warn only")
        IGNORE = "ignore", _("Do nothing")

    item = models.OneToOneField("cmdb.ConfigurationItem", models.CASCADE, primary_key=True, related_name="job")
    ping_code = models.UUIDField(default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("short name in addresses"), max_length=80, blank=True, db_index=False)
    origin = models.CharField(_("system of origin"), max_length=120, blank=True)
    command = models.CharField(_("command"), max_length=500, blank=True)
    chain = models.CharField(_("chain"), max_length=60, blank=True)

    schedule = models.CharField(_("schedule"), max_length=120, blank=True)
    days = models.CharField(_("days"), max_length=8, choices=Days, default=Days.EVERY)
    nth = models.SmallIntegerField(_("which working day"), null=True, blank=True)
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="jobs", verbose_name=_("calendar")
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default=settings.TIME_ZONE)

    expected_seconds = models.PositiveIntegerField(null=True, blank=True)
    min_seconds = models.PositiveIntegerField(null=True, blank=True)
    max_seconds = models.PositiveIntegerField(null=True, blank=True)
    grace_seconds = models.PositiveIntegerField(default=300)
    deadline = models.TimeField(_("service deadline"), null=True, blank=True)
    learned = models.JSONField(default=dict, blank=True, editable=False)

    restart = models.TextField(_("restart procedure"), blank=True)
    runbook = models.ForeignKey(
        "documents.Document", models.SET_NULL, null=True, blank=True, related_name="jobs", verbose_name=_("runbook")
    )
    windows = models.CharField(_("during a maintenance window"), max_length=6, choices=Windows, default=Windows.HOLD)

    method = models.CharField(_("how it starts"), max_length=4, choices=Method, default=Method.TOLD)
    http_method = models.CharField(_("method"), max_length=6, default="POST")
    http_url = models.CharField(_("address"), max_length=500, blank=True)
    http_headers = models.TextField(blank=True, editable=False)
    http_body = models.TextField(_("body"), blank=True)
    http_timeout = models.PositiveIntegerField(_("time-out (seconds)"), default=60)
    http_retries = models.PositiveSmallIntegerField(_("tries after a failure"), default=0)
    http_private = models.BooleanField(_("an address inside the private network"), default=False)

    held_at = models.DateTimeField(null=True, editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    held_reason = models.CharField(max_length=300, blank=True, editable=False)

    is_active = models.BooleanField(default=True)
    alerting = models.BooleanField(default=False, editable=False)
    forecast_alerting = models.BooleanField(default=False, editable=False)
    last_state = models.CharField(max_length=12, blank=True, editable=False)
    last_run_at = models.DateTimeField(null=True, editable=False)
    next_run_at = models.DateTimeField(null=True, editable=False)
    planned_until = models.DateTimeField(null=True, editable=False)
    next_check_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    made_by_key = models.ForeignKey(
        "operations.PingKey", models.SET_NULL, null=True, editable=False, related_name="jobs", db_index=False
    )

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ping_code"], name="job_ping_code_unique"),
            models.CheckConstraint(
                condition=Q(days__in=["every", "working", "closed", "before", "after", "nth"]), name="job_days_known"
            ),
            models.CheckConstraint(
                condition=~Q(days="nth") | (Q(nth__range=(-23, 23)) & ~Q(nth=0)), name="job_nth_working_day"
            ),
            models.CheckConstraint(condition=Q(method__in=["told", "http"]), name="job_method_known"),
            models.CheckConstraint(condition=~Q(method="http") | ~Q(http_url=""), name="job_http_has_address"),
            models.CheckConstraint(condition=Q(http_timeout__range=(1, 1800)), name="job_http_timeout_range"),
            models.CheckConstraint(condition=Q(http_retries__lte=10), name="job_http_retries_few"),
            models.CheckConstraint(
                condition=Q(min_seconds=None) | Q(max_seconds=None) | Q(max_seconds__gte=F("min_seconds")),
                name="job_max_not_below_min",
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="job_due"),
            models.Index(fields=["slug"], condition=~Q(slug=""), name="job_slug"),
            models.Index(fields=["made_by_key"], condition=Q(made_by_key__isnull=False), name="job_made_by_key"),
            models.Index(fields=["chain"], condition=~Q(chain=""), name="job_chain"),
        ]

    def __str__(self):
        return self.item.name

    def get_absolute_url(self) -> str:
        return f"/operations/jobs/{self.pk}/"

    @property
    def ping_path(self) -> str:
        """Where it tells of its runs."""
        return f"/ping/{self.ping_code}"

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    @property
    def longest_seconds(self) -> int | None:
        """After how long it runs too long: what was said, else twice what is expected."""
        if self.max_seconds is not None:
            return self.max_seconds
        return (
            None
            if self.expected_seconds is None
            else self.expected_seconds + max(self.expected_seconds, self.grace_seconds)
        )


class JobLink(models.Model):
    """`job` waits until `predecessor` has ended well (or has ended at all)."""

    class Condition(models.TextChoices):
        OK = "ok", pgettext_lazy("predecessor", "has ended well")
        DONE = "done", pgettext_lazy("predecessor", "has ended, however")

    job = models.ForeignKey(Job, models.CASCADE, related_name="links", db_index=False)
    predecessor = models.ForeignKey(Job, models.CASCADE, related_name="followers")
    condition = models.CharField(max_length=4, choices=Condition, default=Condition.OK)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "predecessor"], name="job_link_once"),
            models.CheckConstraint(condition=~Q(job=F("predecessor")), name="job_link_not_itself"),
        ]

    def __str__(self):
        return f"{self.predecessor_id} → {self.job_id}"


class Resource(models.Model):
    """What jobs share: a database that one batch at a time may lock, four tape drives, a licence."""

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="job_resources", db_index=False
    )
    name = models.CharField(_("name"), max_length=80)
    capacity = models.PositiveSmallIntegerField(_("units"), default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="job_resource_once"),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="job_resource_capacity"),
        ]

    def __str__(self):
        return self.name


class JobResource(models.Model):
    """How many units of a resource a job takes while it runs."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="uses", db_index=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="users")
    units = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "resource"], name="job_uses_resource_once"),
            models.CheckConstraint(condition=Q(units__gte=1), name="job_uses_units"),
        ]

    def __str__(self):
        return f"{self.resource_id} × {self.units}"


class PingKey(models.Model):
    """Opens `/ping/<key>/<slug>` for the jobs of an organisation. Like the address of a job, it can only tell, never read."""

    organisation = models.ForeignKey("people.Organisation", models.CASCADE, related_name="ping_keys")
    name = models.CharField(_("name"), max_length=80)
    key = models.CharField(max_length=40, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", db_index=False
    )
    revoked_at = models.DateTimeField(null=True, editable=False)
    refused = models.PositiveIntegerField(default=0, editable=False)
    refused_at = models.DateTimeField(null=True, editable=False)
    refused_why = models.CharField(max_length=10, blank=True, default="", editable=False)
    refused_slug = models.CharField(max_length=80, blank=True, default="", editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="ping_key_unique")]

    def __str__(self):
        return self.name
