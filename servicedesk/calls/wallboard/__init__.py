"""The switchboard for a screen on the wall: large figures, no name of anybody."""
