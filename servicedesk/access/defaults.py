"""The agreement that accesses start with: as for requests, their deadlines begin at the last approval."""

from servicedesk.requests.defaults import ensure_agreement

from .models import KIND

CODE = "ACCESS"


def ensure_access_agreement() -> None:
    """Create it where it is missing; one that a site changed is left as it is."""
    ensure_agreement(CODE, KIND, "Accès", "Accesses")
