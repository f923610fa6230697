"""How far the CMDB can be believed: corrections that readers ask for, certification by owners, and health day by day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of

from .items import ConfigurationItem


class CorrectionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of items that one may change, and those that one asked for oneself."""
        scope = scope_of(user)
        if not scope.may("cmdb.read"):
            return self.none()
        said = Q(Exists(CorrectionVoice.objects.filter(correction=OuterRef("pk"), person_id=scope.user_id)))
        if not scope.may("cmdb.edit"):
            return self.filter(said)
        return self if scope.everything else self.filter(said | _of_items(scope))

    def decidable_by(self, user):
        """Those of items that one may change."""
        return self.within(scope_of(user))

    def within(self, scope):
        """The same from a scope, for the counters of the navigation."""
        return self.filter(_of_items(scope)) if scope.may("cmdb.edit") else self.none()

    def open(self):
        """Nobody has decided yet."""
        return self.filter(state="open")


def _of_items(scope) -> Q:
    if scope.everything:
        return Q()
    return Q(item__organisation_id__in=scope.organisations) | Q(item__organisation_id=None)


class Correction(models.Model):
    """Somebody says that an item is wrong: which field, and what it should be. An editor accepts or refuses.

    Without a field it is about the item as a whole. Who says the same joins in (`CorrectionVoice`).
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("correction", "Open")
        ACCEPTED = "accepted", pgettext_lazy("correction", "Accepted")
        REFUSED = "refused", pgettext_lazy("correction", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("correction", "Withdrawn")

    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="corrections", db_index=False)
    field = models.CharField(_("field"), max_length=80, blank=True)
    proposed = models.CharField(_("what it should be"), max_length=500, blank=True)
    same = models.CharField(max_length=500, blank=True, editable=False, help_text="By what duplicates are known.")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "field", "same"], condition=Q(state="open"), name="correction_open_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "refused", "withdrawn"]), name="correction_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at=None) | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="correction_decided_has_instant",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(reason=""), name="correction_refused_has_reason"),
        ]
        indexes = [
            models.Index(fields=["item"], name="correction_item"),
            models.Index(fields=["-id"], condition=Q(state="open"), name="correction_waiting"),
            models.Index(fields=["state", "-id"], name="correction_state"),
        ]

    def __str__(self):
        return f"{self.item_id} {self.field}: {self.proposed}"

    def get_absolute_url(self) -> str:
        return f"/cmdb/corrections/{self.pk}/"


class CorrectionVoice(models.Model):
    """One person who asks for a correction, in their words."""

    correction = models.ForeignKey(Correction, models.CASCADE, related_name="voices", db_index=False)
    person = models.ForeignKey("people.User", models.CASCADE, related_name="+")
    note = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["correction", "person"], name="correction_voice_once")]

    def __str__(self):
        return f"{self.person_id} on {self.correction_id}"


class CampaignQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Campaigns about organisations that one's role reaches, for those who change items."""
        scope = scope_of(user)
        if not scope.may("cmdb.edit"):
            return self.none()
        if scope.everything:
            return self
        return self.filter(Q(organisation_id__in=scope.organisations) | Q(made_by_id=scope.user_id))


class Campaign(models.Model):
    """Owners are asked once, by mail, whether what is said of their items is right."""

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("campaign", "Running")
        CLOSED = "closed", pgettext_lazy("campaign", "Closed")

    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    classes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("due on"))
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    made_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=now)
    remind_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["running", "closed"]), name="campaign_state_known"),
            models.CheckConstraint(
                condition=Q(state="running", closed_at=None) | Q(state="closed", closed_at__isnull=False),
                name="campaign_closed_has_instant",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self) -> str:
        return f"/cmdb/certifications/{self.pk}/"


class CampaignShare(models.Model):
    """What one person is asked. The link holds a secret of which only the digest is kept."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="shares", db_index=False)
    person = models.ForeignKey("people.User", models.CASCADE, related_name="+")
    nonce = models.CharField(max_length=32)
    digest = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "person"], name="campaign_share_once")]
        indexes = [
            models.Index(fields=["id"], condition=Q(sent_at=None, revoked_at=None), name="campaign_share_to_send")
        ]

    def __str__(self):
        return f"{self.person_id} in {self.campaign_id}"


class CampaignItem(models.Model):
    """One item of a campaign: who is asked (nobody when it has neither owner nor team leader), and the answer."""

    class Answer(models.TextChoices):
        NONE = "", _("Not answered")
        RIGHT = "right", _("Right")
        WRONG = "wrong", _("Wrong")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="items", db_index=False)
    item = models.ForeignKey(ConfigurationItem, models.CASCADE, related_name="certifications")
    share = models.ForeignKey(CampaignShare, models.SET_NULL, null=True, related_name="items", db_index=False)
    answer = models.CharField(max_length=5, choices=Answer, default=Answer.NONE, blank=True)
    note = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    correction = models.ForeignKey(Correction, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "item"], name="campaign_item_once"),
            models.CheckConstraint(condition=Q(answer__in=["", "right", "wrong"]), name="campaign_answer_known"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="campaign_answer_has_instant",
            ),
        ]
        indexes = [models.Index(fields=["share", "id"], name="campaign_item_share")]

    def __str__(self):
        return f"{self.item_id} in {self.campaign_id}: {self.answer or '-'}"


class HealthDay(models.Model):
    """The health of the items of one organisation on one day: counts, so that any choice of organisations adds up."""

    day = models.DateField()
    organisation = models.ForeignKey("people.Organisation", models.CASCADE, null=True, related_name="+")
    items = models.PositiveIntegerField()
    complete = models.PositiveIntegerField()
    fresh = models.PositiveIntegerField()
    accurate = models.PositiveIntegerField()
    healthy = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "organisation"], nulls_distinct=False, name="health_day_once")
        ]

    def __str__(self):
        return f"{self.day} {self.organisation_id}: {self.healthy}/{self.items}"
