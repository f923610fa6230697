"""The availability of a service on its page: this month, the last one, this year, and twelve months as a picture."""

from datetime import datetime

from babel.dates import format_date
from django.utils import timezone
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from . import figures
from .availability import Availability, Failure
from .models import Outage, Service

MONTHS = 12
TALL, LEAST = 44, 4


def since() -> datetime:
    """From when on the card needs outages."""
    return min(figures.month(MONTHS - 1)[0], figures.year()[0])


def card(service: Service, outages: list[Outage]) -> dict:
    """What the card shows, from the outages `since` then."""
    terms = figures.terms_of(service)
    spans = [figures.month(back) for back in range(MONTHS - 1, -1, -1)]
    periods = [(_("This month"), spans[-1]), (_("Last month"), spans[-2]), (_("This year"), figures.year())]
    rows = [Failure(each.starts_at, each.ends_at, each.planned, each.degraded) for each in outages]
    found = [figures.of(terms, rows, *span) for _name, span in periods]
    return {
        "heads": [name for name, _span in periods], "lines": _lines(terms, found), "months": _months(terms, rows, spans),
        "target": figures.target_text(terms.target), "hours": service.agreed_hours, "missed": terms.missed(found[0]),
        "share": figures.percent(found[0].share if found[0] else None),
    }  # fmt: skip


def _lines(terms: figures.Terms, found: list[Availability | None]) -> list[dict]:
    """One row a figure, with the sentence that says what it is."""
    said = [
        (_("Availability"), _("Share of the agreed hours in which the service worked; planned maintenance is left out."), lambda a: figures.percent(a.share)),
        (_("Down"), _("Agreed hours in which the service did not work, outside planned maintenance."), lambda a: figures.length(a.down)),
        (_("Working badly"), _("Agreed hours in which it worked, but not well; they are no downtime."), lambda a: figures.length(a.degraded)),
        (pgettext("outage", "Planned"), _("Agreed hours of planned maintenance, taken out of what was agreed."), lambda a: figures.length(a.planned)),
        (_("Breaks"), _("Unplanned, full outages that began in the period, at any hour."), lambda a: str(a.breaks)),
        ("MTRS", _("Mean time to restore service: from failure to restoration by the clock, day and night."), lambda a: figures.clock_length(a.mtrs)),
        ("MTBF", _("Mean time between failures: agreed hours in which it worked, for each break."), lambda a: figures.length(a.mtbf)),
        ("MTBSI", _("Mean time between service incidents: agreed hours for each break, from one to the next."), lambda a: figures.length(a.mtbsi)),
    ]  # fmt: skip
    lines = [
        {"name": name, "why": why, "cells": [{"text": text(each) if each else "—", "bad": False} for each in found]}
        for name, why, text in said
    ]
    for cell, each in zip(lines[0]["cells"], found, strict=True):
        cell["bad"] = terms.missed(each)
    return lines


def _months(terms: figures.Terms, rows: list[Failure], spans: list[tuple[datetime, datetime]]) -> list[dict]:
    """A bar a month, as tall as what was lost; the line is what the target allows to lose."""
    found = [figures.of(terms, rows, *span) for span in spans]
    lost = [each.down / each.agreed if each and each.agreed else 0.0 for each in found]
    allowed = float(1 - terms.target / 100) if terms.target is not None else 0.0
    scale = max(*lost, allowed * 1.25, 0.001)
    line = round(TALL - allowed / scale * (TALL - LEAST), 1) if allowed else None
    bars = []
    for (start, _end), each, share in zip(spans, found, lost, strict=True):
        day = timezone.localtime(start, timezone.get_default_timezone()).date()
        tall = round(LEAST + share / scale * (TALL - LEAST), 1) if share else LEAST
        tone = "red" if share and (terms.missed(each) or terms.target is None) else "amber" if share else "green"
        bars.append({
            "short": _named(day, "LLL"), "name": _named(day, "LLLL y"), "tone": tone if each and each.agreed else "grey",
            "tall": tall, "y": TALL - tall, "line": line, "share": figures.percent(each.share if each else None),
            "down": figures.length(each.down) if each else "—", "planned": figures.length(each.planned) if each else "—",
            "breaks": _breaks(each.breaks) if each else "—",
        })  # fmt: skip
    return bars


def _named(day, pattern: str) -> str:
    return format_date(day, pattern, locale=get_language() or "fr")


def _breaks(count: int) -> str:
    return ngettext("%(n)s break", "%(n)s breaks", count) % {"n": count}
