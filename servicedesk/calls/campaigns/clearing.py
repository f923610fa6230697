"""The all-clear of a major incident: one campaign to its list."""


def launch(major, *, actor, at, **message):
    """Made below with the campaigns."""
    return
