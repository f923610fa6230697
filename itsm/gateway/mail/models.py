"""Where mail is collected (Mailbox), and each mail that came in with what became of it (InboundMail)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.core import now
from itsm.people.scope import scope_of


def raw_path(mail, _name: str) -> str:
    """Where the bytes go: by what they are, so that a collector that died writes the same file again."""
    return f"mails/{mail.mailbox_id}/{mail.key[:2]}/{mail.key}"


class MailboxQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Administrators, for the organisations that their role reaches."""
        scope = scope_of(user)
        if not scope.may("settings.manage"):
            return self.none()
        return self if scope.everything else self.filter(organisation__in=scope.organisations)

    def readable_by(self, user):
        """Administrators, and who manages the desk of the organisation: why did a mail not become a ticket?"""
        scope = scope_of(user)
        administers, manages = scope.may("settings.manage"), scope.may("records.manage")
        if scope.everything and (administers or manages):
            return self
        reach = {*(scope.organisations if administers else ()), *(scope.managed if manages else ())}
        return self.filter(organisation__in=sorted(reach)) if reach else self.none()


class Mailbox(models.Model):
    """A folder on an IMAP server that is emptied into records, and the rules for what comes in. Its password is kept sealed."""

    class Security(models.TextChoices):
        TLS = "tls", gettext_lazy("TLS from the start (993)")
        STARTTLS = "starttls", gettext_lazy("STARTTLS (143)")
        NONE = "none", gettext_lazy("None: only on a network that nobody listens to")

    class Ended(models.TextChoices):
        """What a reply to a record that has ended does."""

        REOPEN = "reopen", gettext_lazy("Reopens it")
        DAYS = "days", gettext_lazy("Reopens it for some days, then opens a new linked ticket")
        NEW = "new", gettext_lazy("Opens a new linked ticket")

    class Unknown(models.TextChoices):
        CONTACT = "contact", gettext_lazy("Become contacts and get a ticket")
        QUARANTINE = "quarantine", gettext_lazy("Are kept in quarantine")

    class Machines(models.TextChoices):
        IGNORE = "ignore", gettext_lazy("Are logged and left alone")
        OPEN = "open", gettext_lazy("Open tickets that are not answered by mail")

    name = models.CharField(max_length=120)
    address = models.EmailField(max_length=254)
    host = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=10, choices=Security, default=Security.TLS)
    login = models.CharField(max_length=254)
    sealed = models.TextField(editable=False, blank=True, default="")
    folder = models.CharField(max_length=200, default="INBOX")
    processed_folder = models.CharField(max_length=200, blank=True, default="")
    quarantine_folder = models.CharField(max_length=200, blank=True, default="")

    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, default="incident")
    team = models.ForeignKey("people.Team", models.PROTECT, null=True, blank=True, related_name="+")
    category = models.ForeignKey("records.Category", models.PROTECT, null=True, blank=True, related_name="+")
    language = models.CharField(
        max_length=5, default="fr", choices=[("fr", gettext_lazy("French")), ("en", gettext_lazy("English"))]
    )
    ended = models.CharField(max_length=10, choices=Ended, default=Ended.DAYS)
    ended_days = models.PositiveSmallIntegerField(default=7)
    keep_assignee = models.BooleanField(default=True)
    unknown = models.CharField(max_length=10, choices=Unknown, default=Unknown.CONTACT)
    machines = models.CharField(max_length=10, choices=Machines, default=Machines.IGNORE)
    copies_follow = models.BooleanField(default=True)
    # So many mails an hour: of one sender what is more is stopped; of one domain, and of all together, tickets wait their turn.
    most_an_hour = models.PositiveIntegerField(default=30)
    most_of_domain = models.PositiveIntegerField(default=300)
    most_of_box = models.PositiveIntegerField(default=600)
    most_bytes = models.PositiveIntegerField(default=25 * 1024 * 1024)
    authserv = models.CharField(max_length=253, blank=True, default="")

    active = models.BooleanField(default=True)
    collected_at = models.DateTimeField(null=True, editable=False)
    error = models.TextField(blank=True, default="", editable=False)
    error_since = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0, editable=False)
    uid_validity = models.BigIntegerField(null=True, editable=False)
    last_uid = models.BigIntegerField(default=0, editable=False)
    # The mail in hand: one that kills its collector three times is quarantined unread.
    busy_uid = models.BigIntegerField(null=True, editable=False)
    busy_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MailboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "mailboxes"
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(host="") & ~Q(folder=""), name="mailbox_has_name_host_folder"
            ),
            models.CheckConstraint(condition=Q(port__range=(1, 65535)), name="mailbox_port_is_one"),
            models.CheckConstraint(condition=Q(most_an_hour__range=(1, 10_000)), name="mailbox_flood_in_reason"),
            models.CheckConstraint(
                condition=Q(most_of_domain__range=(1, 100_000), most_of_box__range=(1, 100_000)),
                name="mailbox_crowd_in_reason",
            ),
            models.CheckConstraint(condition=Q(error_since=None) | ~Q(error=""), name="mailbox_error_has_words"),
            models.UniqueConstraint(fields=["host", "port", "login", "folder"], name="mailbox_collected_once"),
        ]

    def __str__(self):
        return self.name


