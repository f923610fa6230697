"""A queue asked for again every ten seconds: 204 at the price of one read while nothing changed, and nothing sent that was drawn alike.

The page gives the browser a version; each poll sends it back as `v`. It has two parts: what stands for the state of things
(taken before anything is read, so that no change falls in between), and what stands for the drawing.
"""

import hashlib
import json

from django.http import HttpResponse

from itsm.records import freshness, presence

EVENT = "queue:version"


class Asked:
    """One request for a queue: what its reader was shown, and what would be shown now."""

    def __init__(self, request, number: str = ""):
        asked = sorted((name, values) for name, values in request.GET.lists() if name != "v")
        self._now = freshness.version(request.user, "queue", number, asked, also=[presence.TOPIC])
        self._seen, _dot, self._shown = request.GET.get("v", "").partition(".")

    @property
    def unchanged(self) -> bool:
        """Nothing of it can have changed: answer with `nothing()`."""
        return self._seen == self._now

    @property
    def version(self) -> str:
        """For a page that shows the queue whole."""
        return f"{self._now}."

    def answer(self, drawn: HttpResponse) -> HttpResponse:
        """The fragment, or nothing when it is the one that is on the page; with the version to ask with next."""
        drawing = hashlib.sha256(drawn.content).hexdigest()[:12]
        answer = nothing() if drawing == self._shown else drawn
        answer["HX-Trigger"] = json.dumps({EVENT: f"{self._now}.{drawing}"})
        return answer


def nothing() -> HttpResponse:
    """The page is as it should be."""
    return HttpResponse(status=204)
