"""The conditions of an agreement's clocks as rows of a table: without JavaScript, as many as there are and a few more."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from itsm.levels.conditions import ASKED, FLAGS, Occasion, Terms
from itsm.levels.models import Metric
from itsm.records import fields

LEAST, SPARE = 3, 2
PARTS = ("metric", "when", "field", "how", "value")
YES, NO = {"yes", "oui", "true", "1"}, {"no", "non", "false", "0"}


class TermsRows:
    """One row a condition: which clock, on which occasion, which field, how it compares, with what."""

    def __init__(self, data: Mapping[str, str] | None, saved: dict[str, Terms], metrics):
        self.metrics = metrics
        self.wrong: dict[int, str] = {}
        if data is None:
            given = [_written(metric, when, each) for metric in saved for when, each in _flat(saved[metric])]
            count = max(LEAST, len(given) + SPARE)
        else:
            numbers = [name[len("o-metric-") :] for name in data if name.startswith("o-metric-")]
            count = min(1 + max((int(n) for n in numbers if n.isdecimal() and len(n) < 4), default=-1), 200)
            given = [{part: data.get(f"o-{part}-{n}", "").strip() for part in PARTS} for n in range(count)]
        self._rows = [*given, *({} for _n in range(count - len(given)))]

    def rows(self) -> list[dict]:
        """What the template draws."""
        return [
            {
                "n": n, "value": row.get("value", ""), "wrong": self.wrong.get(n, ""),
                "parts": [
                    {"name": "metric", "label": _("Clock"), "choices": _chosen(self._metrics(), row.get("metric"))},
                    {"name": "when", "label": _("Occasion"), "choices": _chosen(Occasion.choices, row.get("when"))},
                    {"name": "field", "label": _("Field"), "choices": _chosen(_fields(), row.get("field"))},
                    {"name": "how", "label": _("Comparison"), "choices": _chosen(fields.HOW.items(), row.get("how"))},
                ],
            }
            for n, row in enumerate(self._rows)
        ]  # fmt: skip

    def _metrics(self) -> list[tuple[str, str]]:
        return [("", "—"), *((metric.value, str(metric.label)) for metric in self.metrics)]

    def values(self) -> list[dict]:
        """What may be written as a value: each with the field that knows it."""
        known = ("state", "phase", "hold_reason", "category", "team", "organisation", "channel", "impact", "urgency")
        return [
            {"value": value, "label": f"{ASKED[name][0]}: {label}"}
            for name in known
            for value, label in fields.options(name).items()
        ]

    def terms(self) -> dict[str, Terms]:
        """By metric, what was said; `wrong` has the rows that say nothing that can be meant. A row without a clock says nothing."""
        found: dict[str, Terms] = {}
        for n, row in enumerate(self._rows):
            if not row.get("metric"):
                continue
            try:
                said = _read(row)
            except ValueError as error:
                self.wrong[n] = str(error)
                continue
            found.setdefault(row["metric"], {}).setdefault(row["when"], []).append(said)
        return found


def _flat(said: Terms):
    return [(when, each) for when, rows in said.items() for each in rows]


def _fields() -> list[tuple[str, Any]]:
    return [("", "—"), *((name, label) for name, (label, _how) in ASKED.items())]


def _chosen(choices, current) -> list[tuple]:
    return [(value, label, value == (current or "")) for value, label in choices]


def _written(metric: str, when: str, said: dict) -> dict:
    how = next(key for key in said if key != "field")
    value = said[how]
    values = value if isinstance(value, list) else [value]
    text = ", ".join((_("yes") if one else _("no")) if isinstance(one, bool) else str(one) for one in values)
    return {"metric": metric, "when": when, "field": said["field"], "how": how, "value": text}


def _read(row: dict) -> dict:
    """One condition, from what was typed. ValueError with words."""
    name, how, text = row["field"], row["how"], row["value"]
    if row["metric"] not in Metric.values or row["when"] not in Occasion.values or how not in fields.HOW:
        raise ValueError(_("Choose in the lists."))
    if name not in ASKED:
        raise ValueError(_("Choose a field."))
    if ASKED[name][1] is FLAGS or how == "filled":
        return {"field": name, how: _yes(text or "yes")}
    texts = [part.strip() for part in text.split(",")] if how == "in" else [text]
    values = [_value(name, part) for part in texts if part]
    if not values:
        raise ValueError(_("Give a value."))
    return {"field": name, how: values if how == "in" else values[0]}


def _yes(text: str) -> bool:
    if text.casefold() in YES | NO:
        return text.casefold() in YES
    raise ValueError(_("Answer yes or no."))


def _value(name: str, text: str) -> Any:
    """By its code or its name."""
    folded, known = text.casefold(), fields.options(name)
    if "above" in ASKED[name][1]:
        digits = folded.removeprefix("p") if name == "priority" else folded
        if digits.isdecimal() and len(digits) < 6 and (not known or int(digits) in known):
            return int(digits)
    for value, label in known.items():
        if folded in (str(value).casefold(), label.casefold()):
            return value
    raise ValueError(_("“%(text)s” is not known here.") % {"text": text[:60]})
