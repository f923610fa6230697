"""The picture of a clock as places and words: percent coordinates for an SVG that the template draws. No markup here."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from itsm.calendars.business import open_intervals
from itsm.core import durations
from itsm.levels import clocks as arithmetic
from itsm.levels.explaining import CLOSED, OVER, PAUSED
from itsm.levels.models import Clock, Kind, Metric

from . import words
from .axis import Axis, axis, marks
from .words import Story

# About how many per cent of the width a letter takes: labels that do not fit are left to the table.
LETTER = 0.66
MOST_FACTS, FACT_ROWS = 14, 3


def picture(story: Story, record, others: Sequence[Clock]) -> dict:
    """Everything that is drawn; `others` are all clocks of the record."""
    found = story.found
    ends = max(found.ends, found.due_at) if story.clock.alive and found.due_at else found.ends
    line = axis(found.spec, found.begins, ends)
    named, hours = marks(line)
    facts = _facts(line, story, others)
    teams = _teams(line, story, others)
    return {
        "days": _placed(named), "hours": _placed(hours), "closed": [_bar(line, *span) for span in line.closed],
        "priorities": _priorities(line, story, record), "runs": _runs(line, story), "due": _due(line, story),
        "teams": teams, "facts": facts, "title": words.day(found.begins, "d MMM"), "until": words.day(found.ends, "d MMM y"),
        "holidays": [mark for mark in named if mark.get("holiday")], "height": 236 + 18 * max((f["row"] for f in facts), default=0),
    }  # fmt: skip


def _per(x: float) -> str:
    return f"{x:.2f}%"


def _placed(found: list[dict]) -> list[dict]:
    return [mark | {key: _per(mark[key]) for key in ("x", "line") if key in mark} for mark in found]


def _bar(line: Axis, begins: datetime, ends: datetime, **more) -> dict:
    left, right = line.x(begins), line.x(ends)
    return {
        "x": _per(left),
        "width": _per(max(right - left, 0.15)),
        "middle": _per((left + right) / 2),
        "room": right - left,
    } | more


def _fits(bar: dict, text: str) -> bool:
    return len(text) * LETTER + 0.8 <= bar["room"]


def _priorities(line: Axis, story: Story, record) -> list[dict]:
    """One band a priority, from the opening to the end of the clock."""
    changes = [e for e in story.clock.events if e["what"] == "retargeted" and e.get("priority") and e.get("from")]
    first = changes[0]["from"] if changes else record.priority
    edges = [(story.found.begins, first)] + [(datetime.fromisoformat(e["at"]), e["priority"]) for e in changes]
    found = []
    for i, (begins, priority) in enumerate(edges):
        ends = edges[i + 1][0] if i + 1 < len(edges) else story.found.ends
        bar = _bar(line, begins, ends, tone=PRIORITY_TONES.get(priority, "grey"))
        long = _("P%(n)s since %(when)s") % {
            "n": priority,
            "when": f"{words.day(begins, 'EEE')} {words.clock_time(begins)}",
        }
        text = long if i and _fits(bar, long) else f"P{priority}"
        found.append(bar | {"text": text if _fits(bar, text) else "", "title": long if i else f"P{priority}"})
    return found


PRIORITY_TONES = {1: "red", 2: "orange", 3: "amber", 4: "blue", 5: "grey"}


def _runs(line: Axis, story: Story) -> list[dict]:
    """What ran, rested and was too much; in days of few hours only where it was open. Labels that would touch are left out."""
    found: list[dict] = []
    edge = -1.0
    for span in story.found.spans:
        if span.what == CLOSED:
            continue
        parts: Iterable[tuple[datetime, datetime]] = [(span.begins, span.ends)]
        if line.detailed:
            parts = open_intervals(story.found.spec, span.begins, span.ends)
        tone = {PAUSED: "pause", OVER: "red"}.get(span.what, "blue")
        bars = [_bar(line, *part, tone=tone) for part in parts]
        if bars:
            amount = durations.hours(span.given_back if span.what == PAUSED else span.seconds)
            text = _("pause %(time)s") % {"time": amount} if span.what == PAUSED else amount
            middle, half = (line.x(span.begins) + line.x(span.ends)) / 2, len(text) * LETTER / 2 + 0.4
            if middle - half < edge < middle - half + 2:
                middle = edge + half  # a little to the right rather than not at all
            told = middle - half >= edge and middle + half < 100.5
            edge = middle + half if told else edge
            bars[0] |= {"label": text if told else "", "middle": _per(middle), "title": text}
        found += bars
    return found


def _due(line: Axis, story: Story) -> dict | None:
    due = story.found.due_at
    if due is None or story.clock.state == Clock.State.CANCELLED:
        return None
    x = line.x(due)
    text = words.clock_time(due) if line.detailed else words.instant(due)
    return {"x": _per(x), "text": _("due %(time)s") % {"time": text}, "end": x > 82}


def _teams(line: Axis, story: Story, others: Sequence[Clock]) -> list[dict]:
    """One band a stay, with what its OLA came to."""
    found = []
    for team, begins, ends in story.stays:
        begins, until = max(begins, story.found.begins), min(ends or story.found.ends, story.found.ends)
        if until <= begins:
            continue
        legs = [c for c in others if c.kind == Kind.OLA and c.team_id == team and begins <= c.started_at < until]
        tone, said = leg_words(legs, story.found.at)
        code = words.team_code(team)
        long = f"{code} · {said}" if said else code
        bar = _bar(line, begins, until, tone=tone, title=long)
        found.append(bar | {"text": next((t for t in (long, code) if _fits(bar, t)), "")})
    return found


def leg_words(legs: Sequence[Clock], at: datetime) -> tuple[str, str]:
    """(tone, words) of what a team promised during a stay."""
    found, tone = [], "grey"
    for leg in legs:
        if leg.state == Clock.State.CANCELLED or leg.target_seconds is None:
            continue
        used = arithmetic.elapsed(leg, at)
        late = used > leg.target_seconds
        tone = "red" if late or tone == "red" else "green"
        found.append(
            _("%(metric)s %(used)s of %(target)s") % {
                "metric": str(Metric(leg.metric).label).lower(), "used": durations.hours(used), "target": durations.hours(leg.target_seconds),
            }
        )  # fmt: skip
    return tone, ", ".join(found)


def _facts(line: Axis, story: Story, others: Sequence[Clock]) -> list[dict]:
    """What happened, in order; labels step down where they would touch."""
    told: list[tuple[datetime, str, bool]] = []
    names = {"awaits": pgettext("clock", "Opening"), "started": _begins_word(story.clock), "paused": pgettext("clock", "On hold"), "resumed": pgettext("clock", "Resumed"), "reopened": pgettext("clock", "Reopened"), "revived": pgettext("clock", "Promised again"), "stopped": _ends_word(story.clock), "cancelled": pgettext("clock", "Cancelled")}  # fmt: skip
    for event in story.clock.events or _without_events(story.clock):
        at = datetime.fromisoformat(event["at"])
        if event["what"] == "retargeted":
            change = f"P{event['from']} → P{event['priority']}" if event.get("from") else _("New target")
            told.append((at, change, True))
        elif event["what"] in names:
            told.append((at, names[event["what"]], False))
    told += [
        (c.stopped_at, pgettext("clock", "Taken in charge"), False)
        for c in others
        if c.metric == Metric.OWN and c.stopped_at and c.pk != story.clock.pk and c.state == Clock.State.STOPPED
        and story.found.begins <= c.stopped_at <= story.found.ends
    ]  # fmt: skip
    found, ends_at = [], [-100.0] * FACT_ROWS
    for at, name, change in sorted(dict.fromkeys(told), key=lambda t: t[0])[:MOST_FACTS]:
        x = line.x(at)
        when = words.clock_time(at) if line.detailed and line.shows(at) else words.instant(at, "EEE d")
        text = f"{name} {when}"
        half = len(text) * LETTER / 2 + 0.5
        row = next((i for i, edge in enumerate(ends_at) if x - half > edge), FACT_ROWS - 1)
        ends_at[row] = x + half
        anchor = "start" if x < half else "end" if x > 100 - half else "middle"
        found.append({"x": _per(x), "text": text, "row": row, "y": 234 + 18 * row, "change": change, "anchor": anchor})
    return found


def _without_events(clock: Clock) -> list[dict]:
    found = [{"at": clock.started_at.isoformat(), "what": "started"}]
    if clock.stopped_at:
        found.append({"at": clock.stopped_at.isoformat(), "what": "stopped"})
    return found


def _begins_word(clock: Clock) -> str:
    if clock.kind == Kind.OLA:
        return pgettext("clock", "Assigned")
    return pgettext("clock", "Waits") if clock.kind == Kind.UC else pgettext("clock", "Opened")


def _ends_word(clock: Clock) -> str:
    if clock.kind == Kind.UC:
        return _("Wait ended")
    return {
        Metric.OWN: pgettext("clock", "Taken in charge"), Metric.RESPONSE: pgettext("clock", "Answered"), Metric.UPDATE: pgettext("clock", "Answered"), Metric.TRANSFER: pgettext("clock", "Handed off"),
    }.get(Metric(clock.metric), pgettext("clock", "Resolved"))  # fmt: skip
