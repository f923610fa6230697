"""What the record page shows, whatever the process, gathered in few queries (budget: 12)."""

import zlib
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.core import durations, now, tones
from itsm.core.chips import priority_chip, state_chip
from itsm.levels.models import Clock
from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import clockface, parts, priority, reference, standing, timeline, waits
from itsm.records.models import AffectedItem, Attachment, Hop, Impact, Record, Task, Urgency

from ..calls.numbers import spoken
from ..macros.services import names_for
from . import aside, outageview, policies, timing
from .desks import desk_of, kinds


def context(
    user, ticket: Record, *, show: str = "all", before: datetime | None = None, oldest_first: bool = False
) -> dict:
    """Everything the template places, computed."""
    at, desk = now(), desk_of(ticket)
    has = _flags(user, ticket)
    works = has["works"]
    moves = policies.moves_for(user, ticket, agent=True, works=works)
    book = directory.get()
    hops = parts.hops(has["hops"])
    links, family = _related(user, ticket, has["links"])
    files = list(Attachment.objects.filter(record_id=ticket.pk).order_by("pk")) if has["files"] else []
    persons: dict[int, User] = {}
    people: dict[int, str] = {}

    def names(ids: set[int]) -> dict[int, str]:
        own = {ticket.requester_id, ticket.assignee_id, ticket.opened_by_id, *(getattr(ticket, n) for n in desk.people)}
        own |= {*has["watchers"], *(row["person_id"] for row in has["times"]["rows"])}
        persons.update(_persons(ids | own))
        people.update({pk: person.display_name for pk, person in persons.items()})
        return people

    items = _items(ticket) if has["items"] else []
    rows = Task.objects.filter(record_id=ticket.pk, plan=None).select_related("assignee").order_by("pk")
    tasks = list(rows[:50]) if has["tasks"] else []
    lines = timeline.timeline(ticket, agent=True, show=show, before=before, files=files, names=names)
    older = lines[-1].at.isoformat() if len(lines) >= timeline.LIMIT else ""
    clocks = clockface.shown(Clock.objects.filter(record_id=ticket.pk).order_by("pk"))
    lines = waits.told(lines, clockface.resolution(clocks))
    may = {move.name for move in moves}
    outages = outageview.told(has["outages"], at)
    team, owner = book.teams.get(ticket.team_id), book.teams.get(ticket.owner_team_id)
    return {
        "ticket": ticket,
        "desk": desk,
        "at": at,
        "outages": outages,
        "works_again": "outage" in may and any(o["lasts"] and o["item"] == ticket.service_id for o in outages),
        "coming": aside.around(ticket, has, at),
        "base": desk.url(ticket.number),
        "works": works,
        "moves": {move.name: move for move in moves},
        "more_moves": [m for m in moves if m.name in desk.more],
        "state": state_chip(desk.lifecycle.look(ticket.state), timeline.state_label(ticket)),
        "priority": priority_chip(ticket.priority),
        "matrix": matrix(ticket),
        "clocks": [clockface.pill(clock, at) for clock in clocks],
        "team": team,
        "team_name": team.names if team else None,
        "owner_team": owner,
        "assignee": people.get(ticket.assignee_id, ""),
        "opened_by": people.get(ticket.opened_by_id, ""),
        "service": has["service"] or "",
        "category": reference.category_path(ticket.category_id),
        "impact": Impact(ticket.impact).label,
        "urgency": Urgency(ticket.urgency).label,
        "resolution_code": _name(reference.resolution_codes.get().get(ticket.resolution_code_id)),
        "bounces": ticket.reassignment_count >= settings.BOUNCE_GUARD_HOPS,
        "hops": [_hop(hop, book, ticket.closed_at or at, ticket.closed_at is None) for hop in hops],
        "links": links,
        "family": family,
        "items": items,
        "beside": _beside(ticket, items),
        "lines": lines[::-1] if oldest_first else lines,
        "older": older,
        "oldest_first": oldest_first,
        "show": show,
        "shows": _shows(has["said"]),
        "requester": _requester(persons.get(ticket.requester_id), has["open"], at),
        "watching": has["watching"],
        "may_edit": "edit" in may,
        "may_assign": "assign" in may,
        "token": get_random_string(24),
        "macros": names_for(user, ticket.kind) if works and "edit" in may else [],
        "time": timing.card(has["times"], people, user, ticket),
        "followers": [persons[pk] for pk in has["watchers"] if pk in persons],
        "tasks": tasks,
        "next_task": next((task.pk for task in tasks if task.done_at is None), None),
        "tasks_done": sum(1 for task in tasks if task.done_at),
        "files": [file for file in files if file.comment_id is None][:20],
    } | desk.own(user, ticket, works=works, lines=lines, items=items, tasks=tasks, at=at)


