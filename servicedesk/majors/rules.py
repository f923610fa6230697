"""Rules that propose a major incident: read by a sweep, and as soon as something fitting happens. Proposing twice changes nothing.

Only open incidents that are under no other, and not major yet, are looked at. A declined one is proposed again only once it is
worse than it was then.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from itsm.core import now
from itsm.people.directory import directory
from itsm.records.models import Record

from ..calls.models import CallLink
from . import services
from .models import MajorIncident, MajorRule, MajorState

KIND, MOST, TWICE = "incident", 500, 2
COLUMNS = ("pk", "priority", "child_count", "organisation_id", "service__item__criticality")


def sweep(at: datetime | None = None) -> int:
    """Propose what the rules find; how many proposals are new."""
    at, rules = at or now(), _rules()
    if not rules:
        return 0
    fitting = Q(pk__in=[])
    for rule in rules:
        fitting |= _first_look(rule, at)
    found = _candidates().filter(fitting).exclude(major_incident__state=MajorState.PROPOSED)
    return _judge(list(found.order_by("-pk").values(*COLUMNS)[:MOST]), rules, at)


def evaluate(record_pks: Iterable[int], at: datetime | None = None) -> int:
    """The same for these records at once: something happened to them."""
    pks, rules = set(record_pks), _rules()
    if not pks or not rules:
        return 0
    return _judge(list(_candidates().filter(pk__in=pks).values(*COLUMNS)), rules, at or now())


def weight(record: Record, at: datetime | None = None) -> dict:
    """How bad an incident is now: kept with a decision, compared with later."""
    rows, rules, at = list(Record.objects.filter(pk=record.pk).values(*COLUMNS)), _rules(), at or now()
    calls, children = _calls(rows, rules, at), _children(rows, rules, at)
    return _weight(rows[0], _found(rows[0], rules, calls, children), calls, children)


def worse(then: dict, current: dict) -> bool:
    """More pressing, twice as many calls or tickets, or found by a rule that had not found it."""
    if not then:
        return True
    if current["priority"] < then.get("priority", 9):
        return True
    if any(then.get(what) and current[what] >= TWICE * then[what] for what in ("calls", "children")):
        return True
    return bool(set(current["rules"]) - set(then.get("rules", [])))


def words(why: list[dict]) -> list[str]:
    """Why it was proposed, each rule in one line."""
    return [" · ".join(_words(each)) for each in why]


def _words(each: dict) -> list[str]:
    found = []
    if each.get("priority"):
        found.append(_("priority %(n)s") % {"n": each["priority"]})
    if each.get("criticality"):
        found.append(_("criticality of the service: %(n)s") % {"n": each["criticality"]})
    if each.get("calls"):
        calls = {"n": each["calls"], "minutes": each.get("minutes", "")}
        found.append(ngettext("%(n)s call in %(minutes)s min", "%(n)s calls in %(minutes)s min", each["calls"]) % calls)
    if each.get("usual") is not None:
        usual = float(each["usual"])
        said = number_format(usual, decimal_pos=0 if usual.is_integer() else 1, use_l10n=True)
        found.append(_("usual at this hour: %(n)s") % {"n": said})
    if each.get("children"):
        tickets = {"n": each["children"], "minutes": each.get("minutes", "")}
        found.append(
            ngettext("%(n)s ticket under it in %(minutes)s min", "%(n)s tickets under it in %(minutes)s min", each["children"]) % tickets
        )  # fmt: skip
    return found or [_("proposed by hand")]


def _rules() -> list[MajorRule]:
    return list(MajorRule.objects.filter(about=MajorRule.About.INCIDENT, is_active=True).order_by("position", "pk"))


def _candidates():
    return Record.objects.filter(kind=KIND, parent=None, major=False).active()


def _first_look(rule: MajorRule, at: datetime) -> Q:
    """What can fit this rule at all, by what is on the spine."""
    look = Q()
    if rule.priority:
        look &= Q(priority__lte=rule.priority)
    if rule.criticality:
        look &= Q(service__item__criticality__lte=rule.criticality)
    if rule.children:
        look &= Q(child_count__gte=rule.children)
    if rule.calls:
        called = set(_links(at, rule.minutes).values_list("family", flat=True))
        look &= Q(pk__in=called)
    return look


def _links(at: datetime, minutes: int):
    """Calls that led to an incident, or to one under it, in these minutes: `family` is the one above."""
    recent = CallLink.objects.filter(at__gt=at - timedelta(minutes=minutes), at__lte=at)
    return recent.annotate(family=Coalesce("record__parent_id", "record_id"))


def _judge(rows: list[dict], rules: list[MajorRule], at: datetime) -> int:
    if not rows:
        return 0
    calls, children = _calls(rows, rules, at), _children(rows, rules, at)
    known = {m.record_id: m for m in MajorIncident.objects.filter(record__in=[row["pk"] for row in rows])}
    made = 0
    for row in rows:
        why, major = _found(row, rules, calls, children), known.get(row["pk"])
        if not why or (major is not None and major.state != MajorState.DECLINED):
            continue
        heavy = _weight(row, why, calls, children)
        if major is None or worse(major.weight, heavy):
            made += services.propose(row["pk"], why=why, weight=heavy, at=at) is not None
    return made


def _calls(rows: list[dict], rules: list[MajorRule], at: datetime) -> dict[int, Counter]:
    """By minutes: calls a family."""
    pks = {row["pk"] for row in rows}
    return {
        minutes: Counter(dict(_counted(_links(at, minutes).filter(family__in=pks))))
        for minutes in {rule.minutes for rule in rules if rule.calls}
    }


def _counted(links) -> list[tuple[int, int]]:
    found: dict[int, set[int]] = {}
    for family, call in links.values_list("family", "call_id"):
        found.setdefault(family, set()).add(call)
    return [(family, len(calls)) for family, calls in found.items()]


def _children(rows: list[dict], rules: list[MajorRule], at: datetime) -> dict[int, Counter]:
    """By minutes: tickets a parent that came in these minutes."""
    parents = [row["pk"] for row in rows if row["child_count"]]
    return {
        minutes: Counter(
            Record.objects.filter(
                parent_id__in=parents, opened_at__gt=at - timedelta(minutes=minutes), opened_at__lte=at
            ).values_list("parent_id", flat=True)
        )
        for minutes in {rule.minutes for rule in rules if rule.children}
    }


def _found(row: dict, rules: list[MajorRule], calls: dict[int, Counter], children: dict[int, Counter]) -> list[dict]:
    """The rules that hold for this record, with what they found."""
    place = directory.get().organisations.get(row["organisation_id"])
    lineage, found = place.lineage if place else (), []
    for rule in rules:
        if rule.organisation_id and rule.organisation_id not in lineage:
            continue
        each: dict = {"rule": rule.code, "minutes": rule.minutes}
        if rule.priority:
            each["priority"] = row["priority"] if row["priority"] <= rule.priority else 0
        if rule.criticality:
            vital = row["service__item__criticality"] or 9
            each["criticality"] = vital if vital <= rule.criticality else 0
        if rule.calls:
            n = calls[rule.minutes][row["pk"]]
            each["calls"] = n if n >= rule.calls else 0
        if rule.children:
            n = children[rule.minutes][row["pk"]]
            each["children"] = n if n >= rule.children else 0
        if all(each.values()):
            found.append(each)
    return found


def _weight(row: dict, why: list[dict], calls: dict[int, Counter], children: dict[int, Counter]) -> dict:
    return {
        "priority": row["priority"], "rules": sorted(each["rule"] for each in why),
        "calls": max((count[row["pk"]] for count in calls.values()), default=0),
        "children": max((count[row["pk"]] for count in children.values()), default=0),
    }  # fmt: skip
