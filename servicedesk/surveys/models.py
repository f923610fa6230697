"""One question after a resolution: how was it? No default score, no login."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now


class Survey(models.Model):
    """One survey a resolution. `score` stays empty until the person chose one."""

    class State(models.TextChoices):
        DUE = "due", _("Due")
        SENT = "sent", _("Sent")
        ANSWERED = "answered", _("Answered")
        EXPIRED = "expired", _("Expired")
        SKIPPED = "skipped", _("Not asked")

    record = models.ForeignKey("records.Record", models.CASCADE, related_name="surveys", db_index=False)
    person = models.ForeignKey("people.User", models.CASCADE, null=True, related_name="surveys", db_index=False)
    resolved_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.DUE)
    reason = models.CharField(_("why it was not asked"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    score = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record", "resolved_at"], name="survey_one_a_resolution"),
            models.CheckConstraint(condition=Q(score=None) | Q(score__range=(1, 5)), name="survey_score_1_to_5"),
            models.CheckConstraint(
                condition=Q(state="answered", score__isnull=False) | (~Q(state="answered") & Q(score=None)),
                name="survey_answer_has_score",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="due"), name="survey_due"),
            models.Index(fields=["expires_at"], condition=Q(state="sent"), name="survey_open"),
            models.Index(fields=["person", "-sent_at"], name="survey_person"),
            models.Index(fields=["answered_at"], condition=Q(state="answered"), name="survey_answered"),
            models.Index(fields=["record"], name="survey_record"),
        ]

    def __str__(self):
        return f"{self.record_id}: {self.state}"


class SurveyRule(models.Model):
    """About how many tickets of a service its people are asked. A service without a rule asks about each."""

    service = models.OneToOneField(
        "cmdb.Service", models.CASCADE, primary_key=True, related_name="+", verbose_name=_("service")
    )
    share = models.PositiveSmallIntegerField(
        _("share of the tickets, in per cent"), default=100, validators=[MaxValueValidator(100)]
    )

    class Meta:
        verbose_name, verbose_name_plural = _("survey rule"), _("survey rules")
        constraints = [
            models.CheckConstraint(condition=Q(share__range=(0, 100)), name="survey_rule_share_in_per_cent"),
        ]

    def __str__(self):
        return f"{self.service_id}: {self.share} %"
