"""Roles are data: a role is a list of permissions, a grant gives it to a person in an organisation and below."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Permission(models.TextChoices):
    """What a role may allow. Codes are stable: sites build their own roles from them."""

    PORTAL_USE = "portal.use", _("Open and follow own tickets")
    RECORDS_READ = "records.read", _("Read the records of the organisation")
    RECORDS_WORK = "records.work", _("Work the records of own teams")
    RECORDS_MANAGE = "records.manage", _("Work every record of the organisation")
    PRIORITY_OVERRIDE = "records.override_priority", _("Override a computed priority")
    ORGANISATION_READ = "records.read_own_organisation", _("Follow the tickets of the own organisation")
    CMDB_READ = "cmdb.read", _("Read configuration items")
    CMDB_EDIT = "cmdb.edit", _("Change configuration items")
    PEOPLE_READ = "people.read", _("Look people up")
    KPIS_READ = "kpis.read", _("Read indicators")
    IMPORTS_RUN = "imports.run", _("Import data")
    MAILBOX_READ = "notify.mailbox", _("See every message sent")
    SETTINGS_MANAGE = "settings.manage", _("Administer")
    API_USE = "api.use", _("Use the REST interface")
    CALLS_TAKE = "calls.take", _("Answer calls")
    CALLS_MANAGE = "calls.manage", _("Manage the switchboard and campaigns")
    CHANGES_MANAGE = "changes.manage", _("Manage changes")
    CATALOGUE_MANAGE = "catalogue.manage", _("Keep the catalogue of requests")
    OPERATIONS_READ = "operations.read", _("See the consoles of operations")
    OPERATIONS_WORK = "operations.work", _("Work at the consoles of operations")
    OPERATIONS_MANAGE = "operations.manage", _("Keep jobs, queues, backup plans, shifts and windows")


class Role(models.Model):
    """A named set of permissions."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    permissions = ArrayField(models.CharField(max_length=40, choices=Permission), default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="role_code_unique")]

    def __str__(self):
        return self.code


class RoleGrant(models.Model):
    """A person holds a role in an organisation and those below; without an organisation, everywhere."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="grants")
    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    organisation = models.ForeignKey(
        "people.Organisation", models.CASCADE, null=True, blank=True, related_name="grants"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "organisation"], name="grant_unique"),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(organisation=None), name="grant_everywhere_unique"
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.role}"


class Circle(models.Model):
    """The named group that alone may read records of one confidentiality (HR, security)."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="circles")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code"], name="circle_code_unique")]

    def __str__(self):
        return self.code
