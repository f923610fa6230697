"""The icons that shelves and items may have: each is named here, so that it is copied with the styles."""

ICONS = (
    "device-laptop", "device-desktop", "device-mobile", "device-tablet", "headset", "headphones", "keyboard", "mouse", "printer",
    "camera", "phone", "apps", "download", "license", "browser", "mail", "calendar-event", "key", "lock", "shield-lock", "id-badge",
    "user-plus", "user-share", "user-minus", "users", "history", "folder", "files", "database", "server-2", "cloud", "wall", "network",
    "wifi", "world", "player-play", "clock", "package", "truck", "building", "door", "map-pin", "tool", "bolt", "help-circle",
    "message-circle", "book", "star", "shopping-cart", "coin-euro",
)  # fmt: skip
