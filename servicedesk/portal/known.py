"""What is known already: a problem that several people have, shown before one more ticket is written about it."""

import contextlib
import re

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from itsm.cmdb.models import Outage
from itsm.core import live
from itsm.core.folding import fold
from itsm.records import freshness
from itsm.records.models import ACTIVE, COMMON, Record

from ..incidents import services
from ..incidents.models import KIND, Incident
from ..majors import opened

SHOWN, READ, SHORTEST, SECONDS = 3, 200, 4, 5
COLUMNS = ("title", "service_id", "organisation_id", "opened_at", "major")


def known(person, *, service: str = "", title: str = "") -> list[Record]:
    """Open incidents of the person's group that are major or have several children, and that speak of the same.

    A title that one person wrote for themselves is never shown to another: only what the desk made common is.
    """
    words = _words(title)
    found = [i for i in _common(person) if str(i.service_id) == str(service or "") or words & _words(i.title)]
    return found[:SHOWN]


def one(person, pk: int) -> Record | None:
    """That incident, if it is now one that the person may be told of."""
    return next((incident for incident in _rows().filter(pk=pk) if _near(person, incident)), None)


def majors(person) -> list[dict]:
    """Open major incidents that concern the person's organisation: what users are told, and their own ticket under it."""
    still = {row["record"] for row in opened.everything()[1]}
    found = [incident for incident in _common(person) if incident.major and incident.pk in still][:SHOWN]
    if not found:
        return []
    ids = [incident.pk for incident in found]
    about = Q(record_id__in=ids) | Q(item_id__in={incident.service_id for incident in found} - {None})
    outages = list(Outage.objects.filter(about, ends_at=None, planned=False).order_by("pk"))
    own = Record.objects.filter(Q(parent_id__in=ids) | Q(pk__in=ids), requester=person, phase__in=["open", "waiting"])
    mine = {parent or pk: number for pk, parent, number in own.values_list("pk", "parent_id", "number")}
    said = {row["record"]: row for row in opened.told_to(person)}
    return [
        {
            "incident": each, "mine": mine.get(each.pk, ""), "told": said.get(each.pk),
            "outage": next((o for o in outages if each.pk == o.record_id or each.service_id == o.item_id), None),
        }
        for each in found
    ]  # fmt: skip


@transaction.atomic
def me_too(person, incident: Record) -> Record:
    """A ticket of the person's own under the known one: they are told when it is solved. A second press gives the same."""
    parent = Incident.objects.locked().get(pk=incident.pk)
    mine = Incident.objects.filter(parent_id=parent.pk, requester=person, phase__in=["open", "waiting"]).first()
    if parent.requester_id == person.pk or mine:
        return mine or parent
    child = services.open_incident(
        actor=person, requester=person, title=parent.title, service=parent.service, urgency=parent.urgency, channel="portal",
    )  # fmt: skip
    return services.link(child.pk, actor=None, to=parent, type="child_of", quiet=True)


def _common(person) -> list[Record]:
    """What the desk made common, and concerns the person; majors first."""
    return [incident for incident in _read() if _near(person, incident)]


def _read() -> list[Record]:
    """Read once for everybody: anew when something about a major incident changes, else after some seconds."""
    key = f"known-common:{get_language()}"  # a version is of one language
    version, found = live.look([freshness.MAJORS], "", keys=[key])
    kept = found.get(key)
    if kept and kept[0] == version:
        return kept[1]
    rows = list(_rows().order_by("-major", "-pk")[:READ])
    with contextlib.suppress(Exception):  # right even if it cannot be kept
        cache.set(key, (version, rows), SECONDS)
    return rows


def _rows() -> QuerySet[Record]:
    """In the words of the partial index."""
    return Record.objects.filter(ACTIVE & COMMON, kind=KIND, confidentiality=None, parent=None).only(*COLUMNS)


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", fold(str(text or ""))[:200]) if len(word) >= SHORTEST}


def _near(person, incident: Record) -> bool:
    """Of the same group of organisations; a customer's own affairs stay with that customer."""
    return opened.concerns(person.organisation_id, incident.organisation_id)
