"""Policies: which steps a clock takes on its way to its target and beyond, under which conditions, and what each step does."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now
from itsm.levels.models import Kind, Metric

MOST_PERCENT = 1000


class Phases(models.TextChoices):
    """The phases in which a clock may run."""

    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")


class Policy(models.Model):
    """A policy applies to the clocks for which each of its conditions holds; empty means any. The most specific one wins."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    active = models.BooleanField(_("in force"), default=True)
    clock = models.CharField(_("kind of agreement"), max_length=3, choices=Kind, blank=True)
    metric = models.CharField(_("what is measured"), max_length=10, choices=Metric, blank=True)
    agreement = models.ForeignKey("levels.Agreement", models.CASCADE, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="+",
        help_text=_("The users' organisation, with those below it"),
    )  # fmt: skip
    priorities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="policy_code_unique"),
            models.CheckConstraint(
                condition=Q(priorities__contained_by=[1, 2, 3, 4, 5]), name="policy_priorities_1_to_5"
            ),
        ]

    def __str__(self):
        return self.code


class PolicyStep(models.Model):
    """A step at a share of the target, or one that is repeated after the last of these. Its conditions are asked when it is due."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="steps")
    percent = models.PositiveSmallIntegerField(_("per cent of the target"), null=True, blank=True)
    every_seconds = models.PositiveIntegerField(_("repeated every (seconds)"), null=True, blank=True)
    most = models.PositiveSmallIntegerField(_("at most so many times"), null=True, blank=True)
    wall = models.BooleanField(_("in clock time, nights and holidays included"), default=False)
    priorities = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    vip = models.BooleanField(_("VIP requesters"), null=True, blank=True)
    major = models.BooleanField(_("major incidents"), null=True, blank=True)
    unassigned = models.BooleanField(_("only while nobody has it"), default=False)
    phases = ArrayField(models.CharField(max_length=10, choices=Phases), default=list, blank=True)
    actions = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "percent"], name="policy_step_once_a_percent"),
            models.UniqueConstraint(fields=["policy"], condition=Q(percent=None), name="policy_step_one_is_repeated"),
            models.CheckConstraint(
                condition=Q(percent__range=(1, MOST_PERCENT), every_seconds=None, most=None, wall=False)
                | Q(percent=None, every_seconds__gte=60, most__range=(1, 1000)),
                name="policy_step_at_a_share_or_repeated",
            ),
            models.CheckConstraint(
                condition=Q(priorities__contained_by=[1, 2, 3, 4, 5]), name="policy_step_priorities_1_to_5"
            ),
        ]

    def __str__(self):
        return f"{self.policy_id}: {self.percent or '+'}"


class Replanning(models.Model):
    """Running clocks are planned again, by batches of their ids; `last_id` says how far that came."""

    at = models.DateTimeField(default=now, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    last_id = models.BigIntegerField(default=0)
    until_id = models.BigIntegerField()
    looked = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(ended_at=None), name="replanning_to_do")]

    def __str__(self):
        return self.reason
