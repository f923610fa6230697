"""What happened to a clock, in words of both languages. Whoever calls has set the zone of the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from itsm.calendars.models import Calendar
from itsm.core import durations
from itsm.levels import agreements
from itsm.levels import clocks as arithmetic
from itsm.levels.explaining import CLOSED, PAUSED, RESTS, Explanation, Span, clock_change, holidays_between
from itsm.levels.models import Clock, Kind, Metric
from itsm.people.directory import directory

from .. import fields
from ..reference import hold_reasons

Stay = tuple[int | None, datetime, datetime | None]
TOLD_BY_OTHERS = {"awaits", "paused", "repaired"}


@dataclass(frozen=True)
class Story:
    """A clock with its arithmetic, the stays of its record in teams, and the name of its calendar."""

    clock: Clock
    found: Explanation
    stays: Sequence[Stay] = ()
    calendar: str = ""


def language() -> str:
    """Of the reader: `fr` or `en`."""
    return (get_language() or "fr")[:2]


def day(at: datetime | date, pattern: str = "EEE d MMM") -> str:
    """`mar. 10 nov.`, `Tue 10 Nov`: where the calendar is."""
    local = timezone.localtime(at).date() if isinstance(at, datetime) else at
    return format_date(local, pattern, locale=language())


def clock_time(at: datetime) -> str:
    """`16:20`, where the calendar is."""
    return timezone.localtime(at).strftime("%H:%M")


def instant(at: datetime, pattern: str = "EEE d MMM") -> str:
    """`mar. 10 nov., 16:20`."""
    return f"{day(at, pattern)}, {clock_time(at)}"


def team_code(pk: int | None) -> str:
    """The code of a team; a dash where there is none."""
    row = directory.get().teams.get(pk) if pk else None
    return row.code if row else "—"


def holidays_of(calendar: Calendar) -> str:
    """`public holidays of France`; empty without any."""
    if not calendar.holiday_country:
        return ""
    country = Locale.parse(language()).territories.get(calendar.holiday_country, calendar.holiday_country)
    region = f" ({calendar.holiday_subdivision})" if calendar.holiday_subdivision else ""
    return _("public holidays: %(country)s") % {"country": country + region}


def reason(span: Span, story: Story, *, first: bool = False, last: bool = False) -> str:
    """Why a line of the table is what it is."""
    if span.what == CLOSED:
        return " · ".join(text for text in (_closed(span, story), _clock_change(span, story)) if text)
    told = [event for event in span.events if not _is_told(event)]
    said = [_paused(span, story)] if span.what == PAUSED else []
    said += [text for text in (_event(event, span, story) for event in told) if text]
    if not story.clock.events:
        said = _without_events(story, said, first=first, last=last)
    if span.what != PAUSED and not said:
        said.append(_with_team(span, story))
    said.append(_clock_change(span, story))
    if span.early_end:
        closes = f"{span.early_end // 60:02}:{span.early_end % 60:02}"
        said.append(capfirst(_("%(weekday)s closes at %(time)s") % {"weekday": day(span.ends, "EEEE"), "time": closes}))
    if span.reached:
        said = [text for text in said if text != _with_team(span, story)] + [_("Time used up")]
    return " · ".join(text for text in said if text) or _("Counts")


def _without_events(story: Story, said: list[str], *, first: bool, last: bool) -> list[str]:
    """Clocks of before there were events: the beginning and the end are known all the same."""
    if first:
        said = [_started(story, {"target": story.clock.target_seconds}), *said]
    if last and story.clock.state == Clock.State.STOPPED:
        said = [*said, ended(story, {})]
    return said


def _closed(span: Span, story: Story) -> str:
    return _("Closed: %(days)s, calendar %(calendar)s") % {
        "days": _closed_days(span.holidays),
        "calendar": story.calendar,
    }


def _closed_days(holidays: Sequence[tuple[date, str]]) -> str:
    """`Armistice, closing day of 2 Jan`."""
    names = [name or _("closing day of %(day)s") % {"day": day(date_, "d MMM")} for date_, name in holidays]
    return ", ".join(dict.fromkeys(names))


def _paused(span: Span, story: Story) -> str:
    began = next((why for begins, _ends, why in story.found.pauses if begins == span.begins), None)
    if began is None:
        began = next((event for event in span.events if event["what"] in RESTS), {})
    if began.get("what") == "awaits":
        return awaited(began)
    if began.get("what") == "cancelled":
        return _("Nothing is promised while %(condition)s") % {"condition": fields.words(began["by"])}
    given = durations.hours(span.given_back)
    words = _("%(reason)s: %(time)s of business time given back") % {"reason": waited_for(began), "time": given}
    closed = (span.ends - span.begins).total_seconds() - span.given_back
    if closed < 60:
        return words
    days = _closed_days(holidays_between(story.found.spec, span.begins, span.ends))
    return f"{words}, " + (
        _("closed hours left out (%(days)s)") % {"days": days} if days else _("closed hours left out")
    )


def _clock_change(span: Span, story: Story) -> str:
    """That a day of the span had an hour less or more; empty when none had."""
    found = clock_change(story.found.spec, span.begins, span.ends)
    if found is None:
        return ""
    when = {"day": day(found[0], "EEE d MMM")}
    return _("clocks forward one hour on %(day)s") % when if found[1] else _("clocks back one hour on %(day)s") % when


def waited_for(event: dict) -> str:
    """The reason of a pause."""
    if event.get("by"):
        return _("Paused while %(condition)s") % {"condition": fields.words(event["by"])}
    row = hold_reasons.get().get(event.get("hold"))
    return row.name if row else pgettext("clock", "On hold")


def awaited(event: dict) -> str:
    """What a clock that has not begun waits for."""
    if not event.get("by"):
        return _("Waits for approval: nothing counts yet")
    starts = fields.words(event["by"])
    if event.get("approval"):
        return _("Waits for approval, then starts when %(condition)s: nothing counts yet") % {"condition": starts}
    return _("Starts when %(condition)s: nothing counts yet") % {"condition": starts}


def _event(event: dict, span: Span, story: Story) -> str:
    at = datetime.fromisoformat(event["at"])
    match event["what"]:
        case "started":
            return _started(story, event)
        case "retargeted":
            return _("%(time)s: %(what)s") % {"time": clock_time(at), "what": _retargeted(event, at, story)}
        case "stopped":
            return ended(story, event)
        case "resumed":
            return _("Runs again: %(condition)s") % {"condition": fields.words(event["by"])}
        case "revived":
            return _("Promised again: goes on from where it stood")
        case "cancelled" if event.get("by"):
            return _cancelled_by(event, span)
        case "cancelled":
            return CANCELLED.get(event.get("reason", ""), CANCELLED[""])()
        case "reopened":
            return _("Reopened: goes on from where it stood")
    return ""


def _is_told(event: dict) -> bool:
    """Do other lines tell it? The end of a pause is told where a condition ended it."""
    return event["what"] in TOLD_BY_OTHERS or (event["what"] == "resumed" and not event.get("by"))


def _cancelled_by(event: dict, span: Span) -> str:
    condition = {"condition": fields.words(event["by"])}
    if event["reason"] == "condition_reset":
        return _("%(condition)s: a new clock starts from zero") % condition
    # Where it was only for a time, the line of that time says so.
    return "" if span.what == PAUSED else capfirst(_("cancelled: %(condition)s") % condition)


def repairs(story: Story) -> list[str]:
    """What administrators did to the clock, whenever it was."""
    return [
        _("%(when)s: computed again by an administrator, %(old)s → %(new)s. %(reason)s") % {
            "when": instant(datetime.fromisoformat(event["at"])), "reason": event.get("reason", ""),
            "old": durations.hours(event.get("old", 0)), "new": durations.hours(event.get("new", 0)),
        }
        for event in story.clock.events
        if event["what"] == "repaired"
    ]  # fmt: skip


CANCELLED = {
    "": lambda: pgettext("clock", "Cancelled"),
    "resolved": lambda: _("Resolved: nothing is owed any more"),
    "closed": lambda: _("Closed: the promise no longer matters"),
    "reset": lambda: _("Another target: a new clock starts from zero"),
    "no_agreement": lambda: _("No agreement promises this any more"),
    "reopened": lambda: _("Reopened: this result no longer counts"),
    "never_true": lambda: _("What starts it never came true: neither kept nor missed"),
    "never_started": lambda: _("Never approved: neither kept nor missed"),
    "log_ends": lambda: _("The imported history ends here: neither kept nor missed"),
}


def _started(story: Story, event: dict) -> str:
    target, clock = event.get("target"), story.clock
    if event.get("approved"):
        words = _("Approved: the clock starts")
    elif event.get("anew"):
        words = _("A new clock from zero")
    elif event.get("by") and any(each["what"] == "awaits" for each in clock.events):
        words = _("The clock starts")
    elif event.get("reopened"):
        words = pgettext("clock", "Reopened")
    elif clock.kind == Kind.OLA:
        words = _("Assigned to %(team)s") % {"team": team_code(clock.team_id)}
    elif clock.kind == Kind.UC:
        told = {"reason": waited_for(event), "supplier": supplier_of(clock)}
        words = _("%(reason)s: %(supplier)s") % told if told["supplier"] else told["reason"]
    elif clock.metric == Metric.UPDATE and clock.cycle > 1:
        words = _("The desk wrote: a new interval")
    else:
        words = _("Opening")
    parts = [words]
    if event.get("by"):
        parts.append(fields.words(event["by"]))
    if event.get("priority"):
        parts.append(f"P{event['priority']}")
    parts.append(_("target %(time)s") % {"time": durations.hours(target)} if target else _("planned, no target"))
    return ", ".join(parts)


def _retargeted(event: dict, at: datetime, story: Story) -> str:
    parts = []
    if event.get("priority") and event.get("from"):
        parts.append(f"P{event['from']} → P{event['priority']}")
    else:
        parts.append(_("another agreement"))
    target = event.get("target")
    parts.append(_("target %(time)s") % {"time": durations.hours(target)} if target else _("planned, no target"))
    parts.append(_("counts from now") if event.get("how") == "from_now" else _("retroactive"))
    if any(begins < at for begins, _ends, _why in story.found.pauses):
        parts.append(_("pause kept"))
    return ", ".join(parts)


def ended(story: Story, event: dict) -> str:
    """Who kept, or ended, the promise."""
    clock = story.clock
    if event.get("by"):
        return _("Settled: %(condition)s") % {"condition": fields.words(event["by"])}
    team = team_code(clock.team_id or team_at(story, clock.stopped_at))
    if clock.kind == Kind.UC:
        supplier = supplier_of(clock)
        if supplier:
            return _("The wait for %(supplier)s ended") % {"supplier": supplier}
        return _("The wait for the supplier ended")
    if event.get("to_team"):
        return _("Handed off to %(team)s") % {"team": team_code(event["to_team"])}
    match clock.metric:
        case Metric.OWN:
            return _("Taken in charge by %(team)s") % {"team": team}
        case Metric.RESPONSE:
            return _("First answer to the requester")
        case Metric.UPDATE:
            return _("The desk wrote to the requester")
        case Metric.TRANSFER:
            return _("Handed off by %(team)s") % {"team": team}
    return _("Resolved by %(team)s") % {"team": team}


def supplier_of(clock: Clock) -> str:
    """Whose contract it is; empty where that is not known any more."""
    rule = agreements.rule(clock.agreement_id)
    return agreements.supplier_name(rule.supplier_id) if rule else ""


def team_at(story: Story, at: datetime | None) -> int | None:
    """Who held the record at an instant; at the instant of a hand-off, who gave it away."""
    if at is None:
        return None
    return next(
        (team for team, begins, ends in reversed(story.stays) if begins < at and (ends is None or at <= ends)), None
    )


def _with_team(span: Span, story: Story) -> str:
    here = [team for team, begins, ends in story.stays if begins < span.ends and (ends is None or ends > span.begins)]
    codes = list(dict.fromkeys(team_code(team) for team in here))
    return _("With %(teams)s") % {"teams": _(", then ").join(codes)} if codes else ""


def conclusion(story: Story, elapsed: int) -> tuple[str, str, str, str]:
    """(the head's sentence, tone, icon, the chip's words)."""
    clock, target = story.clock, story.clock.target_seconds
    if clock.state == Clock.State.CANCELLED:
        return _("Why this deadline no longer counts"), "grey", "x", _("cancelled")
    if clock.state == Clock.State.WAITING:
        by = not arithmetic.awaits_approval(clock)
        said = _("not started yet") if by else _("waits for approval")
        return _("Why this clock has not started"), "grey", "hourglass", said
    if target is None:
        return _("Why no deadline is promised"), "grey", "calendar", _("planned")
    if elapsed > target:
        over = _("overdue by %(time)s") % {"time": durations.hours(elapsed - target)}
        return _("Why this deadline is missed"), "red", "alert-triangle", over
    left = durations.hours(target - elapsed)
    if clock.state == Clock.State.STOPPED:
        return _("Why this deadline was kept"), "green", "check", _("%(time)s to spare") % {"time": left}
    words = _("%(time)s left") % {"time": left}
    if clock.state == Clock.State.PAUSED:
        return _("Why this clock is paused"), "violet", "player-pause", words
    tone = "amber" if elapsed * 4 >= target * 3 else "green"
    if clock.due_at is None:
        return _("Why no deadline can be computed"), tone, "clock", words
    return _("Why it is due on %(when)s") % {"when": instant(clock.due_at)}, tone, "clock", words
