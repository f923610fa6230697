"""What is known already: a problem that several people have, shown before one more ticket is written about it."""

import re

from django.db import transaction
from django.db.models import Q

from itsm.cmdb.models import Outage
from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.records.models import Record

from ..incidents import services
from ..incidents.models import KIND, Incident

SHOWN, READ, SHORTEST, MANY = 3, 200, 4, 2


def known(person, *, service: str = "", title: str = "") -> list[Incident]:
    """Open incidents of the person's group that are major or have several children, and that speak of the same.

    A title that one person wrote for themselves is never shown to another: only what the desk made common is.
    """
    words = _words(title)
    found = [i for i in _common(person) if str(i.service_id) == str(service or "") or words & _words(i.title)]
    return found[:SHOWN]


def one(person, pk: int) -> Incident | None:
    """That incident, if it is one that the person may be told of."""
    return next(iter(_common(person, Q(pk=pk))), None)


def majors(person) -> list[dict]:
    """Open major incidents that concern the person's organisation: what users are told, and their own ticket under it."""
    found = _common(person, Q(major=True))[:SHOWN]
    if not found:
        return []
    ids = [incident.pk for incident in found]
    about = Q(record_id__in=ids) | Q(item_id__in={incident.service_id for incident in found} - {None})
    outages = list(Outage.objects.filter(about, ends_at=None, planned=False).order_by("pk"))
    own = Record.objects.filter(Q(parent_id__in=ids) | Q(pk__in=ids), requester=person, phase__in=["open", "waiting"])
    mine = {parent or pk: number for pk, parent, number in own.values_list("pk", "parent_id", "number")}
    return [
        {
            "incident": each, "mine": mine.get(each.pk, ""),
            "outage": next((o for o in outages if each.pk == o.record_id or each.service_id == o.item_id), None),
        }
        for each in found
    ]  # fmt: skip


@transaction.atomic
def me_too(person, incident: Incident) -> Record:
    """A ticket of the person's own under the known one: they are told when it is solved. A second press gives the same."""
    parent = Incident.objects.locked().get(pk=incident.pk)
    mine = Incident.objects.filter(parent_id=parent.pk, requester=person, phase__in=["open", "waiting"]).first()
    if parent.requester_id == person.pk or mine:
        return mine or parent
    child = services.open_incident(
        actor=person, requester=person, title=parent.title, service=parent.service, urgency=parent.urgency, channel="portal",
    )  # fmt: skip
    return services.link(child.pk, actor=None, to=parent, type="child_of", quiet=True)


def _common(person, only: Q | None = None) -> list[Incident]:
    """What the desk made common, and concerns the person; majors first."""
    rows = Incident.objects.filter(kind=KIND, phase__in=["open", "waiting"], confidentiality=None, parent=None)
    common = rows.filter(Q(major=True) | Q(child_count__gte=MANY), only or Q()).order_by("-major", "-pk")
    return [incident for incident in common[:READ] if _near(person, incident)]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", fold(str(text or ""))[:200]) if len(word) >= SHORTEST}


def _near(person, incident: Incident) -> bool:
    """Of the same group of organisations; a customer's own affairs stay with that customer."""
    book = directory.get().organisations
    mine, theirs = book.get(person.organisation_id), book.get(incident.organisation_id)
    if mine is None or theirs is None:
        return False
    if theirs.kind == "customer" or mine.kind == "customer":
        return theirs.pk in mine.lineage
    return bool(set(mine.lineage) & set(theirs.lineage))
