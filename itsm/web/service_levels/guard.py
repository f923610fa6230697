"""Who may come here."""

from itsm.people.entering import only

# For anyone else the pages do not exist.
administrators_only = only("settings.manage")
