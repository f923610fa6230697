"""Agreements: the list, one with its matrix, the simulator and the replay of a month against what the form holds."""

from babel.numbers import format_percent
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, StaleVersion
from itsm.levels import agreements as engine
from itsm.levels import services
from itsm.levels.models import Agreement, Metric
from itsm.levels.reading import agreements_for
from itsm.people.reading import agents_read
from itsm.records import replaying

from ..errors import not_understood
from . import agreementreading, phrases
from .agreementform import AgreementForm, TicketForm, metric_labels
from .guard import administrators_only

PAGE = "itsm_web/levels/"


@agents_read
@require_GET
def agreements(request):
    """By kind, in the order in which they are asked; of agents those that concern them."""
    names, rules = phrases.service_names(), engine.rules.get()
    if not request.manages:
        mine = set(agreements_for(request.user).values_list("pk", flat=True))
        rules = tuple(rule for rule in rules if rule.pk in mine)
    groups = [
        kind | {
            "rows": [
                {"rule": rule, "conditions": phrases.conditions(rule, names), "targets": phrases.targets(rule)}
                for rule in sorted((r for r in rules if r.kind == kind["kind"]), key=phrases.rank)
            ]
        }
        for kind in phrases.kinds()
    ]  # fmt: skip
    return render(request, PAGE + "agreements.html", {"groups": groups, "manages": request.manages})


@administrators_only
@require_http_methods(["GET", "POST"])
def new(request):
    """Create an agreement."""
    return _edit(request, None)


@agents_read
@require_http_methods(["GET", "POST"])
def agreement(request, code):
    """One agreement: change it, try it, replay a month against it; agents read and try it."""
    if request.manages:
        return _edit(request, get_object_or_404(Agreement, code=code))
    return agreementreading.page(request, get_object_or_404(agreements_for(request.user), code=code))


def _edit(request, found: Agreement | None):
    terms = services.terms_of(found) if found else None
    posted = request.POST if request.method == "POST" else None
    form = AgreementForm(posted, agreement=found, terms=terms, kind=request.GET.get("kind", ""))
    act = request.POST.get("act", "save")
    ticket = TicketForm(posted if act == "try" else None, user=request.user)
    context = {
        "form": form,
        "agreement": found,
        "ticket": ticket,
        "seen": request.POST.get("seen") or (services.digest(terms) if terms else ""),
    }
    status = 200
    if posted is not None:
        status = 422
        if form.is_valid():
            try:
                services.check(form.terms())
                if act in ("try", "replay"):
                    context |= _tried(request, form, ticket, act)
                    status = 200 if context.get("promised") is not None or context.get("replay") else 422
                else:
                    saved = services.save_agreement(
                        found, form.terms(), actor=request.user, seen=request.POST.get("seen", "")
                    )
                    messages.success(
                        request, _("The agreement is saved. What runs keeps its promise until you choose again for it.")
                    )
                    return redirect("web:agreement", code=saved.code)
            except DomainError as error:
                status = 409 if isinstance(error, StaleVersion) else error.status
                form.add_error(error.field if error.field in form.fields else None, str(error))
    context |= {"matrix": form.matrix(), "heads": metric_labels(form.metrics), "calendars": form.calendars}
    return render(request, PAGE + "agreement.html", context, status=status)


def _tried(request, form: AgreementForm, ticket: TicketForm, act: str) -> dict:
    draft = phrases.drafted(form.terms(), form.agreement.pk if form.agreement else None)
    if act == "replay":
        return {"replay": _replay_words(replaying.replay(draft, request.user))}
    if not ticket.is_valid():
        return {}
    with engine.trying(draft):
        promised = ticket.promised()
    return {"promised": promised, "draft": draft, "opened": ticket.cleaned_data["opened"]}


def _replay_words(found: replaying.Replay) -> dict:
    lines = [
        {
            "line": line,
            "metric": Metric(line.metric).label,
            "before": _share(line.share_before),
            "after": _share(line.share_after),
        }
        for line in found.lines
    ]
    return {"lines": lines, "found": found}


def _share(value: float | None) -> str:
    return "—" if value is None else format_percent(value / 100, "#,##0.0 %", locale=get_language() or "fr")


@administrators_only
@require_POST
def duplicate(request, code):
    """A copy that is not in force, opened at once."""
    made = services.duplicate(get_object_or_404(Agreement, code=code), actor=request.user)
    messages.success(request, _("This is a copy. It is not in force yet."))
    return redirect("web:agreement", code=made.code)


@administrators_only
@require_POST
def switch(request, code):
    """Put an agreement in force or out of it; none is ever removed, since clocks cite it."""
    if request.POST.get("active") not in ("yes", "no"):
        return not_understood(request)
    found = services.set_active(
        get_object_or_404(Agreement, code=code), request.POST.get("active") == "yes", actor=request.user
    )
    messages.success(
        request, _("The agreement is in force.") if found.active else _("The agreement is no longer in force.")
    )
    return redirect("web:agreement", code=found.code)
