"""What operators choose from: how a call ended, why they pause."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from itsm.records.models.codes import Code


class WrapUpCode(Code):
    """What came of a call, said by its operator. `outcome` is what the indicators and the rules understand."""

    class Outcome(models.TextChoices):
        SOLVED = "solved", _("Solved on the telephone")
        RECORD = "record", _("Became a record")
        MAJOR = "major", _("Attached to a major incident")
        CHASED = "chased", _("Asked about an open record")
        TRANSFERRED = "transferred", _("Transferred")
        CALL_BACK = "call_back", _("Will be called back")
        NOTHING = "nothing", _("Nothing: wrong number, silent")

    outcome = models.CharField(max_length=12, choices=Outcome)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="wrap_up_code_unique")]


class PauseReason(Code):
    """Why an operator takes no calls for a while; `counts_as_work` for training and meetings."""

    counts_as_work = models.BooleanField(default=False)
    most_minutes = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="pause_reason_unique")]
