"""What agents say and do every day, kept once: canned replies, and macros that do several things in one key."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.records.models import Impact, Urgency

OWNER = {"null": True, "blank": True, "related_name": "+"}


class CannedReply(models.Model):
    """A text that is inserted in the composer. Without owner and team it is everybody's."""

    name = models.CharField(_("name"), max_length=60)
    language = models.CharField(
        _("language"), max_length=2, choices=[("fr", "Français"), ("en", "English")], default="fr"
    )
    body = models.TextField(_("text"), max_length=5000)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), **OWNER)
    team = models.ForeignKey("people.Team", models.CASCADE, verbose_name=_("team"), **OWNER)

    class Meta:
        verbose_name, verbose_name_plural = _("canned reply"), _("canned replies")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "team", "language", "name"], name="canned_reply_name", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="canned_reply_one_shelf"),
            models.CheckConstraint(condition=~Q(body=""), name="canned_reply_not_empty"),
        ]

    def __str__(self):
        return self.name


class ChecklistTemplate(models.Model):
    """Tasks in their order, put on a ticket together. A task a line, as `checklists.parse` reads them."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), **OWNER)
    team = models.ForeignKey("people.Team", models.CASCADE, verbose_name=_("team"), **OWNER)
    lines = models.TextField(_("tasks"), max_length=5000)

    class Meta:
        verbose_name, verbose_name_plural = _("checklist"), _("checklists")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "team", "name"], name="checklist_name", nulls_distinct=False),
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="checklist_one_shelf"),
            models.CheckConstraint(condition=~Q(lines=""), name="checklist_not_empty"),
        ]

    def __str__(self):
        return self.name


class Macro(models.Model):
    """Several changes, a reply, a task and an end, in one key. What is empty is left alone."""

    name = models.CharField(_("name"), max_length=60)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("owner"), **OWNER)
    team = models.ForeignKey("people.Team", models.CASCADE, verbose_name=_("team"), **OWNER)
    active = models.BooleanField(_("active"), default=True)
    # Of which process it is; empty: of all.
    kind = models.CharField(_("for"), max_length=20, blank=True)
    take = models.BooleanField(_("take charge"), default=False)
    category = models.ForeignKey("records.Category", models.PROTECT, verbose_name=_("category"), **OWNER)
    impact = models.PositiveSmallIntegerField(_("impact"), choices=Impact.choices, null=True, blank=True)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency.choices, null=True, blank=True)
    to_team = models.ForeignKey("people.Team", models.PROTECT, verbose_name=_("assign to the team"), **OWNER)
    reply = models.TextField(_("reply"), max_length=5000, blank=True)
    public = models.BooleanField(_("the requester reads the reply"), default=True)
    task = models.CharField(_("task"), max_length=200, blank=True)
    task_days = models.PositiveSmallIntegerField(_("days for the task"), default=1)
    checklist = models.ForeignKey(ChecklistTemplate, models.RESTRICT, verbose_name=_("checklist"), **OWNER)
    hold_reason = models.ForeignKey("records.HoldReason", models.PROTECT, verbose_name=_("hold"), **OWNER)
    hold_days = models.PositiveSmallIntegerField(_("wake up after days"), null=True, blank=True)
    follow_up_days = models.PositiveSmallIntegerField(_("follow up after working days"), null=True, blank=True)
    resolution_code = models.ForeignKey("records.ResolutionCode", models.PROTECT, verbose_name=_("resolve"), **OWNER)
    resolution = models.TextField(_("what was done"), max_length=5000, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("macro"), _("macros")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "team", "name"], name="macro_name", nulls_distinct=False),
            models.CheckConstraint(condition=Q(owner=None) | Q(team=None), name="macro_one_shelf"),
            models.CheckConstraint(condition=Q(hold_reason=None) | Q(resolution_code=None), name="macro_one_end"),
            models.CheckConstraint(
                condition=Q(resolution_code=None) | ~Q(resolution=""), name="macro_says_what_was_done"
            ),
            models.CheckConstraint(
                condition=Q(follow_up_days=None)
                | Q(follow_up_days__gte=1, follow_up_days__lte=365, resolution_code=None),
                name="macro_follows_up_what_stays",
            ),
        ]

    def __str__(self):
        return self.name
