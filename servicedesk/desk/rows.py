"""Rows of the list: one query of narrow values, everything shown computed here once, so that the template only places it."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core import durations
from itsm.core.chips import chip, due_chip, priority_chip
from itsm.core.icons import shared, sprite
from itsm.people.directory import directory, names_of
from itsm.records import presence, reference
from itsm.records.models import FAR

from .aside import Aside
from .desks import desk_of

COLUMNS = (
    "id", "kind", "number", "title", "state", "phase", "priority", "team_id", "assignee_id", "queue_at", "due_at", "child_count",
    "hold_reason_id", "reassignment_count", "major", "confidentiality_id", "opened_at", "requester_id", "resolved_at", "woken_at", "follow_up_at",
)  # fmt: skip
SOON = timedelta(hours=2)
NOTHING = mark_safe("")
REFERRED = re.compile(r'"#i-([a-z0-9-]+)"')


def build(
    values: Iterable[dict], *, now: datetime, bounce: int, reader: int | None = None, aside: Aside | None = None
) -> list[dict]:
    """What each row of the table shows. With a reader: who else looks at it or writes to it."""
    rows = list(values)
    names = names_of({v["assignee_id"] for v in rows} | {v["requester_id"] for v in rows})
    teams, holds = directory.get().teams, reference.hold_reasons.get()
    here = presence.present([v["id"] for v in rows], but=reader) if reader else {}
    found = []
    for v in rows:
        hold = holds.get(v["hold_reason_id"])
        desk = desk_of(v)
        look = desk.lifecycle.look(v["state"])
        team = teams.get(v["team_id"])
        found.append(
            {
                "number": v["number"],
                "url": desk.url(v["number"]),
                "title": v["title"],
                "priority": priority_chip(v["priority"]),
                "state": chip(*look, hold.name if hold else str(desk.lifecycle.label(v["state"])), by_reference=True),
                "team": team.code if team else "",
                "assignee": names.get(v["assignee_id"], ""),
                "requester": names.get(v["requester_id"], ""),
                "marks": (aside.marks(v) if aside else NOTHING)
                + (_here(here[v["id"]]) if v["id"] in here else NOTHING)
                + marks(v, bounce),
                "due": due(v, now),
                "hot": v["priority"] == 1 and v["phase"] not in ("resolved", "closed") and v["queue_at"] < now,
            }
        )
    return found


def _here(people: list[presence.Present]) -> SafeString:
    """Colleagues on the record: an eye or a pencil with initials, the sentence for who asks."""
    return format_html_join(
        "", '<span class="chip {}" title="{}">{}<span aria-hidden="true">{}</span><span class="sr">{}</span></span> ',
        (
            (("amber" if p.writing else "blue"), p.sentence, shared("pencil" if p.writing else "eye"), p.initials, p.sentence)
            for p in people[:3]
        ),
    )  # fmt: skip


def marks(v: dict, bounce: int) -> SafeString:
    """What makes a row special: major, confidential, children, too many transfers."""
    found = []
    if v["major"]:
        found.append(chip("red", "urgent", _("Major"), by_reference=True))
    if v["confidentiality_id"] is not None:
        found.append(chip("amber", "lock", _("Confidential"), by_reference=True))
    if v["child_count"]:
        found.append(
            _number("", "sitemap", v["child_count"], ngettext("%(n)s child", "%(n)s children", v["child_count"]))
        )
    if v["reassignment_count"] >= bounce:
        words = ngettext("%(n)s transfer", "%(n)s transfers", v["reassignment_count"])
        found.append(_number("red", "arrows-exchange", v["reassignment_count"], words))
    return mark_safe(" ".join(found))


def _number(tone: str, icon_name: str, count: int, words: str) -> SafeString:
    text = words % {"n": count}
    return format_html(
        '<span class="chip {}" title="{}">{}<span aria-hidden="true">{}</span><span class="sr">{}</span></span>',
        tone, text, shared(icon_name), count, text,
    )  # fmt: skip


def queue(shown: list[dict], current: str, rest: str) -> SafeString:
    """The lines of the queue beside a ticket, the `current` one marked; `rest` is what their addresses keep of this one."""
    nobody, rest = format_html('<b class="tx amber">{}</b>', _("Unassigned")), escape(rest)
    lines = []
    for row in shown:
        number = escape(row["number"])
        here = ' aria-current="true"' if row["number"] == current else ""
        lines.append(
            f'<a class="q-item{" is-hot" if row["hot"] else ""}" id="q-{number}" href="/desk/{number}/{rest}"{here}><span>{row["priority"]}</span><span class="mono muted">{number}</span>'
            f'{row["due"]}<span class="t">{escape(row["title"])}</span><span class="m"><span class="clip">{escape(row["team"])} · '
            f'{escape(row["assignee"]) if row["assignee"] else nobody}</span><span class="end row-flex">{row["marks"]}</span></span></a>'
        )
    return mark_safe("\n".join(lines))


def drawings(shown: list[dict]) -> SafeString:
    """The icons that these rows refer to, each once a page."""
    return sprite(REFERRED.findall("".join(f"{row['marks']}{row['state']}{row['due']}" for row in shown)))


def due(v: dict, now: datetime):
    """The deadline of a row as an instant, or why nothing runs.

    What is left of it is business time, which the pills of the ticket count by their clock's calendar; hours of the wall
    clock beside them would be another figure for the same promise.
    """
    if v["phase"] in ("resolved", "closed"):
        return ""
    if v["queue_at"] >= FAR:
        return (
            due_chip("paused", _("on hold"), by_reference=True)
            if v["phase"] == "waiting"
            else due_chip("none", _("planned"), by_reference=True)
        )
    left = v["queue_at"] - now
    state = "breached" if left < timedelta() else "warning" if left < SOON else "running"
    words = _("overdue %(when)s") if state == "breached" else _("due %(when)s")
    return due_chip(state, words % {"when": durations.near(v["queue_at"], now)}, by_reference=True)
