"""Meaning of colours: one table for templates, charts and tests alike (the interface guide, "Tokens")."""

PRIORITY = {
    1: ("p1", "flame"),
    2: ("p2", "arrow-up"),
    3: ("p3", "equal"),
    4: ("p4", "arrow-down"),
    5: ("p5", "calendar"),
}
PHASE = {
    "open": ("blue", "progress"),
    "waiting": ("violet", "player-pause"),
    "resolved": ("green", "check"),
    "closed": ("grey", "lock"),
}
CLOCK = {
    "running": ("green", "clock"),
    "warning": ("amber", "clock"),
    "breached": ("red", "alert-triangle"),
    "paused": ("violet", "player-pause"),
    "met": ("green", "check"),
    "missed": ("red", "x"),
    "none": ("grey", "calendar"),
    "waiting": ("grey", "hourglass"),
}
CI_STATE = {
    "up": ("green", "check"),
    "degraded": ("amber", "alert-triangle"),
    "down": ("red", "x"),
    "maintenance": ("violet", "tool"),
    "unknown": ("grey", "help-circle"),
}
CI_STATUS = {
    "planned": ("blue", "circle-dashed"),
    "in_stock": ("teal", "package"),
    "live": ("green", "check"),
    "retired": ("grey", "archive"),
}
KPI = {
    "good": ("green", "circle-check"),
    "near": ("amber", "alert-triangle"),
    "bad": ("red", "circle-x"),
    "none": ("grey", "minus"),
}
