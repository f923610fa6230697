"""What the pages of major incidents show: how long, how many, what is told, what happened."""

from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.html import format_html

from itsm.audit.models import Entry
from itsm.core import durations, now
from itsm.core.chips import chip, priority_chip
from itsm.people.directory import directory, names_of
from itsm.records.models import Record

from ..calls import hooks, numbers
from ..calls.models import Call
from . import opened, rules, services, surges, words
from .models import MajorCaller, MajorIncident, MajorState

TONES = {
    MajorState.PROPOSED: ("amber", "urgent"), MajorState.OPEN: ("red", "urgent"), MajorState.OVER: ("green", "check"),
    MajorState.DECLINED: ("grey", "ban"),
}  # fmt: skip
OUTCOMES = {
    "waits": ("blue", "clock"), "told": ("green", "check"), "failed": ("red", "x"), "skipped": ("grey", "ban"), "unknown": ("amber", "help-circle"),
}  # fmt: skip
NOW = ("record", "record__service__item")
STORY = 30


def clock(since: datetime, at: datetime):
    """A timer that runs in the browser."""
    return format_html(
        '<span class="tnum" data-since="{}">{}</span>', since.isoformat(timespec="seconds"),
        durations.short(int((at - since).total_seconds())),
    )  # fmt: skip


def state_chip(state: str):
    """The state of a major incident in colour."""
    return chip(*TONES[MajorState(state)], MajorState(state).label)


def rows(user, state: str, most: int = 50) -> list[dict]:
    """Those in one state that the reader sees, the newest first, with their counts."""
    found = MajorIncident.objects.visible_to(user).filter(state=state).select_related(*NOW).order_by("-pk")[:most]
    return described(list(found))


def described(found: list[MajorIncident]) -> list[dict]:
    """Lines of a list."""
    at, pks = now(), [major.record_id for major in found]
    calls = dict(Call.objects.filter(major_id__in=pks).order_by().values_list("major_id").annotate(n=Count("pk")))
    callers = dict(
        MajorCaller.objects.filter(major__in=found).order_by().values_list("major_id").annotate(n=Count("pk"))
    )
    return [
        {
            "major": major, "record": major.record, "why": rules.words(major.why), "priority": priority_chip(major.record.priority),
            "state": state_chip(major.state), "clock": clock(major.record.opened_at, at),
            "lasted": durations.short((major.over_at - major.record.opened_at).total_seconds()) if major.over_at else "",
            "calls": calls.get(major.record_id, 0), "callers": callers.get(major.pk, 0),
            "late": bool(major.next_update_at and major.next_update_at <= at),
        }
        for major in found
    ]  # fmt: skip


def surge_rows(user) -> list[dict]:
    """Surges that nobody has taken."""
    return [
        {"surge": surge, "name": surges.name_of(surge), "may": services.may_decide(user, surge)}
        for surge in surges.open_ones(user).order_by("-pk")[:20]
    ]


def room(user, record: Record, major: MajorIncident | None) -> dict:
    """Everything on the page of one."""
    at, told = now(), opened.told_of(record, major)
    counted = MajorCaller.objects.filter(major=major).order_by() if major else MajorCaller.objects.none()
    by_how = dict(counted.values_list("how").annotate(n=Count("pk")))
    by_outcome = dict(counted.values_list("outcome").annotate(n=Count("pk")))
    may = services.may_decide(user, record)
    is_to_come = bool(major and major.state in (MajorState.OPEN, MajorState.OVER) and not major.all_clear_at)
    clear = clear_words(major) if major and is_to_come else None
    return {
        "record": record, "major": major, "told": told, "priority": priority_chip(record.priority),
        "state": state_chip(major.state) if major else "", "clock": clock(record.opened_at, at), "may": may,
        "may_tell": may or Record.objects.workable_by(user).filter(pk=record.pk).exists(),
        "callers": clear["people"] if clear else sum(by_how.values()), "by_how": [(MajorCaller.How(how).label, n) for how, n in sorted(by_how.items())],
        "by_outcome": [(MajorCaller.Outcome(o).label, OUTCOMES[o], n) for o, n in sorted(by_outcome.items())],
        "calls": Call.objects.filter(major=record).count(), "why": rules.words(major.why) if major and major.why else [],
        "late": bool(major and major.next_update_at and major.next_update_at <= at),
        "lasted": durations.short((major.over_at - record.opened_at).total_seconds()) if major and major.over_at else "",
        "clear": clear if may else None, "left_out": sum(n for _why, n in clear["left_out"]) if clear else 0, "story": story(record),
        "campaigns": list(major.campaigns.order_by("-pk")[:5]) if major else [],
        "organisation": directory.get().organisations.get(record.organisation_id), "may_run": _may_run(user),
        "campaign_url": campaign_url(user, record) if clear and may and not clear["people"] else "",
    }  # fmt: skip


def campaign_url(user, record: Record) -> str:
    """A campaign to those who use the service of a major incident, to be written; empty for who may not or where no service is known."""
    if not record.service_id or not _may_run(user):
        return ""
    return f"{reverse('call_campaigns:new')}?{urlencode({'service': record.service_id, 'name': f'{record.number} {record.title}'[:120]})}"


def _may_run(user) -> bool:
    from itsm.people.scope import scope_of

    return scope_of(user).may("calls.manage")


def clear_words(major: MajorIncident) -> dict:
    """What the all-clear would do: how many people by which channel, who falls out and why."""
    found = hooks.all_clear().preview(major)
    return {"people": found.total, "left_out": found.left_out, "channels": found.first_ways}


def story(record: Record) -> list[dict]:
    """What was decided and told, the newest first."""
    entries = list(
        Entry.objects.filter(
            Q(verb__startswith="incident.major_"), subject_kind="record", subject_id=record.pk
        ).order_by("-id")[:STORY]
    )
    names = names_of([entry.actor_id for entry in entries])
    return [
        {
            "at": entry.at, "by": names.get(entry.actor_id, ""), "icon": words.ICONS.get(entry.verb.removeprefix("incident."), "point"),
            "text": words.sentence(entry.verb.removeprefix("incident."), entry.data), "reason": entry.data.get("reason", ""),
            "told": words.changed(entry.changes) if entry.verb == "incident.major_updated" else [],
        }
        for entry in entries
    ]  # fmt: skip


def caller_rows(callers: list[MajorCaller], *, whole: bool) -> list[dict]:
    """Lines of the all-clear list; numbers masked for who does not take calls."""
    return [
        {
            "caller": each, "name": each.person.display_name if each.person else "",
            "number": numbers.spoken(each.number) if whole else numbers.masked(each.number),
            "outcome": chip(*OUTCOMES[each.outcome], MajorCaller.Outcome(each.outcome).label),
        }
        for each in callers
    ]  # fmt: skip


def above(record) -> dict | None:
    """What stands above an incident: it is proposed, or major. One read of Redis where it is neither."""
    if not record.major and record.pk not in opened.proposed():
        return None
    rows = MajorIncident.objects.filter(record=record.pk).exclude(state=MajorState.DECLINED)
    found = next(iter(rows.values("state", "why", "next_update_at", n=Count("callers")).order_by()[:1]), None)
    if found is None:
        return None
    at = now()
    return {
        "major": found, "why": rules.words(found["why"]), "clock": clock(record.opened_at, at), "callers": found["n"],
        "late": bool(found["next_update_at"] and found["next_update_at"] <= at), "url": f"/desk/majors/{record.number}/",
    }  # fmt: skip
