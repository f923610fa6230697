"""The durations of the last runs as a small drawing, with a sentence that says the same."""

from statistics import median

from django.utils.translation import gettext as _

from itsm.core import durations

from . import words
from .models import Job, JobRun, State

MOST, WIDTH, HEIGHT = 40, 240, 44


def of(job: Job, at) -> dict | None:
    """Bars of the last forty runs that have a duration; None before there are three."""
    rows = JobRun.objects.filter(job=job, seconds__isnull=False, state__in=(State.OK, State.TOO_FAST, State.FAILED))
    found = list(rows.order_by("-at", "-id").values_list("seconds", "state")[:MOST])[::-1]
    if len(found) < 3:
        return None
    most = max([seconds for seconds, _state in found] + [job.expected_seconds or 0]) or 1
    step = WIDTH / MOST
    bars = [
        {"x": f"{n * step:.1f}", "y": f"{HEIGHT - max(2, seconds / most * HEIGHT):.1f}", "height": f"{max(2, seconds / most * HEIGHT):.1f}",
         "width": f"{step - 1.5:.1f}", "tone": words.LOOKS[state][0]}
        for n, (seconds, state) in enumerate(found)
    ]  # fmt: skip
    expected = f"{HEIGHT - job.expected_seconds / most * HEIGHT:.1f}" if job.expected_seconds else ""
    text = _("The last %(n)s runs took %(median)s (median), %(least)s to %(most)s.") % {
        "n": len(found), "median": durations.short(median(seconds for seconds, _s in found)),
        "least": durations.short(min(seconds for seconds, _s in found)), "most": durations.short(max(seconds for seconds, _s in found)),
    }  # fmt: skip
    return {"bars": bars, "expected": expected, "text": text}
