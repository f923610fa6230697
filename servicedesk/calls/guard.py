"""Who may enter the rooms of the switchboard."""

from itsm.people.entering import only

entered = only("calls.take", "calls.manage")
operators_only = only("calls.take")
managers_only = only("calls.manage")
