"""A person, with or without an account."""

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from itsm.core.folding import fold


class User(AbstractUser):
    """A contact without account is a user without usable password."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    organisation = models.ForeignKey(
        "people.Organisation", models.PROTECT, null=True, blank=True, related_name="people"
    )
    site = models.ForeignKey("people.Site", models.PROTECT, null=True, blank=True, related_name="people")
    manager = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="reports")
    calendar = models.ForeignKey(
        "calendars.Calendar", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("working hours"),
        help_text=_("Empty: the hours of the team"),
    )  # fmt: skip
    job_title = models.CharField(max_length=120, blank=True)
    department = models.CharField(max_length=120, blank=True)
    cost_centre = models.CharField(max_length=40, blank=True)
    phone = models.CharField(_("phone (E.164)"), max_length=20, blank=True)
    mobile = models.CharField(_("mobile (E.164)"), max_length=20, blank=True)
    vip = models.BooleanField(default=False)
    language = models.CharField(max_length=5, blank=True, choices=[("fr", _("French")), ("en", _("English"))])
    time_zone = models.CharField(max_length=50, blank=True)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    shortcuts = models.JSONField(default=dict, blank=True, editable=False)
    external_id = models.CharField(max_length=120, blank=True)
    sort_key = models.CharField(max_length=310, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_unique_any_case"),
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{5,14}$"), name="user_phone_is_e164"
            ),
            models.CheckConstraint(
                condition=Q(mobile="") | Q(mobile__regex=r"^\+[1-9][0-9]{5,14}$"), name="user_mobile_is_e164"
            ),
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="user_sort"),
            models.Index(Lower("email"), name="user_email_any_case"),
            models.Index(fields=["phone"], condition=~Q(phone=""), name="user_phone"),
            models.Index(fields=["mobile"], condition=~Q(mobile=""), name="user_mobile"),
            GinIndex(OpClass("sort_key", name="gin_trgm_ops"), name="user_name_trigram"),
        ]

    def __str__(self):
        return self.display_name

    @property
    def display_name(self) -> str:
        """First and last name, else the login."""
        return f"{self.first_name} {self.last_name}".strip() or self.username

    @property
    def initials(self) -> str:
        """Two letters for the avatar."""
        letters = (self.first_name[:1] + self.last_name[:1]) or self.username[:2]
        return letters.upper()

    def save(self, *args, **kwargs):
        self.sort_key = fold(f"{self.last_name} {self.first_name} {self.username}")[:310]
        fields = kwargs.get("update_fields")
        if fields and {"first_name", "last_name", "username"} & set(fields):
            kwargs["update_fields"] = {*fields, "sort_key"}
        super().save(*args, **kwargs)
