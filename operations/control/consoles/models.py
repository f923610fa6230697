"""A console is a place at which somebody watches and gives orders: an item of the class "console" with rules of its own."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.core import now

from .queryset import ConsoleQuerySet


class Console(models.Model):
    """What it is called and where it stands is the item's; here is what is watched from it and by whom."""

    class Authority(models.TextChoices):
        """Which orders may be given from it, as z/OS groups them: each has those before it."""

        INFO = "info", pgettext_lazy("console", "Information only")
        SYSTEM = "sys", pgettext_lazy("console", "System commands (SYS)")
        IO = "io", pgettext_lazy("console", "Devices (IO)")
        CONSOLES = "cons", pgettext_lazy("console", "Consoles (CONS)")
        MASTER = "master", pgettext_lazy("console", "Master")

    item = models.OneToOneField("cmdb.ConfigurationItem", models.CASCADE, primary_key=True, related_name="console")
    post = models.CharField(
        _("post"), max_length=80, blank=True, default="", help_text=_("Where it stands, and its phone.")
    )
    team = models.ForeignKey(
        "people.Team", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    authority = models.CharField(_("authority"), max_length=8, choices=Authority, default=Authority.INFO)
    # What is watched, as the address of the list of alerts says it.
    view = models.CharField(max_length=1000, blank=True, default="")
    columns = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    rings = models.BooleanField(_("rings for a new critical alert"), default=True)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        editable=False,
    )
    operator_since = models.DateTimeField(null=True, editable=False)

    objects = ConsoleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(operator=None, operator_since=None)
                | Q(operator__isnull=False, operator_since__isnull=False),
                name="console_operator_since",
            ),
            models.CheckConstraint(
                condition=Q(authority__in=["info", "sys", "io", "cons", "master"]), name="console_authority_known"
            ),
            models.UniqueConstraint(
                fields=["operator"], condition=Q(operator__isnull=False), name="console_one_a_person"
            ),
        ]

    def __str__(self):
        return str(self.item)

    def get_absolute_url(self) -> str:
        return f"/operations/consoles/{self.pk}/"


class ConsoleEntry(models.Model):
    """A line of a console's log. Orders and messages stay as they were; a message that waits gets its reply once."""

    class Kind(models.TextChoices):
        """What it is."""

        ORDER = "order", pgettext_lazy("console", "Order")
        MESSAGE = "message", pgettext_lazy("console", "Message that waits for a reply")
        NOTE = "note", pgettext_lazy("console", "Remark")
        ARRIVAL = "arrival", pgettext_lazy("console", "Sat down")
        LEAVING = "leaving", pgettext_lazy("console", "Left")

    console = models.ForeignKey(Console, models.CASCADE, related_name="entries", db_index=False)
    at = models.DateTimeField(default=now)
    kind = models.CharField(max_length=8, choices=Kind)
    system = models.CharField(max_length=20, blank=True, default="")
    text = models.CharField(max_length=500, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False)
    reply_id = models.PositiveIntegerField(null=True)
    key = models.CharField(max_length=100, blank=True, default="", help_text=_("What a machine calls its message."))
    answer = models.CharField(max_length=500, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    withdrawn = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "console entries"
        constraints = [
            models.UniqueConstraint(
                fields=["console", "system", "reply_id"], condition=Q(kind="message", answered_at=None), name="console_reply_once_open"
            ),
            models.CheckConstraint(
                condition=Q(kind="message", reply_id__isnull=False) | (~Q(kind="message") & Q(reply_id=None)), name="console_message_has_reply_id"
            ),
            models.UniqueConstraint(fields=["console", "system", "key"], condition=~Q(key=""), name="console_key_once"),
            models.CheckConstraint(condition=Q(kind__in=["order", "message", "note", "arrival", "leaving"]), name="console_entry_kind_known"),
            models.CheckConstraint(condition=Q(kind__in=["arrival", "leaving"]) | ~Q(text=""), name="console_entry_says_something"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["console", "-id"], name="console_entry_newest"),
            models.Index(
                fields=["console", "id"], condition=Q(kind="message", answered_at=None), name="console_entry_waiting"
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.text}"
