"""Shifts: who is on, the log, the hand-over and its acknowledgement; the checks of the morning."""
