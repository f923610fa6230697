"""How alerts look: one table for the list, the page, the card, the wall, the record and the hand-over."""

SEVERITY = {
    "critical": ("red", "alert-octagon"),
    "major": ("orange", "alert-triangle"),
    "minor": ("amber", "alert-circle"),
    "warning": ("teal", "eye-exclamation"),
    "info": ("blue", "info-circle"),
}
STATE = {
    "open": ("amber", "bell-ringing"),
    "acknowledged": ("blue", "hand-stop"),
    "maintenance": ("violet", "tool"),
    "flapping": ("orange", "arrows-up-down"),
    "silenced": ("grey", "bell-off"),
    "closed": ("green", "check"),
}