class InboundMail(models.Model):
    """One mail and what became of it, written in the transaction that acted: a mail is either in here and done, or neither."""

    class Outcome(models.TextChoices):
        OPENED = "opened", gettext_lazy("Ticket opened")
        COMMENTED = "commented", gettext_lazy("Added to a ticket")
        AUTO_REPLY = "auto_reply", gettext_lazy("Automatic reply, left alone")
        MACHINE = "machine", gettext_lazy("From a machine, left alone")
        BOUNCE = "bounce", gettext_lazy("A mail of ours came back")
        LOOP = "loop", gettext_lazy("Our own mail, left alone")
        FLOOD = "flood", gettext_lazy("Too many from one sender")
        DEFERRED = "deferred", gettext_lazy("Waits: too many at once")
        DUPLICATE = "duplicate", gettext_lazy("Here already")
        QUARANTINED = "quarantined", pgettext_lazy("mail", "In quarantine")
        DISCARDED = "discarded", pgettext_lazy("mail", "Discarded")

    mailbox = models.ForeignKey(Mailbox, models.CASCADE, related_name="mails", db_index=False)
    received_at = models.DateTimeField(default=now)
    uid_validity = models.BigIntegerField(null=True)
    uid = models.BigIntegerField(null=True)
    key = models.CharField(max_length=64)
    message_id = models.CharField(max_length=200, blank=True)
    sender = models.CharField(max_length=254, blank=True)
    sender_name = models.CharField(max_length=150, blank=True)
    subject = models.CharField(max_length=500, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    outcome = models.CharField(max_length=12, choices=Outcome)
    reason = models.CharField(max_length=500, blank=True)
    values = models.JSONField(default=dict)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    record = models.ForeignKey("records.Record", models.SET_NULL, null=True, related_name="inbound_mails")
    comment = models.ForeignKey("records.Comment", models.SET_NULL, null=True, related_name="+", db_index=False)
    # When it opened a ticket, which may be long after it came.
    opened_at = models.DateTimeField(null=True, editable=False)
    raw = models.FileField(upload_to=raw_path, max_length=200, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)

    class Meta:
        verbose_name_plural = "inbound mails"
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "key"], condition=~Q(outcome="duplicate"), name="inbound_mail_once"
            ),
            models.UniqueConstraint(
                fields=["mailbox", "uid_validity", "uid"], condition=Q(uid__isnull=False), name="inbound_mail_uid_once"
            ),
            models.CheckConstraint(condition=~Q(outcome="quarantined") | ~Q(reason=""), name="inbound_mail_says_why"),
        ]
        indexes = [
            models.Index(fields=["mailbox", "-id"], name="inbound_mail_log"),
            models.Index(fields=["outcome", "-id"], name="inbound_mail_outcome"),
            models.Index(fields=["key"], name="inbound_mail_key"),
            models.Index(fields=["message_id"], condition=~Q(message_id=""), name="inbound_mail_message_id"),
            models.Index(fields=["sender", "received_at"], name="inbound_mail_sender"),
            models.Index(fields=["received_at"], name="inbound_mail_age"),
            models.Index(
                fields=["mailbox", "opened_at"], condition=Q(opened_at__isnull=False), name="inbound_mail_opened"
            ),
            models.Index(fields=["mailbox", "id"], condition=Q(outcome="deferred"), name="inbound_mail_deferred"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.sender}: {self.subject}"

    @property
    def why(self) -> str:
        """The reason in the reader's language; what a server or a library said as it said it."""
        return _(self.reason) % self.values if self.reason and self.values else _(self.reason) if self.reason else ""
