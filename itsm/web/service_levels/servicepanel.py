"""What is agreed about a service, on its page: what its users are promised, what the team that supports it and suppliers promise."""

from django.utils.translation import gettext as _

from itsm.calendars.calendars import calendar_name
from itsm.core import now
from itsm.core.panels import Panel, register
from itsm.levels import agreements, lengths
from itsm.levels.agreements import Facts, Rule
from itsm.levels.models import Kind
from itsm.levels.reading import agreements_for
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from . import phrases
from .agreementform import metric_labels

METRICS = ("own", "response", "resolve")
PRIORITIES = range(1, 6)


def agreements_of_service(request, item) -> dict | None:
    """The agreements that apply to an incident of the service's customer; None for what is no service."""
    service, book = getattr(item, "service", None), directory.get()
    place = (service and service.customer_id) or item.organisation_id or request.user.organisation_id
    if service is None or place not in book.organisations:
        return None
    team = book.teams.get(item.support_team_id)
    on = agreements.local_date(now())

    def facts(priority: int) -> Facts:
        return Facts(
            place, "incident", priority, on, service_id=item.pk, team_id=team.pk if team else None,
            level=team.level if team else None,
        )  # fmt: skip

    scope = scope_of(request.user)
    links = set(agreements_for(request.user).values_list("pk", flat=True)) if scope.is_agent else set()
    rows, used = _promises(facts)
    legs = agreements.applicable(Kind.OLA, facts(3))[:1] if team else []
    contracts = agreements.contracts(facts(3))
    known = {rule.pk for rule in (*used, *legs, *contracts)}
    others = [
        rule for rule in agreements.in_force() if rule.active and rule.service_id == item.pk and rule.pk not in known
    ]
    return {
        "organisation": book.organisations[place].name, "team": team, "links": links, "rows": rows, "used": used,
        "heads": metric_labels(METRICS),
        "legs": [_said(rule) for rule in legs], "contracts": [_said(rule) for rule in contracts],
        "others": [_said(rule) for rule in others],
    }  # fmt: skip


def _promises(facts) -> tuple[list[dict], list[Rule]]:
    """One row a priority: each metric, the hours that count, by which agreement. And the agreements, once each."""
    rows, used = [], {}
    for priority in PRIORITIES:
        asked = facts(priority)
        found = [agreements.promise(Kind.SLA, asked, metric) for metric in METRICS]
        given = [each for each in found if each is not None]
        rules = {each.agreement_id: agreements.rule(each.agreement_id) for each in given}
        used |= rules
        rows.append({
            "priority": priority,
            "cells": ["—" if each is None else lengths.written(each.seconds) or _("planned") for each in found],
            "hours": ", ".join(dict.fromkeys(calendar_name(each.calendar_id) for each in given)),
        })  # fmt: skip
    return rows, [rule for rule in used.values() if rule is not None]


def _said(rule: Rule) -> dict:
    book = directory.get()
    supplier = book.organisations.get(rule.supplier_id)
    return {
        "rule": rule, "targets": phrases.targets(rule), "hours": calendar_name(rule.calendar_id),
        "who": supplier.name if supplier else "",
        "conditions": ", ".join(phrases.conditions(rule, {})),
    }  # fmt: skip


register(
    Panel("agreements-of-service", "ci", "itsm_web/levels/_service_agreements.html", agreements_of_service, order=5)
)
