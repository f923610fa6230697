"""Who keeps the catalogue."""

from itsm.people.entering import only

# For anyone else the pages do not exist.
keepers_only = only("catalogue.manage")
