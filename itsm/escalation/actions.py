"""What a step may do. Each action says what it takes; a step keeps a list of `{"do": name, ...}`, checked here before it is kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError
from itsm.core.registry import Registry

from .models import Chain

WARNED = ("assignee", "team")
ALERTED = ("leader", "manager")
MOST_ACTIONS, LONGEST = 8, 2000


@dataclass(frozen=True)
class Setting:
    """Whose hand writes the actions (None: the product's own), for which users' organisation (None: all), and which stood there."""

    actor: Any = None
    organisation_id: int | None = None
    before: tuple[dict, ...] = ()


@dataclass(frozen=True)
class Action:
    """`check(given, setting)` returns the parameters to keep, or raises DomainError. `words(kept)` says it for people.

    An action that a higher layer adds takes one parameter, named like itself and chosen among `choices(user)`, `none` first.
    """

    name: str
    label: Promise
    check: Callable[[dict, Setting], dict]
    words: Callable[[dict], str]
    choices: Callable[[Any], list[tuple[str, str]]] | None = None
    none: Promise | str = ""


ACTIONS: Registry[Action] = Registry("escalation action")


def checked(given: Any, setting: Setting) -> list[dict]:
    """The actions of a step, each known and complete; DomainError says which is not."""
    if not isinstance(given, list) or not given:
        raise DomainError(_("A step does at least one thing."), field="actions")
    if len(given) > MOST_ACTIONS:
        raise DomainError(_("A step does at most %(n)s things.") % {"n": MOST_ACTIONS}, field="actions")
    kept = []
    for each in given:
        action = ACTIONS.find(str(each.get("do"))) if isinstance(each, dict) else None
        if action is None:
            raise DomainError(_("An action is not known: %(action)s.") % {"action": str(each)[:80]}, field="actions")
        kept.append({"do": action.name} | action.check({k: v for k, v in each.items() if k != "do"}, setting))
    return kept


def chosen() -> list[Action]:
    """The actions that higher layers added."""
    return [action for action in ACTIONS if action.choices]


def in_words(actions: list[dict]) -> list[str]:
    """What a step does, a sentence an action."""
    return [ACTIONS.get(each["do"]).words(each) for each in actions if each["do"] in ACTIONS]


def _who(allowed: tuple[str, ...]) -> Callable[[dict, Setting], dict]:
    def check(given: dict, _setting: Setting) -> dict:
        _only(given, "who")
        who = given.get("who")
        if not isinstance(who, list) or not who or not set(who) <= set(allowed):
            raise DomainError(_("Say who is told: %(who)s.") % {"who": ", ".join(allowed)}, field="actions")
        return {"who": [each for each in allowed if each in who]}

    return check


def _texts(given: dict, _setting: Setting) -> dict:
    """One text in each language."""
    _only(given, "fr", "en")
    kept = {key: str(given.get(key) or "").strip()[:LONGEST] for key in ("fr", "en")}
    if not all(kept.values()):
        raise DomainError(_("Write the text in French and in English."), field="actions")
    return kept


def _chain(given: dict, _setting: Setting) -> dict:
    """The code of a chain that is in use."""
    _only(given, "chain")
    code = str(given.get("chain") or "")[:40]
    if not Chain.objects.filter(code=code, active=True).exists():
        raise DomainError(_("Choose a call chain that is in use."), field="actions")
    return {"chain": code}


def _nothing(given: dict, _setting: Setting) -> dict:
    _only(given)
    return {}


def _only(given: dict, *names: str) -> None:
    unknown = sorted(set(given) - set(names))
    if unknown:
        raise DomainError(
            _("An action does not take this: %(names)s.") % {"names": ", ".join(unknown)}, field="actions"
        )


def _people(kept: dict) -> str:
    return ", ".join(str(PEOPLE[each]) for each in kept["who"])


PEOPLE = {
    "assignee": gettext_lazy("who has it"), "team": gettext_lazy("the team while nobody has it"),
    "leader": gettext_lazy("the leader of the team"), "manager": gettext_lazy("the service-desk manager"),
}  # fmt: skip

for _action in (
    Action("warn", gettext_lazy("Warn"), _who(WARNED), lambda kept: _("Warn %(who)s") % {"who": _people(kept)}),
    Action(
        "alert", gettext_lazy("Hierarchical escalation"), _who(ALERTED),
        lambda kept: _("Hierarchical escalation: %(who)s") % {"who": _people(kept)},
    ),
    Action(
        "escalate", gettext_lazy("Functional escalation to the next team"), _nothing,
        lambda kept: _("Functional escalation to the next team"),
    ),
    Action(
        "raise_priority", gettext_lazy("Raise the priority by one"), _texts,
        lambda kept: _("Raise the priority by one: %(reason)s") % {"reason": _local(kept)},
    ),
    Action("page", gettext_lazy("Call the on-call"), _chain, lambda kept: _("Call the on-call: %(chain)s") % kept),
    Action("note", gettext_lazy("Internal note"), _texts, lambda kept: _("Internal note: %(text)s") % {"text": _local(kept)}),
):  # fmt: skip
    ACTIONS.add(_action.name, _action)


def _local(kept: dict) -> str:
    from django.utils.translation import get_language

    return kept["en" if (get_language() or "fr").startswith("en") else "fr"]
