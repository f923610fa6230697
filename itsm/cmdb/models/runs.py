"""Long work on items, chunk by chunk: how far it came, what became of each item, whether it was stopped."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now

from .items import ConfigurationItem

# A chunk takes a moment: a run that moved so long ago waits for a worker.
SILENT = timedelta(minutes=2)


class ItemRun(models.Model):
    """One piece of long work. `cursor` is the last item that is done: whoever goes on begins behind it."""

    class Kind(models.TextChoices):
        CLASSES = "classes", _("Items brought to a new version of their class")
        EDIT = "edit", _("Many items changed at once")
        EXPORT = "export", _("Export of items")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    token = models.CharField(max_length=40, default="")
    params = models.JSONField(default=dict)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    file = models.CharField(max_length=80, blank=True, default="")
    at = models.DateTimeField(default=now)
    moved_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor", "token"], condition=~Q(token=""), name="item_run_once"),
            models.CheckConstraint(condition=Q(kind__in=["classes", "edit", "export"]), name="item_run_kind_known"),
        ]
        indexes = [
            models.Index(fields=["at"], condition=Q(finished_at=None), name="item_run_unfinished"),
            models.Index(fields=["finished_at"], condition=~Q(file=""), name="item_run_files"),
        ]

    def __str__(self):
        return f"{self.kind} {self.at:%F %T}"

    @property
    def is_over(self) -> bool:
        """Is there nothing more to wait for?"""
        return self.finished_at is not None or self.stopped_at is not None

    @property
    def waits(self) -> bool:
        """Has nobody worked on it for a while?"""
        return not self.is_over and now() - self.moved_at > SILENT

    @property
    def share(self) -> int:
        """Per cent done."""
        return 100 if self.finished_at else 100 * self.done // (self.total or 1)


class ItemRunRow(models.Model):
    """What became of one item in a run; only what is worth a line."""

    run = models.ForeignKey(ItemRun, models.CASCADE, related_name="rows", db_index=False)
    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="+", db_index=False)
    ok = models.BooleanField()
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "item"], name="item_run_row_once")]

    def __str__(self):
        return f"{self.item_id}: {self.message or self.ok}"


class ItemColumns(models.Model):
    """The columns that a person chose for the list of one class (of all, where the class is empty)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    ci_class = models.CharField(max_length=40, blank=True)
    names = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "ci_class"], name="item_columns_once")]

    def __str__(self):
        return f"{self.user_id} {self.ci_class}"
