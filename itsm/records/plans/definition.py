"""Task plans as data: who does what, after what, by when.

{"tasks": [{"key": "account", "title": {"fr": "…", "en": "…"}, "team": "N1-CDS", "assignee": {"who": "manager"},
            "depends_on": ["badge"], "due": 8, "due_from": "task" | "record", "when": {"field": "vpn", "filled": true},
            "action": {"kind": "webhook", "webhook": "directory"}}]}
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core import conditions
from itsm.core.conditions import Condition
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import User

from .. import delays
from ..delays import Delay
from .kinds import KINDS

FIELD = "plan"
MOST = 50
KEYS = {"key", "title", "body", "team", "assignee", "depends_on", "due", "due_from", "when", "action"}
ASSIGNEES = (
    "manager",
    "requester",
    "team_leader",
    "record_assignee",
    "item_owner",
    "application_owner",
    "service_owner",
)


@dataclass(frozen=True)
class Step:
    """One task to come."""

    key: str
    titles: Mapping[str, str]
    bodies: Mapping[str, str] = field(default_factory=dict)
    team: str = ""
    assignee: str = ""
    login: str = ""
    after: tuple[str, ...] = ()
    due: Delay | None = None
    due_from: str = "task"
    when: tuple[Condition, ...] = ()
    action: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def title(self, language: str = "") -> str:
        """In that language, else the reader's."""
        return _in(self.titles, language)

    def body(self, language: str = "") -> str:
        """In that language, else the reader's."""
        return _in(self.bodies, language)


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...] = ()

    def applying(self, facts: Mapping[str, Any]) -> tuple[Step, ...]:
        """The steps whose conditions hold for these answers, in the order of the plan."""
        return tuple(step for step in self.steps if conditions.hold(step.when, facts))

    def predecessors(self, present: set[str]) -> dict[str, set[str]]:
        """What each present step waits for. In the place of a step that does not apply come those it waits for itself."""
        by_key = {step.key: step for step in self.steps}

        def real(keys: tuple[str, ...]) -> set[str]:
            found: set[str] = set()
            for key in keys:
                found |= {key} if key in present else real(by_key[key].after)
            return found

        return {key: real(by_key[key].after) for key in present}


def parse(given: Any, *, check_names: bool = True) -> Plan:
    """The plan in this data. DomainError on the field `plan`, with the task and what is wrong there.

    `check_names`: teams, logins and kinds of steps must exist now; a kept plan is read without.
    """
    if given in (None, {}, []):
        return Plan()
    if not isinstance(given, dict) or set(given) != {"tasks"} or not isinstance(given["tasks"], list):
        raise _wrong(_("A plan is a list of tasks."))
    if len(given["tasks"]) > MOST:
        raise _wrong(_("A plan has at most %(n)s tasks.") % {"n": MOST})
    steps = tuple(_step(each, _("Task %(n)s") % {"n": n}, check_names) for n, each in enumerate(given["tasks"], 1))
    _check_order(steps)
    return Plan(steps)


