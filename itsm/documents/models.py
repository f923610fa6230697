"""Versioned texts. A runbook is one whose second headings are steps, carried out one after the other."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.core.folding import fold

from .queryset import DocumentQuerySet


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
