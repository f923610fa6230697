"""Numbers that people dial, and the menus that sort their calls: a tree of steps, kept as rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from .. import numbers
from ..queryset import MenuQuerySet, NumberQuerySet

LANGUAGES = [("fr", "Français"), ("en", "English")]


class CallMenu(models.Model):
    """A tree of steps that calls are led through. `version` grows with every change of any of its steps."""

    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="call_menus")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = MenuQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="call_menu_code_unique")]

    def __str__(self):
        return self.code


class MenuStep(models.Model):
    """One step. `branch` says by which answer of its parent a call comes here: a key, "yes", "closed"; empty for the first step.

    Coming here may settle the language, the service and the category of the call, whatever the step then does.
    """

    class Kind(models.TextChoices):
        LANGUAGE = "language", pgettext_lazy("menu", "Language")
        ASK = "ask", pgettext_lazy("menu", "Question with keys")
        HOURS = "hours", pgettext_lazy("menu", "Open or closed")
        MAJOR = "major", pgettext_lazy("menu", "Major incident")
        VIP = "vip", pgettext_lazy("menu", "VIP caller")
        KNOWN = "known", pgettext_lazy("menu", "Known number")
        SITE = "site", pgettext_lazy("menu", "Site of the caller")
        FULL = "full", pgettext_lazy("menu", "Queue full")
        ANNOUNCE = "announce", pgettext_lazy("menu", "Announcement")
        QUEUE = "queue", pgettext_lazy("menu", "Into a queue")
        CALL_BACK = "call_back", pgettext_lazy("menu", "Call-back")
        VOICEMAIL = "voicemail", pgettext_lazy("menu", "Voicemail")
        DIAL = "dial", pgettext_lazy("menu", "Another number")
        HANG_UP = "hang_up", pgettext_lazy("menu", "Farewell")
        GOTO = "goto", pgettext_lazy("menu", "Back to a step")

    menu = models.ForeignKey(CallMenu, models.CASCADE, related_name="steps")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children", db_index=False)
    branch = models.CharField(max_length=24, blank=True, default="")
    kind = models.CharField(_("what it does"), max_length=10, choices=Kind)
    label = models.CharField(_("name of the choice"), max_length=80, blank=True, default="")
    say = models.TextField(_("what is said"), blank=True, default="")
    language = models.CharField(_("language from here on"), max_length=5, choices=LANGUAGES, blank=True, default="")
    service = models.ForeignKey("cmdb.Service", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    category = models.ForeignKey(
        "records.Category", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    queue = models.ForeignKey("servicedesk.CallQueue", models.PROTECT, null=True, blank=True, related_name="+")
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    goto = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    number = models.CharField(_("number"), max_length=40, blank=True, default="")
    tries = models.PositiveSmallIntegerField(_("asked at most (times)"), default=2)
    register_key = models.CharField(_("key to be told of its end"), max_length=1, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["parent", "branch"], name="menu_step_one_a_branch"),
            models.UniqueConstraint(fields=["menu"], condition=Q(parent=None), name="menu_one_first_step"),
            models.CheckConstraint(
                condition=Q(parent=None, branch="") | (Q(parent__isnull=False) & ~Q(branch="")),
                name="menu_step_comes_by_a_branch",
            ),
            models.CheckConstraint(condition=Q(tries__range=(1, 5)), name="menu_step_tries"),
        ]

    def __str__(self):
        return f"{self.menu_id} {self.branch} {self.kind}"


class CallNumber(models.Model):
    """A number that people dial (DDI), E.164: when it is open, and where its calls go."""

    class Closed(models.TextChoices):
        REJECT = "reject", pgettext_lazy("closed number", "Hears the text, then the end")
        VOICEMAIL = "voicemail", pgettext_lazy("closed number", "Leaves a message")
        CALL_BACK = "call_back", pgettext_lazy("closed number", "Is called back")
        QUEUE = "queue", pgettext_lazy("closed number", "Goes to a queue")
        MENU = "menu", pgettext_lazy("closed number", "Is led through the menu all the same")

    number = models.CharField(_("number"), max_length=20)
    name = models.CharField(_("name"), max_length=120)
    organisation = models.ForeignKey("people.Organisation", models.PROTECT, related_name="call_numbers")
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    service = models.ForeignKey("cmdb.Service", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    language = models.CharField(_("language"), max_length=5, choices=LANGUAGES, default="fr")
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    menu = models.ForeignKey(CallMenu, models.PROTECT, null=True, blank=True, related_name="numbers")
    queue = models.ForeignKey("servicedesk.CallQueue", models.PROTECT, null=True, blank=True, related_name="+")
    welcome = models.TextField(_("welcome"), blank=True, default="")
    when_closed = models.CharField(_("when closed, the caller"), max_length=10, choices=Closed, default=Closed.REJECT)
    closed_text = models.TextField(_("said when closed"), blank=True, default="")
    closed_queue = models.ForeignKey("servicedesk.CallQueue", models.PROTECT, null=True, blank=True, related_name="+")
    is_active = models.BooleanField(_("in service"), default=True)

    objects = NumberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="call_number_dialled_unique"),
            models.CheckConstraint(condition=Q(number__regex=r"^\+[1-9][0-9]{4,17}$"), name="call_number_is_e164"),
            models.CheckConstraint(
                condition=~Q(when_closed="queue") | Q(closed_queue__isnull=False), name="call_number_closed_somewhere"
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def spoken(self):
        """Grouped for reading."""
        return numbers.spoken(self.number)
