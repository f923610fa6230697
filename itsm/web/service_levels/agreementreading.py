"""One agreement for who does not change it: what it promises, where it applies, and what an imagined ticket would be promised."""

from django.shortcuts import render
from django.utils.translation import gettext as _

from itsm.calendars.calendars import calendar_name
from itsm.levels import agreements as engine
from itsm.levels import lengths
from itsm.levels.models import METRICS, Agreement, Metric
from itsm.people.reading import known_organisations
from itsm.people.scope import scope_of
from itsm.records.simulating import obeyed

from . import phrases
from .agreementform import TicketForm, metric_labels


def page(request, found: Agreement):
    """The agreement in words; with an imagined ticket in the address, what it would be promised."""
    rule = next(each for each in engine.rules.get() if each.pk == found.pk)
    known = None if scope_of(request.user).everything else set(known_organisations(request.user))
    asked = request.GET if "sim-opened" in request.GET else None
    ticket = TicketForm(asked, user=request.user, known=known)
    context = {
        "agreement": found, "rule": rule, "applies": phrases.conditions(rule, phrases.service_names()),
        "calendar": calendar_name(rule.calendar_id) if rule.calendar_id else "", "ticket": ticket,
    } | _targets(rule)  # fmt: skip
    context["obeys"] = [
        {"metric": Metric(metric).label, "said": obeyed(rule.conditions[metric])}
        for metric in METRICS
        if rule.conditions.get(metric)
    ]
    status = 200
    if asked is not None:
        if ticket.is_valid():
            context |= {"promised": ticket.promised(), "draft": rule, "opened": ticket.cleaned_data["opened"]}
        else:
            status = 422
    return render(request, "itsm_web/levels/agreement_read.html", context, status=status)


def _targets(rule: engine.Rule) -> dict:
    """One row a priority that it speaks of, one column a metric."""
    metrics = [metric for metric in METRICS if any(m == metric for _p, m in rule.targets)]
    rows = []
    for priority in sorted({p or 0 for p, _m in rule.targets}, key=lambda p: p or 9):
        cells, hours = [], []
        for metric in metrics:
            said = rule.targets.get((priority or None, metric))
            cells.append("—" if said is None else lengths.written(said[0]) or _("planned"))
            if said is not None and said[1]:
                hours.append(calendar_name(said[1]))
        rows.append({"priority": priority, "cells": cells, "hours": ", ".join(dict.fromkeys(hours))})
    return {"heads": metric_labels(metrics), "rows": rows}
