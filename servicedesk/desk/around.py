"""What stands around a ticket, asked for once it is on screen: its requester, its items, what happens on them, what is like it."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from itsm.cmdb import impact
from itsm.cmdb.models import ConfigurationItem, Outage
from itsm.core import durations, now
from itsm.core.chips import chip, phase_chip, priority_chip
from itsm.records import search
from itsm.records.models import AffectedItem, Phase, Record

from ..surveys.models import Survey
from .guard import desk_required, fetch

PAGE = "servicedesk/desk/"
SIMILAR, NEAR, NEWEST = 5, 8, 3
MANY_ITEMS, LOOKED_AT = 50, 3
AHEAD = timedelta(days=7)
BESIDE = re.compile(r"[A-Z]+[0-9]+-[0-9a-f]+")
SHOWN = ("pk", "number", "title", "phase", "priority", "opened_at", "resolved_at")


@desk_required
@require_GET
def around(request, number):
    """Cards beside a ticket; what belongs into cards that are there already comes out of band."""
    ticket = fetch(request.user, number)
    mine = Record.objects.in_desk_of(request.user).exclude(pk=ticket.pk)
    affected = AffectedItem.objects.filter(record_id=ticket.pk).order_by("pk")
    items = list(affected.values_list("item_id", flat=True)[:MANY_ITEMS])
    at = now()
    happening, outages = _happening(mine, items), _outages(request.user, items, at)
    beside = request.GET.get("beside", "")
    context = {
        "beside": beside if BESIDE.fullmatch(beside) else "",
        "similar": _similar(ticket, mine),
        "happening": happening,
        "outages": outages,
        "around_items": len(happening) + len(outages),
        "suffers": _suffers(request.user, items),
        "newest": _newest(ticket, mine),
        "satisfaction": _satisfaction(ticket),
        "ticket": ticket,
    }
    return render(request, PAGE + "_around.html", context)


def _similar(ticket: Record, mine) -> list[dict]:
    ids = [pk for pk in search.similar_ids(ticket.title, internal=True) if pk != ticket.pk]
    near = {row["pk"]: row for row in mine.filter(pk__in=ids).values(*SHOWN)}
    return [_row(near[pk]) for pk in ids if pk in near][:SIMILAR]


def _happening(mine, items: Sequence[int]) -> list[dict]:
    if not items:
        return []
    here = mine.active().filter(affected__item__in=items).distinct().order_by("-pk")
    return [_row(row) for row in here.values(*SHOWN)[:NEAR]]


def _outages(user, items: Sequence[int], at: datetime) -> list[dict]:
    """What is down on these items, and what is announced for the next days."""
    if not items:
        return []
    seen = ConfigurationItem.objects.visible_to(user).filter(pk__in=items).values("pk")
    running = Q(ends_at=None) | Q(ends_at__gt=at)
    rows = Outage.objects.filter(running, item__in=seen, starts_at__lte=at + AHEAD).select_related("item", "record")
    return [_outage(row, at) for row in rows.order_by("starts_at", "pk")[:NEAR]]


def _outage(row: Outage, at: datetime) -> dict:
    if row.starts_at > at:
        words, tone = _("from %(start)s") % {"start": durations.moment(row.starts_at, at)}, "blue"
    elif row.ends_at:
        words, tone = _("until %(end)s") % {"end": durations.moment(row.ends_at, at)}, "violet"
    else:
        words = _("for %(time)s") % {"time": durations.short((at - row.starts_at).total_seconds())}
        tone = "amber" if row.degraded else "red"
    if row.planned:
        label = _("Planned outage")
    else:
        label = _("Works badly") if row.degraded else _("Outage")
    return {
        "item": row.item, "label": label, "planned": row.planned, "cause": row.cause, "record": row.record,
        "when": chip(tone, "clock", words),
    }  # fmt: skip


def _suffers(user, items: Sequence[int]) -> dict | None:
    """What would fail with the first of the items, and where to read it in full."""
    found = impact.summary(items[:LOOKED_AT], user=user) if items else None
    return found if found and found["items"] else None


def _newest(ticket: Record, mine) -> list[dict]:
    """The requester's newest open records beside this one."""
    if ticket.requester_id is None:
        return []
    rows = mine.active().filter(requester_id=ticket.requester_id).order_by("-pk")
    return [_row(row) for row in rows.values(*SHOWN)[:NEWEST]]


def _satisfaction(ticket: Record) -> dict | None:
    """The mean of the requester's answers, over one hundred of the newest."""
    if ticket.requester_id is None:
        return None
    answers = Survey.objects.filter(person_id=ticket.requester_id, score__isnull=False).order_by("-sent_at")[:100]
    found = list(answers.values_list("score", flat=True))
    return {"mean": round(sum(found) / len(found), 1), "answers": len(found)} if found else None


def _row(row: dict) -> dict:
    phase = Phase(row["phase"])
    shown = phase_chip(row["phase"], phase.label)
    if row["resolved_at"] and phase in (Phase.RESOLVED, Phase.CLOSED):
        took = durations.short((row["resolved_at"] - row["opened_at"]).total_seconds())
        shown = chip("green", "check", _("Resolved in %(time)s") % {"time": took})
    return row | {"priority": priority_chip(row["priority"]), "phase": shown}
