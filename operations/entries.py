"""The lines of operations in the navigation."""

from django.utils.translation import gettext_lazy as _

from itsm.web.navigation import Entry, register

from .control.backups import counting as backups

register(
    Entry("backups", _("Backups"), "/operations/backups/", "archive", "operations", "operations.read", 40, counter=backups.in_trouble)
)  # fmt: skip
