"""Who comes in."""

from itsm.people.entering import only

readers = only("operations.read")
keepers = only("operations.manage")
