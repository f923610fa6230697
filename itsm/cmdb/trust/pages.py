"""Rows of the trust pages, in the reader's words, with the addresses that their numbers lead to."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from itsm.people.directory import directory

from .. import itempage
from .measures import FLAWS, UNVERIFIED


def address(within: str, **more: str) -> str:
    """The list of items behind a number."""
    pairs = {"within": within} | more
    query = urlencode({name: value for name, value in pairs.items() if value})
    return reverse("cmdb:items") + (f"?{query}" if query else "")


def percent(part: float, whole: float) -> int | None:
    """A share of what there is, rounded down so that 100 means all; None of nothing."""
    return int(100 * part / whole + 1e-9) if whole else None


def labels() -> dict[str, tuple[str, str]]:
    """(what is good, what is counted and led to) by measure."""
    return {
        "complete": (_("Complete"), _("incomplete")),
        "fresh": (_("Fresh"), _("not confirmed for too long")),
        "accurate": (_("Not contradicted"), _("contradicted")),
        "healthy": (_("Healthy: all three"), _("not healthy")),
    }


def _measures(row: dict[str, Any], within: str, **more: str) -> list[dict]:
    found = []
    for flaw, name in FLAWS.items():
        good, bad = labels()[name]
        found.append(
            {
                "name": name, "label": good, "flaw": bad, "good": row[name], "bad": row["items"] - row[name],
                "share": percent(row[name], row["items"]), "url": address(within, trust=flaw, **more),
            }
        )  # fmt: skip
    return found


def total_rows(total: dict[str, Any], within: str) -> dict[str, Any]:
    """All items in the reader's reach."""
    filled = percent(total["shares"], total["items"])
    return {
        "items": total["items"], "url": address(within), "measures": _measures(total, within), "filled": filled,
        "verified": _verified(total, within),
    }  # fmt: skip


def _verified(row: dict[str, Any], within: str, **more: str) -> dict[str, Any]:
    """How many somebody found right, and how many nobody has looked at."""
    left = row["accurate"] - row["verified"]
    return {
        "share": percent(row["verified"], row["items"]), "bad": left, "flaw": _("checked by nobody"),
        "url": address(within, trust=UNVERIFIED, **more),
    }  # fmt: skip


def health_rows(rows: list[dict], within: str, parameter: str) -> list[dict]:
    """One line a class or team."""
    teams, found = directory.get().teams_by_code, []
    for row in rows:
        code = row["code"]
        if parameter == "ci_class":
            label = itempage.spec_of(code).name
        else:
            label = f"{code} {teams[code].name}" if code in teams else _("No team")
        more = {parameter: code}
        found.append(
            {
                "label": label, "items": row["items"], "url": address(within, **more), "filled": percent(row["shares"], row["items"]),
                "measures": _measures(row, within, **more), "verified": _verified(row, within, **more),
            }
        )  # fmt: skip
    return found


def source_rows(rows: list[dict], within: str) -> list[dict]:
    """One line a source: what it sees, what it sees too rarely, where it says otherwise, what it no longer finds."""
    return [
        {
            **row, "share": percent(row["seen"], row["items"]), "url": address(within, told_by=row["code"]),
            **{f"{how}_url": address(within, told_by=row["code"], telling=how) for how in ("late", "differs", "gone")},
        }
        for row in rows
    ]  # fmt: skip
