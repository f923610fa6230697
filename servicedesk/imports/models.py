"""A run of an import: where it stands, what came of it. The offset makes it resumable, the rejects explain themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now


class ImportRun(models.Model):
    """One file with one mapping. Running it again goes on where it stopped; a finished one changes nothing."""

    class State(models.TextChoices):
        READY = "ready", _("Ready")
        RUNNING = "running", _("Running")
        STOPPED = "stopped", pgettext_lazy("import", "Stopped")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    path = models.CharField(max_length=500)
    name = models.CharField(max_length=200)
    mapping = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    size = models.BigIntegerField()
    rows_done = models.PositiveIntegerField(default=0)
    share = models.PositiveSmallIntegerField(_("per cent done"), default=0)
    made = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    started_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "mapping"], name="import_file_once")]

    def __str__(self):
        return f"{self.name} ({self.mapping})"


class ImportReject(models.Model):
    """A case that could not come in, with the reason and its rows."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejects")
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=100)
    reason = models.TextField()
    rows = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="import_reject_once")]

    def __str__(self):
        return f"{self.line}: {self.reason}"


class ImportedPromise(models.Model):
    """Was the promise on an imported case kept? What its file says, for good, and what an agreement here says of its history."""

    record = models.OneToOneField("records.Record", models.CASCADE, primary_key=True, related_name="+")
    theirs = models.BooleanField(_("kept, says the file"), null=True)
    ours = models.BooleanField(_("kept, says the agreement"), null=True)
    agreement = models.ForeignKey("levels.Agreement", models.PROTECT, null=True, related_name="+")
    terms = models.CharField(max_length=16, blank=True, help_text=_("Tells two states of the agreement apart"))
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(agreement__isnull=False, counted_at__isnull=False)
                | models.Q(agreement=None, counted_at=None, ours=None),
                name="imported_promise_counted_under",
            )
        ]

    def __str__(self):
        return f"{self.record_id}: {self.theirs} / {self.ours}"
