"""Accesses: who may do what on which item, why and until when; templates of what a job needs; reviews by owner."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.records.models import Record

KIND, PREFIX = "access", "ACC"


class Access(Record):
    """A right of a person (`requester`) on one item. `live` until it is revoked, refused or cancelled: one at a time."""

    class Ending(models.TextChoices):
        """Why it is revoked."""

        EXPIRED = "expired", pgettext_lazy("access", "Its date has come")
        ASKED = "asked", pgettext_lazy("access", "Somebody asked for it")
        REVIEW = "review", pgettext_lazy("access", "The review said so")
        MOVER = "mover", pgettext_lazy("access", "The person changes jobs")
        LEAVER = "leaver", pgettext_lazy("access", "The person leaves")

    item = models.ForeignKey("cmdb.ConfigurationItem", models.PROTECT, related_name="accesses", db_index=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="accesses", db_index=False)
    account = models.CharField(_("account"), max_length=150, blank=True)
    right = models.CharField(pgettext_lazy("access", "right"), max_length=120)
    reason = models.TextField(_("reason"))
    until = models.DateField(pgettext_lazy("access", "until"), null=True, blank=True)
    live = models.BooleanField(default=True, editable=False)
    granted_at = models.DateTimeField(null=True, editable=False)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    grant_proof = models.TextField(blank=True, editable=False)
    ends_at = models.DateTimeField(null=True, editable=False)
    ending = models.CharField(max_length=10, choices=Ending, blank=True, default="", editable=False)
    ending_reason = models.TextField(blank=True, default="", editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    revoke_proof = models.TextField(blank=True, editable=False)
    refusal = models.TextField(blank=True, editable=False)
    # The automatic step of a request that waits for it.
    awaited_by = models.ForeignKey("records.Task", models.SET_NULL, null=True, editable=False, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["person", "-record_ptr"], name="access_person"),
            models.Index(fields=["item", "-record_ptr"], name="access_item"),
            models.Index(
                fields=["ends_at"], condition=Q(live=True, ends_at__isnull=False, ending=""), name="access_due"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "item", "account", "right"], condition=Q(live=True), name="access_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(right="") & ~Q(reason=""), name="access_says_what_and_why"),
            models.CheckConstraint(
                condition=Q(granted_at=None, grant_proof="") | Q(granted_at__isnull=False) & ~Q(grant_proof=""),
                name="access_grant_has_proof",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoke_proof="")
                | Q(revoked_at__isnull=False, granted_at__isnull=False, live=False, revoked_at__gte=F("granted_at"))
                & ~Q(revoke_proof=""),
                name="access_revocation_has_proof",
            ),
        ]


class AccessTemplate(models.Model):
    """What a job needs: granted to who joins, taken from who moves on."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name, verbose_name_plural = _("access template"), _("access templates")
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["code"], name="access_template_code_unique")]

    def __str__(self):
        return self.name


class AccessTemplateLine(models.Model):
    """One right of a template."""

    template = models.ForeignKey(AccessTemplate, models.CASCADE, related_name="lines")
    item = models.ForeignKey("cmdb.ConfigurationItem", models.PROTECT, verbose_name=_("item"), related_name="+")
    right = models.CharField(pgettext_lazy("access", "right"), max_length=120)
    days = models.PositiveSmallIntegerField(_("for so many days"), null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("right of a template"), _("rights of a template")
        constraints = [
            models.UniqueConstraint(fields=["template", "item", "right"], name="access_template_line_once"),
            models.CheckConstraint(condition=~Q(right=""), name="access_template_line_has_right"),
        ]

    def __str__(self):
        return f"{self.item_id}: {self.right}"


class AccessReview(models.Model):
    """A campaign: owners of applications say of each access whether it stays."""

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("review", "Under way")
        OVERDUE = "overdue", pgettext_lazy("review", "Overdue")
        DONE = "done", pgettext_lazy("review", "Finished")

    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)
    next_step_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(default=now)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="access_review_due")
        ]

    def __str__(self):
        return self.name

    @property
    def due_on(self) -> date:
        """The last day on which one may answer; `due_at` is when it is over."""
        return timezone.localdate(self.due_at - timedelta(seconds=1))


class AccessReviewLine(models.Model):
    """One access, asked of one owner."""

    class Answer(models.TextChoices):
        KEEP = "keep", pgettext_lazy("review", "Keep")
        REVOKE = "revoke", pgettext_lazy("review", "Revoke")

    review = models.ForeignKey(AccessReview, models.CASCADE, related_name="lines", db_index=False)
    access = models.ForeignKey(Access, models.CASCADE, related_name="reviews")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["review", "owner", "id"], name="access_review_of_owner"),
            models.Index(fields=["owner", "id"], condition=Q(answer=""), name="access_review_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["review", "access"], name="access_reviewed_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | Q(answer__in=["keep", "revoke"], answered_at__isnull=False, answered_by__isnull=False),
                name="access_review_answer_whole",
            ),
            models.CheckConstraint(condition=~Q(answer="revoke", reason=""), name="access_review_revoke_has_reason"),
        ]

    def __str__(self):
        return f"{self.review_id}: {self.access_id}"
