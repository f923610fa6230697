"""Print servers, their queues and jobs, the pages that were counted; batch outputs and their delivery, day by day."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .queryset import OfOutputQuerySet, OfQueueQuerySet, OutputQuerySet, QueueQuerySet, ServerQuerySet


class PrintServer(models.Model):
    """A CUPS that is asked over IPP. Where it keeps events for us they are fetched; else it is polled."""

    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    url = models.CharField(_("address"), max_length=200)
    user = models.CharField(_("acts as"), max_length=60, default="vigie")
    password = models.TextField(blank=True, default="", editable=False)
    verify = models.BooleanField(_("check its certificate"), default=True)
    allow_private = models.BooleanField(
        _("inside the private network"), default=False,
        help_text=_("Only who administers everything allows an address inside the private network."),
    )  # fmt: skip
    every_seconds = models.PositiveIntegerField(_("ask every (seconds)"), default=30)
    is_active = models.BooleanField(pgettext_lazy("print server", "active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    subscription = models.IntegerField(null=True, editable=False)
    subscribed_until = models.DateTimeField(null=True, editable=False)
    next_event = models.IntegerField(default=1, editable=False)
    next_poll_at = models.DateTimeField(null=True, editable=False)
    full_poll_at = models.DateTimeField(null=True, editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    fault = models.CharField(max_length=300, blank=True, default="", editable=False)

    objects = ServerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], name="print_server_name_unique"),
            models.CheckConstraint(condition=Q(every_seconds__range=(5, 3600)), name="print_server_every_5_to_3600"),
        ]
        indexes = [models.Index(fields=["next_poll_at"], condition=Q(is_active=True), name="print_server_due")]

    def __str__(self):
        return self.name


class PrintQueue(models.Model):
    """A queue beside its item. Without a server it is a class of the mainframe's spool, kept as data."""

    class State(models.TextChoices):
        IDLE = "idle", pgettext_lazy("print queue", "Idle")
        PRINTING = "printing", pgettext_lazy("print queue", "Printing")
        HELD = "held", pgettext_lazy("print queue", "Held")
        STUCK = "stuck", pgettext_lazy("print queue", "Stuck")
        STOPPED = "stopped", pgettext_lazy("print queue", "Stopped")
        UNKNOWN = "unknown", pgettext_lazy("print queue", "Unknown")

    item = models.OneToOneField("cmdb.ConfigurationItem", models.PROTECT, related_name="print_queue")
    server = models.ForeignKey(PrintServer, models.SET_NULL, null=True, blank=True, related_name="queues")
    name = models.CharField(max_length=128)
    state = models.CharField(max_length=8, choices=State, default=State.UNKNOWN)
    state_since = models.DateTimeField(default=now)
    device_state = models.PositiveSmallIntegerField(null=True)
    reasons = ArrayField(models.CharField(max_length=100), default=list)
    message = models.CharField(max_length=300, blank=True, default="")
    is_accepting = models.BooleanField(default=True)
    waiting = models.PositiveIntegerField(default=0)
    oldest_at = models.DateTimeField(null=True)
    stuck_minutes = models.PositiveIntegerField(_("stuck after (minutes)"), default=15)
    seen_at = models.DateTimeField(null=True)
    is_gone = models.BooleanField(default=False)

    objects = QueueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "name"], condition=Q(server__isnull=False), name="print_queue_once_a_server"),
            models.CheckConstraint(condition=Q(state__in=["idle", "printing", "held", "stuck", "stopped", "unknown"]), name="print_queue_state_known"),
            models.CheckConstraint(condition=Q(stuck_minutes__range=(1, 10_080)), name="print_queue_stuck_in_reason"),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/operations/printing/queues/{self.pk}/"


