"""What became of an act on many documents: told on the page that one comes back to, so that a reload sends nothing again."""

import secrets

from .models import PrintJob, PrintQueue
from .services import Done

NAME = "print_done"


def keep(request, queue: PrintQueue, done: list[Done], *, more: bool) -> str:
    """Keep the result for this person, in the place of the one before; gives what the address names it by."""
    token = secrets.token_urlsafe(6)
    rows = [[each.job.pk, each.job.state, each.fault] for each in done]
    request.session[NAME] = {"token": token, "queue": queue.pk, "more": more, "rows": rows}
    return token


def kept(request, queue: PrintQueue) -> tuple[list[Done], bool] | None:
    """The result that the address names, each document as it was then, and whether some were left; None without one."""
    found = request.session.get(NAME)
    if not found or found["queue"] != queue.pk or request.GET.get("done") != found["token"]:
        return None
    jobs = PrintJob.objects.filter(queue=queue).in_bulk([pk for pk, _state, _fault in found["rows"]])
    done = []
    for pk, state, fault in found["rows"]:
        if pk in jobs:
            jobs[pk].state = state
            done.append(Done(jobs[pk], fault))
    return done, found["more"]
