"""What the record page of an incident shows, gathered in few queries (budget: 12)."""

from datetime import datetime

from django.utils.translation import gettext as _

from itsm.core import durations, now, tones
from itsm.core.chips import chip, priority_chip, state_chip
from itsm.levels import clocks as levels
from itsm.levels.models import Clock
from itsm.people.directory import directory, names_of
from itsm.people.models import User
from itsm.records import priority, reference, timeline
from itsm.records.models import AffectedItem, Attachment, Hop, Impact, Link, Record, Task, Urgency, Watch

from . import policies
from .models import Incident
from .states import LIFECYCLE


def context(user, incident: Incident, *, show: str = "all", before: datetime | None = None) -> dict:
    """Everything the template places, computed."""
    at = now()
    works = Incident.objects.workable_by(user).filter(pk=incident.pk).exists()
    moves = policies.moves_for(user, incident, agent=True, works=works)
    book = directory.get()
    hops = list(Hop.objects.filter(record_id=incident.pk).order_by("started_at", "pk"))
    links, family = _related(user, incident)
    lines = timeline.timeline(incident, agent=True, show=show, before=before)
    people = names_of({incident.assignee_id, incident.opened_by_id, incident.resolved_by_id})
    team, owner = book.teams.get(incident.team_id), book.teams.get(incident.owner_team_id)
    return {
        "incident": incident,
        "works": works,
        "moves": {move.name: move for move in moves},
        "more_moves": [
            m for m in moves if m.name in ("assign", "alert", "edit", "link", "merge", "cancel", "close", "reopen")
        ],
        "state": state_chip(LIFECYCLE.look(incident.state), timeline.state_label(incident)),
        "priority": priority_chip(incident.priority),
        "matrix": matrix(incident),
        "clocks": clock_pills(incident, at),
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
        "hops": [_hop(hop, book, at) for hop in hops],
        "links": links,
        "family": family,
        "items": _items(incident),
        "lines": lines,
        "older": lines[-1].at.isoformat() if len(lines) >= timeline.LIMIT else "",
        "show": show,
        "shows": [("all", _("All")), ("public", _("Public")), ("internal", _("Internal")), ("history", _("History"))],
        "requester": _requester(user, incident),
        "watching": Watch.objects.filter(record_id=incident.pk, user_id=user.pk).exists(),
        "tasks": list(Task.objects.filter(record_id=incident.pk).order_by("done_at", "pk")[:20]),
        "files": list(Attachment.objects.filter(record_id=incident.pk, comment=None).order_by("pk")[:20]),
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


def clock_pills(record: Record, at) -> list[dict]:
    """One pill a clock: name, remaining or result, share of the target used."""
    labels = {"own": _("Ownership"), "resolve": _("Resolution")}
    found = []
    for clock in Clock.objects.filter(record_id=record.pk).order_by("metric"):
        if clock.state == Clock.State.CANCELLED:
            continue
        used = levels.elapsed(clock, at)
        target = clock.target_seconds
        state = _clock_state(clock, used)
        tone, icon = tones.CLOCK[state]
        found.append(
            {
                "metric": clock.metric, "label": labels[clock.metric], "tone": tone, "icon": icon, "text": _clock_text(clock, used, state),
                "share": min(100, 100 * used // target) if target else 0, "due": clock.due_at if clock.state == "running" else None,
                "target": durations.short(target) if target else "", "paused": clock.state == Clock.State.PAUSED,
            }
        )  # fmt: skip
    return found


def _clock_state(clock: Clock, used: int) -> str:
    if clock.target_seconds is None:
        return "none"
    if clock.state == Clock.State.STOPPED:
        return "met" if clock.met else "missed"
    if used > clock.target_seconds:
        return "breached"
    if clock.state == Clock.State.PAUSED:
        return "paused"
    return "warning" if used * 4 >= clock.target_seconds * 3 else "running"


def _clock_text(clock: Clock, used: int, state: str) -> str:
    if state == "none":
        return _("planned")
    if state in ("met", "missed"):
        return _("%(used)s of %(target)s") % {
            "used": durations.short(used),
            "target": durations.short(clock.target_seconds),
        }
    if state == "breached":
        return _("overdue by %(time)s") % {"time": durations.short(used - clock.target_seconds)}
    return _("%(time)s left") % {"time": durations.short(clock.target_seconds - used)}


def _hop(hop: Hop, book, at) -> dict:
    team = book.teams.get(hop.team_id)
    end = hop.ended_at or at
    return {
        "team": team.code if team else "—", "level": hop.level, "since": hop.started_at, "time": durations.short((end - hop.started_at).total_seconds()),
        "here": hop.ended_at is None, "reason": hop.reason,
    }  # fmt: skip


def _related(user, incident: Incident) -> tuple[list[dict], dict]:
    rows = [(link.type, link.target_id) for link in Link.objects.filter(source_id=incident.pk)[:30]]
    rows += [(f"{link.type}_by", link.source_id) for link in Link.objects.filter(target_id=incident.pk)[:30]]
    wanted = {pk for _type, pk in rows} | {incident.parent_id, incident.merged_into_id} - {None}
    visible = Record.objects.visible_to(user).only("number", "title", "phase", "parent")
    known = {r.pk: r for r in visible.filter(pk__in=wanted - {None})} if wanted - {None} else {}
    children = list(visible.filter(parent_id=incident.pk).order_by("-pk")[:30]) if incident.child_count else []
    names = {
        "related": _("Related to"), "related_by": _("Related to"), "caused_by": _("Caused by"), "caused_by_by": _("Cause of"),
        "duplicates": _("Duplicate of"), "duplicates_by": _("Has the duplicate"), "follows": _("Follows"), "follows_by": _("Followed by"),
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
            "state": chip(*tones.CI_STATE[row.item.state], row.item.get_state_display()),
        }
        for row in rows
    ]


def _requester(user, incident: Incident) -> dict | None:
    if incident.requester_id is None:
        return None
    person = User.objects.only(
        "first_name",
        "last_name",
        "username",
        "email",
        "phone",
        "mobile",
        "vip",
        "job_title",
        "department",
        "site",
        "time_zone",
    ).get(pk=incident.requester_id)
    site = directory.get().sites.get(person.site_id)
    open_count = (
        Record.objects.filter(requester_id=person.pk, phase__in=["open", "waiting"]).order_by("-pk")[:100].count()
    )
    return {"person": person, "site": site.name if site else "", "open": open_count}


def _name(row) -> str:
    return row.name if row else ""
