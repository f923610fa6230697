"""Why a clock made something happen, in the reader's language: the facts are kept with the act, the words are made here."""

from django.utils.functional import lazystr
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from itsm.levels.models import Kind, Metric


def reason(data: dict) -> str:
    """The reason that an act kept: a person's as it was written, a policy's or a clock's in the reader's language."""
    if "reasons" in data:
        text = _by_policy(data["reasons"]["en" if (get_language() or "fr").startswith("en") else "fr"], data)
    elif not data.get("metric"):
        return str(data.get("reason", ""))
    else:
        text = _by_policy(_of_clock(data), data)
    missed = data.get("missed") or 0
    if not missed:
        return text
    words = ngettext("%(n)s reminder before it was missed.", "%(n)s reminders before it were missed.", missed)
    return f"{text} {words % {'n': missed}}"


def lazy_reason(data: dict):
    """The same, made when it is shown."""
    return lazystr(_Later(data))


class _Later:
    def __init__(self, data: dict):
        self._data = data

    def __str__(self) -> str:
        return reason(self._data)


def _by_policy(text: str, data: dict) -> str:
    if not data.get("policy"):
        return text
    return _("%(text)s (policy %(policy)s)") % {"text": text, "policy": data["policy"]}


def _of_clock(data: dict) -> str:
    values = {"percent": data.get("step"), "times": data.get("repeat"), "clock": _name(data)}
    if data.get("nobody_above"):
        return _("Overdue, and no team is known above this one.")
    if data.get("repeat"):
        return _("%(clock)s: still not done, reminder %(times)s.") % values
    if data["metric"] == Metric.OWN and data.get("clock", Kind.SLA) == Kind.SLA:
        if (data.get("step") or 0) < 100:
            return _("Nobody has taken charge yet (%(percent)s %% of the target).") % values
        return _("Nobody has taken charge in time (%(percent)s %% of the target).") % values
    if data["metric"] == Metric.RESOLVE and data.get("clock", Kind.SLA) == Kind.SLA:
        return _("%(percent)s %% of the resolution target is used.") % values
    return _("%(clock)s: %(percent)s %% of the target is used.") % values


def _name(data: dict) -> str:
    kind = data.get("clock") or Kind.SLA
    metric = str(Metric(data["metric"]).label)
    return metric if kind == Kind.SLA else f"{kind.upper()} {metric}"
