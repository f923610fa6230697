"""What to know before sending: what is known already, one's own tickets about the same, the delay to expect."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from itsm.calendars.spec import spec_of
from itsm.cmdb import status
from itsm.cmdb.models import Service
from itsm.core import durations
from itsm.core.folding import fold
from itsm.core.numbers import whole
from itsm.levels.agreements import Promise, promise_for
from itsm.records import priority
from itsm.records.models import Record

from . import known
from .rows import COLUMNS, ticket_rows

PAGE = "servicedesk/portal/"


@login_required
@require_GET
def before(request):
    """What to know before sending: the delay to expect, and tickets about the same thing. Read while one types."""
    given = request.GET
    return render(
        request,
        PAGE + "_before.html",
        about(request.user, given.get("urgency"), given.get("service"), given.get("title")),
    )


def about(person, urgency, service, title) -> dict:
    """Of what one person is writing: `expect`, `near` (their own), `known` (common), `trouble` (of the service chosen)."""
    return {
        "expect": _expectation(person, urgency),
        "near": _near(person, service, title),
        "known": known.known(person, service=service, title=title),
        "trouble": _trouble(person, service),
    }


@login_required
@require_POST
def me_too(request, pk):
    """It is the same thing: a ticket of one's own under the known one. What is not common, is not known here."""
    incident = known.one(request.user, pk)
    if incident is None:
        raise Http404
    made = known.me_too(request.user, incident)
    messages.success(
        request, _("This is known. You will be told when it is solved: %(number)s.") % {"number": made.number}
    )
    return redirect("portal:ticket", number=made.number)


def _trouble(person, service) -> status.Standing | None:
    """The service that was chosen, when it is known not to work well."""
    chosen = _id(service)
    found = status.standings(Service.objects.for_portal(person).filter(pk=chosen)) if chosen else []
    return found[0] if found and found[0].state in ("down", "degraded", "maintenance") else None


def _id(text) -> int | None:
    return whole(str(text or ""))


def _near(person, service, title) -> list[dict]:
    """Up to three open tickets that the person may see, of the same service or with the same words."""
    rows = Record.objects.own_of(person).filter(phase__in=["open", "waiting"], merged_into=None)
    alike, chosen = Q(), _id(service)
    if chosen:
        alike |= Q(service_id=chosen)
    words = [word for word in fold(str(title or "").replace("\0", " "))[:120].split() if len(word) >= 5][:4]
    for word in words:
        alike |= Q(title__icontains=word)
    return ticket_rows(list(rows.filter(alike).order_by("-id").values(*COLUMNS)[:3])) if alike else []


def _expectation(person, urgency) -> dict | None:
    """The delay to expect, from the matrix and the targets: said before sending."""
    if person.organisation_id is None:
        return None
    urgency = int(urgency) if str(urgency) in ("1", "2", "3", "4") else 3
    level = priority.compute(person.organisation_id, 4, urgency)
    own, resolve = (promise_for(person.organisation_id, level, metric) for metric in ("own", "resolve"))
    return {"priority": level, "own": _in_words(own), "resolve": _in_words(resolve)}


def _in_words(promise: Promise) -> str:
    """A target as its calendar counts it: plain time where it is always open, else opening hours, 8 of them a day."""
    if promise.seconds is None:
        return ""
    if spec_of(promise.calendar_id).always_open:
        return durations.short(promise.seconds)
    if promise.seconds >= 16 * 3600:
        return _("%(n)s working days") % {"n": round(promise.seconds / (8 * 3600))}
    return _("%(time)s of opening hours") % {"time": durations.short(promise.seconds)}
