"""What the record page of an incident shows, gathered in few queries (budget: 12)."""

import zlib
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from itsm.core import durations, now, tones
from itsm.core.chips import priority_chip, state_chip
from itsm.levels.models import Clock
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import clockface, parts, priority, reference, standing, timeline, waits
from itsm.records.models import AffectedItem, Attachment, Hop, Impact, Record, Task, Urgency

from ..incidents import mergeviews, outageview
from ..incidents.models import KIND, Incident
from ..incidents.states import LIFECYCLE
from ..macros.services import names_for
from . import aside, policies, timing


def context(
    user, incident: Incident, *, show: str = "all", before: datetime | None = None, oldest_first: bool = False
) -> dict:
    """Everything the template places, computed."""
    at = now()
    has = _flags(user, incident)
    works = has["works"]
    moves = policies.moves_for(user, incident, agent=True, works=works)
    book = directory.get()
    hops = parts.hops(has["hops"])
    links, family = _related(user, incident, has["links"])
    files = list(Attachment.objects.filter(record_id=incident.pk).order_by("pk")) if has["files"] else []
    persons: dict[int, User] = {}
    people: dict[int, str] = {}

    def names(ids: set[int]) -> dict[int, str]:
        own = {incident.requester_id, incident.assignee_id, incident.opened_by_id, incident.resolved_by_id}
        own |= {*has["watchers"], *(row["person_id"] for row in has["times"]["rows"])}
        persons.update(_persons(ids | own))
        people.update({pk: person.display_name for pk, person in persons.items()})
        return people

    items = _items(incident) if has["items"] else []
    rows = Task.objects.filter(record_id=incident.pk).select_related("assignee").order_by("pk")
    tasks = list(rows[:50]) if has["tasks"] else []
    lines = timeline.timeline(incident, agent=True, show=show, before=before, files=files, names=names)
    older = lines[-1].at.isoformat() if len(lines) >= timeline.LIMIT else ""
    clocks = clockface.shown(Clock.objects.filter(record_id=incident.pk).order_by("pk"))
    lines = waits.told(lines, clockface.resolution(clocks))
    may = {move.name for move in moves}
    outages = outageview.told(has["outages"], at)
    team, owner = book.teams.get(incident.team_id), book.teams.get(incident.owner_team_id)
    return {
        "incident": incident,
        "at": at,
        "outages": outages,
        "works_again": "outage" in may and any(o["lasts"] and o["item"] == incident.service_id for o in outages),
        "coming": aside.around(incident, has, at),
        "base": f"/desk/incidents/{incident.number}/",
        "works": works,
        "moves": {move.name: move for move in moves},
        "more_moves": [
            m
            for m in moves
            if m.name in ("assign", "alert", "edit", "link", "merge", "split", "cancel", "close", "reopen", "outage")
        ],
        "state": state_chip(LIFECYCLE.look(incident.state), timeline.state_label(incident)),
        "priority": priority_chip(incident.priority),
        "matrix": matrix(incident),
        "clocks": [clockface.pill(clock, at) for clock in clocks],
        "team": team,
        "team_name": team.names if team else None,
        "owner_team": owner,
        "assignee": people.get(incident.assignee_id, ""),
        "opened_by": people.get(incident.opened_by_id, ""),
        "category": reference.category_path(incident.category_id),
        "impact": Impact(incident.impact).label,
        "urgency": Urgency(incident.urgency).label,
        "resolution_code": _name(reference.resolution_codes.get().get(incident.resolution_code_id)),
        "cause_code": _name(reference.cause_codes.get().get(incident.cause_code_id)),
        "hops": [_hop(hop, book, incident.closed_at or at, incident.closed_at is None) for hop in hops],
        "links": links,
        "family": family,
        "items": items,
        "cause_item": next((row["item"].name for row in items if row["is_cause"]), ""),
        "beside": _beside(incident, items),
        "lines": lines[::-1] if oldest_first else lines,
        "older": older,
        "oldest_first": oldest_first,
        "unmerge": mergeviews.mark(user, incident, lines, works=works),
        "show": show,
        "shows": _shows(has["said"]),
        "requester": _requester(persons.get(incident.requester_id), has["open"], at),
        "watching": has["watching"],
        "may_edit": "edit" in may,
        "may_assign": "assign" in may,
        "token": get_random_string(24),
        "macros": names_for(user) if works and "edit" in may else [],
        "time": timing.card(has["times"], people, user, incident),
        "followers": [persons[pk] for pk in has["watchers"] if pk in persons],
        "tasks": tasks,
        "next_task": next((task.pk for task in tasks if task.done_at is None), None),
        "tasks_done": sum(1 for task in tasks if task.done_at),
        "files": [file for file in files if file.comment_id is None][:20],
    }


def matrix(incident: Incident) -> dict:
    """Why the priority is what it is: the matrix with the cell that applies."""
    found = priority.explain(incident.organisation_id)
    owner = directory.get().organisations.get(found.organisation_id)
    grid = [
        {
            "impact": i,
            "cells": [
                {
                    "priority": found.cells.get((i, u), priority.DEFAULT[i, u]),
                    "here": (i, u) == (incident.impact, incident.urgency),
                }
                for u in Urgency.values
            ],
        }
        for i in Impact.values
    ]
    return {"rows": grid, "owner": owner.name if owner else "", "urgencies": Urgency.values}


