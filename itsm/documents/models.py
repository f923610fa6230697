"""Versioned texts. A runbook is one whose second headings are steps, carried out one after the other."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.core.folding import fold

from .queryset import DocumentQuerySet, RunQuerySet


class Document(models.Model):
    """A text that has a title, an owner and versions; `version` is the number of the newest one."""

    class Kind(models.TextChoices):
        """What it is for."""

        RUNBOOK = "runbook", _("Runbook")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.RUNBOOK, editable=False)
    title = models.CharField(_("title"), max_length=160)
    sort_key = models.CharField(max_length=200, editable=False)
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("organisation")
    )
    owner_team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("owner team")
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="fr")
    version = models.PositiveIntegerField(default=1, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(default=now, editable=False)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "organisation", "title"], nulls_distinct=False, name="document_title_unique"
            ),
            models.CheckConstraint(condition=~Q(title=""), name="document_has_a_title"),
            models.CheckConstraint(condition=Q(version__gte=1), name="document_version_from_1"),
        ]
        indexes = [models.Index(fields=["sort_key", "id"], name="document_sort")]

    def __str__(self):
        return self.title

    def save(self, *args, **kwargs):
        self.sort_key = fold(self.title)[:200]
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return f"/operations/runbooks/{self.pk}/"


class DocumentVersion(models.Model):
    """One state of the text. It never changes: who saves makes the next one."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    body = models.TextField()
    # What the body says, read once: [{"title", "body"}], the body of each in Markdown too.
    steps = models.JSONField(default=list)
    note = models.CharField(_("what changed"), max_length=200, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False, editable=False
    )
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_version_unique"),
            models.CheckConstraint(condition=Q(number__gte=1), name="document_version_number_from_1"),
        ]

    def __str__(self):
        return f"{self.document_id} v{self.number}"


class DocumentItem(models.Model):
    """A document is about an item: its page, and the alerts about it, offer the document."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="about", db_index=False)
    item = models.ForeignKey("cmdb.ConfigurationItem", models.CASCADE, related_name="documents")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "item"], name="document_item_once")]

    def __str__(self):
        return f"{self.document_id} {self.item_id}"


class DocumentRun(models.Model):
    """A runbook as somebody carries it out, in the version of that day: for an alert, an item (a job, a console) or a record."""

    class State(models.TextChoices):
        """How it stands."""

        RUNNING = "running", pgettext_lazy("runbook", "Under way")
        DONE = "done", pgettext_lazy("runbook", "Done")
        STOPPED = "stopped", pgettext_lazy("runbook", "Stopped")

    document = models.ForeignKey(Document, models.PROTECT, related_name="runs", db_index=False)
    version = models.ForeignKey(DocumentVersion, models.PROTECT, related_name="+", db_index=False)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, related_name="+", db_index=False)
    alert = models.ForeignKey("events.Alert", models.SET_NULL, null=True, related_name="runbook_runs", db_index=False)
    item = models.ForeignKey(
        "cmdb.ConfigurationItem", models.SET_NULL, null=True, related_name="runbook_runs", db_index=False
    )
    record = models.ForeignKey(
        "records.Record", models.SET_NULL, null=True, related_name="runbook_runs", db_index=False
    )
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None) | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="document_run_ended_when_not_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "done", "stopped"]), name="document_run_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped") | ~Q(reason=""), name="document_run_stopped_for_a_reason"
            ),
            models.UniqueConstraint(
                fields=["document", "alert"],
                condition=Q(state="running", alert__isnull=False),
                name="document_run_one_an_alert",
            ),
        ]
        indexes = [
            models.Index(fields=["document", "-id"], name="document_run_newest"),
            models.Index(fields=["alert", "-id"], condition=Q(alert__isnull=False), name="document_run_alert"),
            models.Index(fields=["item", "-id"], condition=Q(item__isnull=False), name="document_run_item"),
            models.Index(fields=["record"], condition=Q(record__isnull=False), name="document_run_record"),
            models.Index(fields=["-id"], condition=Q(state="running"), name="document_run_under_way"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.document_id} {self.started_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return f"/operations/runbooks/runs/{self.pk}/"


class RunStep(models.Model):
    """One step of a run: ticked by somebody at an instant, or not yet."""

    class State(models.TextChoices):
        """What became of it."""

        TODO = "todo", pgettext_lazy("step", "To do")
        DONE = "done", pgettext_lazy("step", "Done")
        SKIPPED = "skipped", pgettext_lazy("step", "Left out")
        FAILED = "failed", pgettext_lazy("step", "Failed")

    run = models.ForeignKey(DocumentRun, models.CASCADE, related_name="steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.TODO)
    at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_step_position_unique"),
            models.CheckConstraint(
                condition=Q(state="todo", at=None, by=None) | (~Q(state="todo") & Q(at__isnull=False, by__isnull=False)),
                name="run_step_ticked_by_somebody",
            ),
            models.CheckConstraint(condition=Q(state__in=["todo", "done", "skipped", "failed"]), name="run_step_state_known"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.run_id}.{self.position}"
