"""Telephone exchanges: how each is spoken to, how their messages are read, and what is kept of calls."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from itsm.core import now


class Exchange(models.Model):
    """A source of kind `cti` as a telephone exchange: how it is answered, and how it is told to call somebody.

    Secrets are sealed (`itsm.core.sealing`): they are written here and never shown again.
    """

    class Adapter(models.TextChoices):
        PUSH = "push", _("HTTP: it tells us, we answer")
        AMI = "ami", _("Asterisk Manager Interface (TCP)")

    class Reply(models.TextChoices):
        JSON = "json", _("JSON: {} or an action")
        XML = "xml", _("XML: Response, as sipgate.io")

    source = models.OneToOneField("gateway.Source", models.CASCADE, related_name="exchange")
    adapter = models.CharField(_("adapter"), max_length=8, choices=Adapter, default=Adapter.PUSH)
    reply = models.CharField(_("what it is answered"), max_length=8, choices=Reply, default=Reply.JSON)
    order_url = models.URLField(_("address that takes orders to call"), max_length=500, blank=True, default="")
    order_secret = models.TextField(blank=True, default="", editable=False)
    host = models.CharField(_("host"), max_length=200, blank=True, default="")
    port = models.PositiveIntegerField(_("port"), default=5038)
    username = models.CharField(_("user"), max_length=80, blank=True, default="")
    secret = models.TextField(blank=True, default="", editable=False)
    channel = models.CharField(
        _("channel of an extension"), max_length=80, blank=True, default="PJSIP/{extension}",
        help_text=_("{extension} stands for the operator’s extension."),
    )  # fmt: skip
    context = models.CharField(_("context of calls out"), max_length=80, blank=True, default="from-internal")
    dialplan = models.CharField(
        _("context that takes orders"), max_length=80, blank=True, default="",
        help_text=_("With it the dialplan queues, reads aloud and takes messages for us; its extensions are in the documentation."),
    )  # fmt: skip
    connected_at = models.DateTimeField(null=True, editable=False)
    heard_at = models.DateTimeField(null=True, editable=False)
    trouble = models.CharField(max_length=300, blank=True, default="", editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(adapter="ami") | ~Q(host=""), name="exchange_ami_has_a_host"),
            models.CheckConstraint(condition=Q(port__range=(1, 65535)), name="exchange_port_is_one"),
        ]

    def __str__(self):
        return f"{self.source_id} {self.adapter}"


class CallMapping(models.Model):
    """How the messages of a make of exchange are read (`servicedesk.calls.cti.reading` says how it is written)."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    active = models.BooleanField(_("active"), default=True)
    spec = models.JSONField(_("mapping"), default=dict)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="call_mapping_code_unique"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(code=""), name="call_mapping_has_name_and_code"),
        ]

    def __str__(self):
        return self.name


class CallPolicy(models.Model):
    """What an installation keeps of its calls, and how long it waits before it believes that a call is over. One row."""

    numbers_days = models.PositiveSmallIntegerField(_("numbers and names of callers are kept (days)"), default=365)
    story_days = models.PositiveSmallIntegerField(_("what exchanges said is kept (days)"), default=90)
    ring_seconds = models.PositiveSmallIntegerField(_("an operator is rung for (seconds)"), default=20)
    lost_ringing_minutes = models.PositiveSmallIntegerField(
        _("a call nobody answered is over after (minutes)"), default=60
    )
    lost_talking_minutes = models.PositiveSmallIntegerField(_("a conversation is over after (minutes)"), default=240)
    call_back_minutes = models.PositiveSmallIntegerField(
        _("a call-back is owed when the caller has not come back after (minutes)"), default=2
    )
    changed_at = models.DateTimeField(default=now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name_plural = "call policies"
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="call_policy_is_one"),
            models.CheckConstraint(condition=Q(numbers_days__gte=1, story_days__gte=1), name="call_policy_keeps_a_day"),
            models.CheckConstraint(
                condition=Q(ring_seconds__range=(5, 300), lost_ringing_minutes__gte=1, lost_talking_minutes__gte=5),
                name="call_policy_waits",
            ),
        ]

    def __str__(self):
        return str(self.pk)
