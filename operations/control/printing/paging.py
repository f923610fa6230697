"""Pages: lines of CUPS's page log, by whom, where and for which cost centre. The door `/hooks/printing/<token>/` takes the file."""

import hashlib
import re
from datetime import datetime

from django.db import models
from django.db.models import Case, CharField, Count, F, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.core import reachable
from itsm.gateway.doors import ACCEPTED, IGNORED, MEGABYTE, Call, Door, Outcome, Rejected, register
from itsm.gateway.sources.models import Source
from itsm.people.models import User
from itsm.people.scope import scope_of

from .models import PageLine, PrintQueue

# %p %u %j %T %P %C %{job-billing} %{job-originating-host-name} %{job-name} %{media} %{sides}: the log as CUPS writes it unless told otherwise.
LINE = re.compile(
    r"(?P<queue>\S+) (?P<user>\S+) (?P<job>\d{1,9}) \[(?P<at>[^\]]{20,40})\] (?P<page>\S+) (?P<count>\d{1,7}) (?P<billing>\S+) (?P<host>\S+) (?P<title>.*) "
    r"(?P<media>\S+) (?P<sides>\S+)"
)  # fmt: skip
AXES = {
    "person": gettext_lazy("Person"),
    "queue": pgettext_lazy("operations", "Queue"),
    "cost_centre": gettext_lazy("Cost centre"),
}
MOST = 200


def read(line: str) -> dict | None:
    """One line; None for what is none. A line "total" counts all pages of a job, others one page with its copies."""
    found = LINE.fullmatch(line.replace("\x00", "").strip())
    if found is None:
        return None
    try:
        at = datetime.strptime(found["at"], "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return None
    if not reachable.is_reachable(at):
        return None
    billing = "" if found["billing"] == "-" else found["billing"]
    return {
        "queue_name": found["queue"][:128], "user_name": found["user"][:100], "job": int(found["job"]), "at": at, "pages": int(found["count"]),
        "cost_centre": billing[:60], "title": found["title"][:255],
    }  # fmt: skip


def take(source: Source, text: str) -> tuple[int, int]:
    """Keep the lines that are new. Returns (kept, not understood)."""
    lines = [line for line in text.splitlines() if line.strip()]
    rows, bad = {}, 0
    for line in lines:
        told = read(line)
        if told is None:
            bad += 1
            continue
        digest = hashlib.sha256(f"{source.organisation_id} {line.strip()}".encode()).hexdigest()
        rows[digest] = PageLine(organisation_id=source.organisation_id, digest=digest, **told)
    names = {row.user_name.lower() for row in rows.values()}
    people = {
        person.username.lower(): person
        for person in User.objects.filter(username__in={*names, *(row.user_name for row in rows.values())})
    }
    queues = {
        queue.name: queue.pk
        for queue in PrintQueue.objects.filter(item__organisation_id=source.organisation_id, is_gone=False)
    }
    for row in rows.values():
        person = people.get(row.user_name.lower())
        row.person, row.queue_id = person, queues.get(row.queue_name)
        row.cost_centre = row.cost_centre or (person.cost_centre if person else "")
    known = set(PageLine.objects.filter(digest__in=list(rows)).values_list("digest", flat=True))
    fresh = [row for digest, row in rows.items() if digest not in known]
    PageLine.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    return len(fresh), bad


def handle(source: Source, call: Call) -> Outcome:
    """A page log, or its newest lines; what is known already is left out."""
    kept, bad = take(source, call.body.decode("utf-8", "replace"))
    if not kept and bad:
        raise Rejected(_("These are no lines of a page log."), status=400)
    words = _("%(n)s lines were not understood.") % {"n": bad} if bad else ""
    return Outcome(ACCEPTED if kept else IGNORED, words, answer={"kept": kept, "not_understood": bad})


def lines_for(user, since, until):
    """Lines that one may read, of a time."""
    scope = scope_of(user)
    rows = (
        PageLine.objects.filter(at__gte=since, at__lt=until)
        if scope.may("operations.read")
        else PageLine.objects.none()
    )
    return rows if scope.everything else rows.filter(organisation_id__in=scope.organisations)


def totals(user, axis: str, since, until) -> list[dict]:
    """Pages and jobs by person, queue or cost centre, the most first."""
    rows = lines_for(user, since, until)
    if axis == "person":
        full = Case(When(person=None, then=Value("")), default=F("person__last_name"), output_field=CharField())
        rows = rows.values(label=Coalesce("person__username", "user_name", output_field=models.CharField())).annotate(
            surname=full, given=F("person__first_name")
        )
    else:
        rows = rows.values(label=F("queue_name" if axis == "queue" else "cost_centre"))
    return list(rows.annotate(total=Sum("pages"), jobs=Count("job", distinct=True)).order_by("-total", "label")[:MOST])


register(
    Door("printing", gettext_lazy("Page log of a print server (CUPS)"), handle, most_bytes=5 * MEGABYTE, takes_up=True)
)
