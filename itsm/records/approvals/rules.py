"""Approval rules as data: ordered stages, each with who is asked, how many must agree, by when, and what silence means.

{"stages": [{"name": {"fr": "…", "en": "…"}, "ask": [{"who": "manager"}, {"who": "team", "code": "CAB"}],
             "quorum": "all" | "any" | {"percent": 50} | {"count": 2}, "due": 16, "remind": {"hours": 8, "business": true},
             "on_expiry": "refuse" | "escalate", "when": {"field": "cost", "above": 1000}}]}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from itsm.core import conditions
from itsm.core.conditions import Condition
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import User

from .. import delays
from ..delays import Delay
from ..models import Approval

FIELD = "rule"
MOST_STAGES, MOST_ASKED = 10, 20
OWNERS = ("manager", "item_owner", "application_owner", "service_owner")
ON_EXPIRY = ("refuse", "escalate")
STAGE_KEYS = {"name", "ask", "quorum", "due", "remind", "on_expiry", "when"}


@dataclass(frozen=True)
class Ask:
    """Whom to ask: `who` is one of `OWNERS`, `person` (a login) or `team` (a code)."""

    who: str
    name: str = ""

    @property
    def words(self) -> str:
        """In the reader's language."""
        if self.who == "team":
            row = directory.get().teams_by_code.get(self.name)
            return _("Team %(team)s") % {"team": row.name if row else self.name}
        return self.name if self.who == "person" else str(Approval.Why(self.who).label)


@dataclass(frozen=True)
class Quorum:
    """How many of those asked must agree: a percentage of them, or a number; both 0: one is enough."""

    percent: int = 0
    count: int = 0

    def needed(self, asked: int) -> int:
        """So many yeses, of so many people; never more than there are."""
        wanted = ceil(asked * self.percent / 100) if self.percent else self.count
        return min(max(1, wanted), asked)

    @property
    def words(self) -> str:
        """In the reader's language."""
        if self.percent == 100:
            return _("all of them")
        if self.percent:
            return _("%(percent)s %% of them") % {"percent": self.percent}
        if self.count > 1:
            return ngettext("%(n)s of them", "%(n)s of them", self.count) % {"n": self.count}
        return _("one of them")


@dataclass(frozen=True)
class Stage:
    ask: tuple[Ask, ...]
    quorum: Quorum = Quorum(percent=100)
    due: Delay | None = None
    remind: Delay | None = None
    on_expiry: str = "refuse"
    when: tuple[Condition, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In the reader's language; made of who is asked where it has none."""
        language = "en" if (get_language() or "fr").startswith("en") else "fr"
        return self.names.get(language) or self.names.get("fr") or ", ".join(each.words for each in self.ask)


@dataclass(frozen=True)
class Rule:
    stages: tuple[Stage, ...] = ()

    def applying(self, facts: Mapping[str, Any]) -> list[int]:
        """The numbers (from 1) of the stages that apply to these answers."""
        return [n for n, stage in enumerate(self.stages, 1) if conditions.hold(stage.when, facts)]

    def next(self, after: int, facts: Mapping[str, Any]) -> int:
        """The number (from 1) of the next stage that applies to these answers; 0 when there is none."""
        for number, stage in enumerate(self.stages[after:], after + 1):
            if conditions.hold(stage.when, facts):
                return number
        return 0


def parse(given: Any, *, check_names: bool = True) -> Rule:
    """The rule in this data. DomainError on the field `rule`, with the stage and what is wrong there.

    `check_names`: logins and team codes must exist now; a kept rule is read without, for people leave.
    """
    if given in (None, {}, []):
        return Rule()
    if not isinstance(given, dict) or set(given) != {"stages"} or not isinstance(given["stages"], list):
        raise _wrong(_("A rule is a list of stages."))
    if len(given["stages"]) > MOST_STAGES:
        raise _wrong(_("A rule has at most %(n)s stages.") % {"n": MOST_STAGES})
    return Rule(
        tuple(_stage(each, _("Stage %(n)s") % {"n": n}, check_names) for n, each in enumerate(given["stages"], 1))
    )


def _stage(given: Any, where: str, check_names: bool) -> Stage:
    if not isinstance(given, dict):
        raise _wrong(_("%(where)s is not written as one.") % {"where": where})
    unknown = sorted(set(given) - STAGE_KEYS)
    if unknown:
        raise _wrong(_("%(where)s: “%(key)s” is not known.") % {"where": where, "key": unknown[0]})
    asked = given.get("ask")
    if not isinstance(asked, list) or not asked or len(asked) > MOST_ASKED:
        raise _wrong(_("%(where)s: say who is asked, %(n)s at most.") % {"where": where, "n": MOST_ASKED})
    on_expiry = given.get("on_expiry", "refuse")
    if on_expiry not in ON_EXPIRY:
        raise _wrong(_("%(where)s: without an answer in time it is refused or escalated.") % {"where": where})
    due = delays.parse(given.get("due"), where=where, field=FIELD)
    remind = delays.parse(given.get("remind"), where=where, field=FIELD)
    if due and remind and due.business == remind.business and remind.hours >= due.hours:
        raise _wrong(_("%(where)s: the reminder comes before the deadline.") % {"where": where})
    names = given.get("name") or {}
    if not isinstance(names, dict) or set(names) - {"fr", "en"} or not all(isinstance(n, str) for n in names.values()):
        raise _wrong(_("%(where)s: give its name in French and English.") % {"where": where})
    return Stage(
        ask=tuple(_ask(each, where, check_names) for each in asked), quorum=_quorum(given.get("quorum", "all"), where),
        due=due, remind=remind, on_expiry=on_expiry, names=names,
        when=conditions.parse(given.get("when"), where=where, field=FIELD),
    )  # fmt: skip


def _ask(given: Any, where: str, check_names: bool) -> Ask:
    who = given.get("who") if isinstance(given, dict) else None
    if who in OWNERS and set(given) == {"who"}:
        return Ask(who)
    key = {"person": "login", "team": "code"}.get(who or "")
    if key is None or set(given) != {"who", key} or not isinstance(given[key], str):
        raise _wrong(_("%(where)s: nobody is asked by “%(who)s”.") % {"where": where, "who": str(who or given)[:60]})
    name = given[key]
    if check_names and who == "team" and name not in directory.get().teams_by_code:
        raise _wrong(_("%(where)s: there is no team %(code)s.") % {"where": where, "code": name})
    if check_names and who == "person" and not User.objects.filter(username__iexact=name, is_active=True).exists():
        raise _wrong(_("%(where)s: there is no active account %(login)s.") % {"where": where, "login": name})
    return Ask(who, name)


def _quorum(given: Any, where: str) -> Quorum:
    if given in ("all", "any"):
        return Quorum(percent=100 if given == "all" else 0)
    if isinstance(given, dict) and len(given) == 1:
        key, value = next(iter(given.items()))
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and key == "percent" and 0 <= value <= 100:
            return Quorum(percent=value)
        if whole and key == "count" and 1 <= value <= 100:
            return Quorum(count=value)
    raise _wrong(_("%(where)s: all, one, a percentage or a number of them must agree.") % {"where": where})


def _wrong(text: str) -> DomainError:
    return DomainError(text, field=FIELD)
