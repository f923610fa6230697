"""A new record from a call: its form begins with what the call knows, and what is opened is linked to the call."""

from django.urls import reverse

from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.scope import scope_of
from itsm.records import reference
from itsm.records.models import Channel, Record

from .. import services
from ..models import Call, CallLink
from . import clocks, names

LEVELS = (1, 0, 2, 3)


def call_of(request) -> Call | None:
    """The call that the address names, among those that the reader sees; None for everybody who takes no calls."""
    number = request.GET.get("call", "").replace("\x00", "")[:20].upper()
    if not number or not scope_of(request.user).may("calls.take"):
        return None
    return (
        Call.objects.visible_to(request.user)
        .select_related("caller", "queue", "operator")
        .filter(number=number)
        .first()
    )


def initial(request, call: Call | None, *, teams=()) -> dict:
    """What the form begins with: caller, channel, category, service, and the team that the category goes to."""
    if call is None:
        return {}
    found: dict = {"channel": Channel.PHONE}
    if call.caller:
        found["requester"] = call.caller.username
    rows = reference.categories.get()
    category = rows.by_code(request.GET.get("category", "")[:40]) or rows.get(call.category_id)
    if category:
        found["category"] = category.code
        team = team_of(category)
        if team and team in teams:
            found["team"] = team
    if call.service_id:
        found["service"] = call.service_id
    return found


def team_of(category: reference.CodeRow) -> str:
    """The code of the team that takes calls of this category first; empty where no rule says."""
    rules, book = reference.category_teams.get(), directory.get().teams
    for level in LEVELS:
        for pk in category.lineage or (category.pk,):
            team = book.get(rules.get((pk, level)))
            if team:
                return team.code
    return ""


def shown(call: Call | None, at) -> dict | None:
    """What the form says of the call."""
    if call is None:
        return None
    talks = call.ended_at is None and call.answered_at is not None
    clock = clocks.runs(call.answered_at, at) if talks else ""
    return {"call": call, "name": names.of(call).name, "number": names.of(call).number, "clock": clock}


def linked(call: Call | None, record: Record, requester: User | None, *, actor) -> str:
    """The record was opened by the call. Where one goes on: back to the console, while the call is one's own."""
    if call is None:
        return ""
    if call.caller_id is None and requester is not None:
        services.say_who(call, caller=requester, actor=actor)
    services.attach(call, record=Record.objects.get(pk=record.pk), how=CallLink.How.CREATED, actor=actor)
    mine = call.operator_id is not None and call.operator.person_id == actor.pk
    return reverse("call_console:console") if mine and call.state not in ("closed", "call_back_due") else ""