def _shows(said: dict) -> list[dict]:
    """The tabs of the timeline with what each holds; counts stop at a thousand."""
    counts = {
        "all": said["public"] + said["internal"] + said["history"], "public": said["public"],
        "internal": said["internal"], "history": said["history"],
    }  # fmt: skip
    labels = {"all": _("All"), "public": _("Public"), "internal": _("Internal"), "history": _("History")}
    return [{"key": key, "label": labels[key], "count": parts.capped(counts[key])} for key in labels]


def _beside(incident: Incident, items: list[dict]) -> str:
    """Names the cards beside the ticket: they stay over an act that changes none of what they are about."""
    about = f"{incident.requester_id} {incident.title} {[row['item'].pk for row in items]}"
    return f"{incident.number}-{zlib.crc32(about.encode()):x}"


def _hop(hop: Hop, book, at, active: bool) -> dict:
    team = book.teams.get(hop.team_id)
    return {
        "team": team.code if team else "—", "level": hop.level, "since": hop.started_at, "time": durations.short(hop.lasted(at)),
        "here": hop.ended_at is None and active, "reason": hop.reason,
    }  # fmt: skip


def _related(user, incident: Incident, linked: list[dict]) -> tuple[list[dict], dict]:
    rows = [
        (link["type"], link["target"]) if link["source"] == incident.pk else (f"{link['type']}_by", link["source"])
        for link in linked
    ]
    wanted = {pk for _type, pk in rows} | {pk for pk in (incident.parent_id, incident.merged_into_id) if pk}
    known: dict[int, Record] = {}
    if wanted or incident.child_count:
        near = Record.objects.in_desk_of(user).only("number", "title", "phase", "parent")
        known = {r.pk: r for r in near.filter(Q(pk__in=wanted) | Q(parent_id=incident.pk)).order_by("-pk")[:90]}
    children = [record for record in known.values() if record.parent_id == incident.pk][:30]
    names = {
        "related": _("Related to"), "related_by": _("Related to"), "caused_by": _("Caused by"), "caused_by_by": _("Cause of"),
        "duplicates": _("Duplicate of"), "duplicates_by": _("Has the duplicate"), "follows": _("Follows"), "follows_by": _("Followed by"),
        "split_from": _("Split off from"), "split_from_by": _("Split off into"),
    }  # fmt: skip
    links = [{"label": names[kind], "record": known[pk]} for kind, pk in rows if pk in known]
    return links, {
        "parent": known.get(incident.parent_id),
        "merged_into": known.get(incident.merged_into_id),
        "children": children,
    }


def _items(incident: Incident) -> list[dict]:
    rows = AffectedItem.objects.filter(record_id=incident.pk).select_related("item").order_by("pk")[:30]
    return [
        {
            "item": row.item,
            "is_cause": row.is_cause,
            "state": row.item.get_state_display(),
            "tone": tones.CI_STATE[row.item.state][0],
        }
        for row in rows
    ]


def _flags(user, incident: Incident) -> dict:
    """In one query: the links, which rarer parts exist, does the reader follow, and what else the requester has open."""
    opened = (
        Record.objects.in_desk_of(user).active().filter(kind=KIND, requester_id=OuterRef("requester_id")).order_by()
    )
    columns = (
        parts.present(user.pk)
        | parts.said(incident.kind)
        | {"has_open": Subquery(opened.values("requester_id").annotate(n=Count("pk")).values("n"))}
    )
    row = Record.objects.filter(pk=incident.pk).annotate(**columns).values(*columns).get()
    works = standing.may_work(scope_of(user), {name: getattr(incident, name) for name in standing.COLUMNS})
    return {"works": works} | {name.removeprefix("has_"): value for name, value in row.items()}


PERSON = (
    "first_name", "last_name", "username", "email", "phone", "mobile", "vip", "job_title", "department", "site", "time_zone",
)  # fmt: skip


def _persons(ids) -> dict[int, User]:
    return User.objects.only(*PERSON).in_bulk([pk for pk in ids if pk])


def _requester(person: User | None, open_count: int | None, at: datetime) -> dict | None:
    if person is None:
        return None
    site = directory.get().sites.get(person.site_id)
    return {
        "person": person, "site": site.name if site else "", "open": open_count or 0,
        "phone": person.phone or person.mobile, "local_time": local_time(person.time_zone or (site.time_zone if site else ""), at),
    }  # fmt: skip


def local_time(zone: str, at: datetime) -> str:
    """What the clock says where the requester is, when it says something else here."""
    try:
        there = at.astimezone(ZoneInfo(zone)) if zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    same = there is None or there.utcoffset() == timezone.localtime(at).utcoffset()
    return "" if same else f"{there:%H:%M}"


def _name(row) -> str:
    return row.name if row else ""