def _step(given: Any, where: str, check_names: bool) -> Step:
    if not isinstance(given, dict):
        raise _wrong(_("%(where)s is not written as one.") % {"where": where})
    unknown = sorted(set(given) - KEYS)
    if unknown:
        raise _wrong(_("%(where)s: “%(key)s” is not known.") % {"where": where, "key": unknown[0]})
    key = given.get("key")
    if not isinstance(key, str) or not 0 < len(key) <= 40:
        raise _wrong(_("%(where)s: give it a key of at most 40 characters.") % {"where": where})
    where = _("Task %(n)s") % {"n": f"“{key}”"}
    titles, bodies = _texts(given.get("title"), where), _texts(given.get("body") or {}, where)
    if not titles.get("fr") and not titles.get("en"):
        raise _wrong(_("%(where)s: say what has to be done.") % {"where": where})
    team = given.get("team") or ""
    if check_names and team and team not in directory.get().teams_by_code:
        raise _wrong(_("%(where)s: there is no team %(code)s.") % {"where": where, "code": team})
    after = given.get("depends_on") or []
    if not isinstance(after, list) or not all(isinstance(each, str) for each in after):
        raise _wrong(_("%(where)s: “depends_on” is a list of keys.") % {"where": where})
    due_from = given.get("due_from", "task")
    if due_from not in ("task", "record"):
        raise _wrong(_("%(where)s: its deadline counts from the task or from the record.") % {"where": where})
    who, login = _assignee(given.get("assignee"), where, check_names)
    if who == "team_leader" and not team:
        raise _wrong(_("%(where)s: a team leader needs a team.") % {"where": where})
    action, parameters = _action(given.get("action"), where, check_names)
    if not team and not who and not action:
        raise _wrong(_("%(where)s: say which team or person does it, or what is done by itself.") % {"where": where})
    return Step(
        key=key, titles=titles, bodies=bodies, team=team, assignee=who, login=login, after=tuple(dict.fromkeys(after)),
        due=delays.parse(given.get("due"), where=where, field=FIELD), due_from=due_from, action=action, parameters=parameters,
        when=conditions.parse(given.get("when"), where=where, field=FIELD),
    )  # fmt: skip


def _texts(given: Any, where: str) -> dict[str, str]:
    given = {"fr": given, "en": given} if isinstance(given, str) else given
    if not isinstance(given, dict) or set(given) - {"fr", "en"} or not all(isinstance(t, str) for t in given.values()):
        raise _wrong(_("%(where)s: write its texts in French and English.") % {"where": where})
    return {language: text.strip() for language, text in given.items()}


def _assignee(given: Any, where: str, check_names: bool) -> tuple[str, str]:
    if given in (None, {}, ""):
        return "", ""
    who = given.get("who") if isinstance(given, dict) else None
    if who in ASSIGNEES and set(given) == {"who"}:
        return who, ""
    if who == "person" and set(given) == {"who", "login"} and isinstance(given["login"], str):
        if check_names and not User.objects.filter(username__iexact=given["login"], is_active=True).exists():
            raise _wrong(
                _("%(where)s: there is no active account %(login)s.") % {"where": where, "login": given["login"]}
            )
        return who, given["login"]
    raise _wrong(_("%(where)s: nobody is named by “%(who)s”.") % {"where": where, "who": str(who or given)[:60]})


def _action(given: Any, where: str, check_names: bool) -> tuple[str, dict]:
    if given in (None, {}):
        return "", {}
    name = given.get("kind") if isinstance(given, dict) else None
    kind = KINDS.find(name) if isinstance(name, str) else None
    parameters = {key: value for key, value in given.items() if key != "kind"} if isinstance(given, dict) else {}
    if not check_names and isinstance(name, str):
        return name, parameters
    if kind is None:
        raise _wrong(_("%(where)s: “%(kind)s” is no automatic step.") % {"where": where, "kind": str(name)[:60]})
    try:
        return kind.name, kind.check(parameters)
    except DomainError as error:
        raise _wrong(f"{where}: {error.message}") from error


def _check_order(steps: tuple[Step, ...]) -> None:
    """Keys once each; what a task waits for exists; no task waits for itself through others."""
    keys = [step.key for step in steps]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise _wrong(_("Two tasks have the key “%(key)s”.") % {"key": twice})
    for step in steps:
        for other in step.after:
            if other not in keys:
                raise _wrong(
                    _("Task “%(key)s” waits for “%(other)s”, which is none.") % {"key": step.key, "other": other}
                )
    left = {step.key: set(step.after) for step in steps}
    while free := [key for key, after in left.items() if not after & left.keys()]:
        for key in free:
            del left[key]
    if left:
        raise _wrong(_("These tasks wait for each other: %(keys)s.") % {"keys": ", ".join(sorted(left))})


def _in(texts: Mapping[str, str], language: str) -> str:
    wanted = (language or get_language() or "fr")[:2]
    return texts.get(wanted) or texts.get("fr") or texts.get("en") or ""


def _wrong(text: str) -> DomainError:
    return DomainError(text, field=FIELD)
