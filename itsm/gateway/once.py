"""A secret that is shown one time: it waits in the session for the page that follows, which takes it out."""

KEY = "shown_once"


def keep(request, what: str, pk: int, secret: str) -> None:
    """For the next look of this browser at this thing."""
    request.session[KEY] = {"what": what, "pk": pk, "secret": secret}


def take(request, what: str, pk: int) -> str:
    """The secret that waits for this thing, or nothing. A second look finds none."""
    held = request.session.get(KEY) or {}
    if request.method != "GET" or (held.get("what"), held.get("pk")) != (what, pk):
        return ""
    del request.session[KEY]
    return held["secret"]