def matrix(ticket: Record) -> dict:
    """Why the priority is what it is: the matrix with the cell that applies."""
    found = priority.explain(ticket.organisation_id)
    owner = directory.get().organisations.get(found.organisation_id)
    cells = tuple(tuple(found.cells.get((i, u), priority.DEFAULT[i, u]) for u in Urgency.values) for i in Impact.values)
    return {"grid": _grid(cells, ticket.impact, ticket.urgency), "owner": owner.name if owner else ""}


@lru_cache(maxsize=256)
def _grid(cells: tuple[tuple[int, ...], ...], impact: int, urgency: int) -> SafeString:
    """The lines of a matrix, numbers only, drawn once for each cell that may apply."""
    lines, here = [], ' class="here"'
    for i, row in zip(Impact.values, cells, strict=True):
        drawn = "".join(
            f"<td{here if (i, u) == (impact, urgency) else ''}>P{value}</td>"
            for u, value in zip(Urgency.values, row, strict=True)
        )
        lines.append(f'<tr><th scope="row">{i}</th>{drawn}</tr>')
    return mark_safe("".join(lines))


def _shows(said: dict) -> list[dict]:
    """The tabs of the timeline with what each holds; counts stop at a thousand."""
    counts = {
        "all": said["public"] + said["internal"] + said["history"], "public": said["public"],
        "internal": said["internal"], "history": said["history"],
    }  # fmt: skip
    labels = {
        "all": pgettext("timeline", "All"),
        "public": _("Public"),
        "internal": _("Internal"),
        "history": _("History"),
    }
    return [{"key": key, "label": labels[key], "count": parts.capped(counts[key])} for key in labels]


def _beside(ticket: Record, items: list[dict]) -> str:
    """Names the cards beside the ticket: they stay over an act that changes none of what they are about."""
    about = f"{ticket.requester_id} {ticket.title} {[row['item'].pk for row in items]}"
    return f"{ticket.number}-{zlib.crc32(about.encode()):x}"


def _hop(hop: Hop, book, at, active: bool) -> dict:
    team = book.teams.get(hop.team_id)
    return {
        "team": team.code if team else "—", "level": hop.level, "since": hop.started_at, "time": durations.short(hop.lasted(at)),
        "here": hop.ended_at is None and active, "reason": hop.reason,
    }  # fmt: skip


def _related(user, ticket: Record, linked: list[dict]) -> tuple[list[dict], dict]:
    rows = [
        (link["type"], link["target"]) if link["source"] == ticket.pk else (f"{link['type']}_by", link["source"])
        for link in linked
    ]
    wanted = {pk for _type, pk in rows} | {pk for pk in (ticket.parent_id, ticket.merged_into_id) if pk}
    known: dict[int, Record] = {}
    if wanted or ticket.child_count:
        near = Record.objects.in_desk_of(user).only("number", "title", "phase", "parent")
        known = {r.pk: r for r in near.filter(Q(pk__in=wanted) | Q(parent_id=ticket.pk)).order_by("-pk")[:90]}
    children = [record for record in known.values() if record.parent_id == ticket.pk][:30]
    names = {
        "related": _("Related to"), "related_by": _("Related to"), "caused_by": _("Caused by"), "caused_by_by": _("Cause of"),
        "duplicates": _("Duplicate of"), "duplicates_by": _("Has the duplicate"), "follows": _("Follows"), "follows_by": _("Followed by"),
        "split_from": _("Split off from"), "split_from_by": _("Split off into"),
    }  # fmt: skip
    links = [{"label": names[kind], "record": known[pk]} for kind, pk in rows if pk in known]
    return links, {
        "parent": known.get(ticket.parent_id),
        "merged_into": known.get(ticket.merged_into_id),
        "children": children,
    }


def _items(ticket: Record) -> list[dict]:
    rows = AffectedItem.objects.filter(record_id=ticket.pk).select_related("item").order_by("pk")[:30]
    return [
        {
            "item": row.item,
            "is_cause": row.is_cause,
            "state": row.item.get_state_display(),
            "tone": tones.CI_STATE[row.item.state][0],
        }
        for row in rows
    ]


def _flags(user, ticket: Record) -> dict:
    """In one query: the links, which rarer parts exist, does the reader follow, and what else the requester has open."""
    opened = Record.objects.in_desk_of(user).active().filter(kind__in=kinds(), requester_id=ticket.requester_id)
    works = standing.may_work(scope_of(user), {name: getattr(ticket, name) for name in standing.COLUMNS})
    return {"works": works} | parts.of(ticket, user.pk, opened if ticket.requester_id else opened.none())


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
        "phone": person.phone or person.mobile, "phone_words": spoken(person.phone or person.mobile), "local_time": local_time(person.time_zone or (site.time_zone if site else ""), at),
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
