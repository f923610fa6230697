"""The major incidents that are open now, with what is to be read aloud: for the strip, the console and the switchboard.

Read once for everybody and kept under the live version of majors: who asks again pays one read of Redis.
"""

import contextlib
from typing import Any

from django.core.cache import cache
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.utils.translation import get_language

from itsm.core import live
from itsm.people.directory import directory
from itsm.people.models import Organisation
from itsm.people.scope import scope_of
from itsm.records import freshness
from itsm.records.models import Record

from ..calls.models import Call
from . import wording
from .models import MajorCaller, MajorIncident, MajorState

KIND = "incident"
KEY, SECONDS, MOST, MOST_ASKED = "majors-open", 120, 20, 500
LANGUAGES = ("fr", "en")
COLUMNS = (
    "pk", "number", "title", "opened_at", "child_count", "organisation_id", "team_id", "service_id", "confidentiality_id",
    "service__item__name", "major_incident__pk",
)  # fmt: skip


def proposed() -> frozenset[int]:
    """The records that wait for a decision, whoever asks: one read of Redis while nothing changed."""
    return everything()[2]


def open_for(who) -> list[dict[str, Any]]:
    """The open major incidents that concern a reader (a user at the desk) or a switchboard (an organisation), the newest first.

    Each: `record` (pk), `number`, `title`, `service`, `service_id`, `organisation_id`, `opened_at`, `expected_at`,
    `next_update_at`, `public` and `script` ({"fr", "en"}, variables filled; `is_told`: somebody wrote the public text), `child_count`, `callers`, `calls`, `url`.
    """
    return [each for each in everything()[1] if _told(who, each)][:MOST]


def everything() -> tuple[str, list[dict[str, Any]], frozenset[int]]:
    """The version, all of them, and the proposals, whoever asks: one read of Redis while nothing changed."""
    key = f"{KEY}:{get_language()}"  # a version is of one language
    version, found = live.look([freshness.MAJORS], "", keys=[key])
    kept = found.get(key)
    if kept and kept[0] == version:
        return kept
    waiting = MajorIncident.objects.filter(state=MajorState.PROPOSED).order_by("-pk")
    rows, asked = _read(), frozenset(waiting.values_list("record_id", flat=True)[:MOST_ASKED])
    with contextlib.suppress(Exception):  # right even if it cannot be kept
        cache.set(key, (version, rows, asked), SECONDS)
    return version, rows, asked


def concerns(organisation_id: int | None, theirs_id: int | None) -> bool:
    """Is an incident of one organisation told to those of another? Within a group; a customer's own affairs stay with that customer."""
    book = directory.get().organisations
    mine, theirs = book.get(organisation_id), book.get(theirs_id)
    if mine is None or theirs is None:
        return False
    if theirs.kind == "customer" or mine.kind == "customer":
        return theirs.pk in mine.lineage
    return bool(set(mine.lineage) & set(theirs.lineage))


def told_to(person) -> list[dict[str, Any]]:
    """The public texts that somebody wrote for the people of an organisation, in the reader's language."""
    language = "en" if (get_language() or "fr").startswith("en") else "fr"
    return [
        each | {"text": each["public"][language]}
        for each in everything()[1]
        if each["is_told"]
        and each["confidentiality_id"] is None
        and concerns(person.organisation_id, each["organisation_id"])
    ][:MOST]


def _told(who, each: dict) -> bool:
    if isinstance(who, Organisation):
        return each["confidentiality_id"] is None and concerns(who.pk, each["organisation_id"])
    scope = scope_of(who)
    if not scope.is_agent or not (each["confidentiality_id"] is None or each["confidentiality_id"] in scope.circles):
        return False
    return scope.everything or each["organisation_id"] in scope.organisations or each["team_id"] in scope.teams


def _read() -> list[dict[str, Any]]:
    """The newest of each organisation: those of one never push out those of another."""
    rows = Record.objects.filter(kind=KIND, major=True).active().exclude(major_incident__state=MajorState.OVER)
    place = Window(RowNumber(), partition_by=F("organisation"), order_by=F("pk").desc())
    records = list(rows.annotate(place=place).filter(place__lte=MOST).order_by("-pk").values(*COLUMNS))
    if not records:
        return []
    majors = {m.record_id: m for m in MajorIncident.objects.filter(record__in=[row["pk"] for row in records])}
    callers = dict(_counted(MajorCaller.objects.filter(major__in=majors.values()), "major__record_id"))
    calls = dict(_counted(_calls(list(majors)), "major_id"))
    return [
        facts(row, majors.get(row["pk"])) | {"callers": callers.get(row["pk"], 0), "calls": calls.get(row["pk"], 0)}
        for row in records
    ]


def _calls(records: list[int]):
    return Call.objects.filter(major_id__in=records)


def _counted(rows, by: str):
    return rows.order_by().values_list(by).annotate(n=Count("pk"))


def facts(row: dict, major: MajorIncident | None) -> dict[str, Any]:
    """One of them as others read it. `row`: the columns `COLUMNS` of its record."""
    told = {
        "record": row["pk"], "number": row["number"], "title": row["title"], "opened_at": row["opened_at"],
        "service": row["service__item__name"] or "", "service_id": row["service_id"], "organisation_id": row["organisation_id"],
        "team_id": row["team_id"], "confidentiality_id": row["confidentiality_id"], "child_count": row["child_count"],
        "expected_at": major.expected_at if major else None, "next_update_at": major.next_update_at if major else None,
        "major": major.pk if major else None, "is_told": bool(major and (major.public_fr or major.public_en)), "url": f"/desk/majors/{row['number']}/",
    }  # fmt: skip
    return told | {"public": texts(major, told, "public"), "script": texts(major, told, "script")}


def texts(major: MajorIncident | None, told: dict, what: str) -> dict[str, str]:
    """The public text or the script in both languages, with their variables."""
    usual = wording.usual(what, named=bool(told["service"]))
    own = {lang: getattr(major, f"{what}_{lang}", "") if major else "" for lang in LANGUAGES}
    return {lang: wording.filled(own[lang] or usual[lang], wording.values_of(told, lang)) for lang in LANGUAGES}


def told_of(record: Record, major: MajorIncident | None) -> dict[str, Any]:
    """The facts of one record, read now."""
    row = Record.objects.filter(pk=record.pk).values(*COLUMNS).get()
    return facts(row, major)