class PrintJob(models.Model):
    """A job of a queue. Numbers of jobs begin again with each server: `uid` does not."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("print job", "Waiting")
        HELD = "held", pgettext_lazy("print job", "Held")
        PROCESSING = "processing", pgettext_lazy("print job", "Printing")
        STOPPED = "stopped", pgettext_lazy("print job", "Stopped")
        CANCELLED = "cancelled", pgettext_lazy("print job", "Cancelled")
        ABORTED = "aborted", pgettext_lazy("print job", "Aborted")
        COMPLETED = "completed", pgettext_lazy("print job", "Printed")
        LOST = "lost", pgettext_lazy("print job", "Forgotten by the server")

    queue = models.ForeignKey(PrintQueue, models.CASCADE, related_name="jobs", db_index=False)
    server = models.ForeignKey(PrintServer, models.CASCADE, related_name="jobs", db_index=False)
    number = models.PositiveIntegerField()
    uid = models.CharField(max_length=100)
    title = models.CharField(max_length=255, blank=True, default="")
    owner = models.CharField(max_length=100, blank=True, default="")
    state = models.CharField(max_length=10, choices=State)
    reasons = ArrayField(models.CharField(max_length=100), default=list)
    message = models.CharField(max_length=300, blank=True, default="")
    kilobytes = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(null=True)
    copies = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField()
    printing_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(default=now)

    objects = OfQueueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "uid"], name="print_job_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "held", "processing", "stopped", "cancelled", "aborted", "completed", "lost"]), name="print_job_state_known"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["queue", "-created_at", "-id"], name="print_job_of_queue"),
            models.Index(fields=["server", "number"], condition=Q(over_at=None), name="print_job_active"),
        ]

    def __str__(self):
        return f"{self.queue_id}-{self.number}"


class PageLine(models.Model):
    """A line of a page log: how many pages whom, on which queue, for which cost centre."""

    queue = models.ForeignKey(PrintQueue, models.SET_NULL, null=True, related_name="pages")
    queue_name = models.CharField(max_length=128)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    job = models.PositiveIntegerField()
    user_name = models.CharField(max_length=100)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    cost_centre = models.CharField(max_length=60, blank=True, default="")
    pages = models.PositiveIntegerField()
    title = models.CharField(max_length=255, blank=True, default="")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="page_line_once")]
        indexes = [models.Index(fields=["organisation", "at"], name="page_line_when")]

    def __str__(self):
        return f"{self.queue_name} {self.user_name} {self.pages}"


class Output(models.Model):
    """What a batch has to print and bring to people: its class of spool, form, destination, copies, retention, and by when."""

    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, related_name="+", verbose_name=_("organisation")
    )
    job_item = models.ForeignKey(
        "cmdb.ConfigurationItem",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("made by the job"),
    )
    queue = models.ForeignKey(
        PrintQueue, models.SET_NULL, null=True, blank=True, related_name="outputs", verbose_name=_("queue")
    )
    spool_class = models.CharField(_("class"), max_length=8, blank=True, default="")
    form = models.CharField(pgettext_lazy("paper", "form"), max_length=40, blank=True, default="")
    destination = models.CharField(_("destination"), max_length=120, blank=True, default="")
    copies = models.PositiveSmallIntegerField(_("copies"), default=1)
    retention_days = models.PositiveSmallIntegerField(_("retention (days)"), default=7)
    due_at = models.TimeField(_("delivered by"))
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("days"))
    team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    is_active = models.BooleanField(pgettext_lazy("print server", "active"), default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OutputQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="output_name_unique"),
            models.CheckConstraint(condition=Q(weekdays__contained_by=[1, 2, 3, 4, 5, 6, 7]) & Q(weekdays__len__gt=0), name="output_has_days"),
            models.CheckConstraint(condition=Q(copies__range=(1, 999)), name="output_copies_in_reason"),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/operations/printing/outputs/{self.pk}/"


class OutputRecipient(models.Model):
    """A line of a distribution list."""

    class Way(models.TextChoices):
        COURIER = "courier", pgettext_lazy("delivery", "Internal mail")
        PICKUP = "pickup", pgettext_lazy("delivery", "Fetched at the counter")
        FILE = "file", pgettext_lazy("delivery", "As a file")

    output = models.ForeignKey(Output, models.CASCADE, related_name="recipients")
    name = models.CharField(_("recipient"), max_length=120)
    site = models.ForeignKey(
        "people.Site", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("site")
    )
    copies = models.PositiveSmallIntegerField(_("copies"), default=1)
    way = models.CharField(_("way"), max_length=8, choices=Way, default=Way.COURIER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["output", "name"], name="output_recipient_once"),
            models.CheckConstraint(
                condition=Q(way__in=["courier", "pickup", "file"]), name="output_recipient_way_known"
            ),
        ]

    def __str__(self):
        return self.name


def proof_path(_delivery, _filename: str) -> str:
    """Nothing of the uploader's name reaches the disk."""
    name = uuid.uuid4().hex
    return f"deliveries/{name[:2]}/{name}"


class OutputRun(models.Model):
    """An output of a day: expected, in the spool, printed, delivered."""

    class State(models.TextChoices):
        EXPECTED = "expected", pgettext_lazy("output", "Expected")
        SPOOLED = "spooled", pgettext_lazy("output", "In the spool")
        PRINTED = "printed", pgettext_lazy("output", "Printed")
        DELIVERED = "delivered", pgettext_lazy("output", "Delivered")
        FAILED = "failed", pgettext_lazy("output", "Failed")

    output = models.ForeignKey(Output, models.CASCADE, related_name="runs", db_index=False)
    day = models.DateField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State, default=State.EXPECTED)
    spool_id = models.CharField(max_length=40, blank=True, default="")
    pages = models.PositiveIntegerField(null=True)
    spooled_at = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    is_late = models.BooleanField(default=False)
    note = models.CharField(max_length=500, blank=True, default="")

    objects = OfOutputQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["output", "day"], name="output_run_once_a_day"),
            models.CheckConstraint(condition=Q(state__in=["expected", "spooled", "printed", "delivered", "failed"]), name="output_run_state_known"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["day", "due_at"], name="output_run_day"),
            models.Index(
                fields=["due_at"],
                condition=Q(is_late=False, state__in=["expected", "spooled", "printed"]),
                name="output_run_due",
            ),
        ]

    def __str__(self):
        return f"{self.output_id} {self.day}"


class Delivery(models.Model):
    """One recipient has got it: who took it, when, and the proof."""

    run = models.ForeignKey(OutputRun, models.CASCADE, related_name="deliveries")
    recipient = models.CharField(max_length=120)
    received_by = models.CharField(_("received by"), max_length=120)
    at = models.DateTimeField(default=now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    proof = models.FileField(upload_to=proof_path, max_length=200, blank=True)
    proof_name = models.CharField(max_length=200, blank=True, default="")
    proof_sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["run", "recipient"], name="delivery_once")]

    def __str__(self):
        return self.recipient


class Reprint(models.Model):
    """An output that somebody wants again: a request of the service desk."""

    run = models.ForeignKey(OutputRun, models.CASCADE, related_name="reprints")
    record = models.ForeignKey("records.Record", models.CASCADE, related_name="+")
    copies = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=now)

    def __str__(self):
        return self.reason
