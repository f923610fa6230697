"""Who may enter the rooms of operations control."""

from itsm.people.entering import only

readers_only = only("operations.read")
workers_only = only("operations.work")
managers_only = only("operations.manage")
