"""Pages of major incidents: what is proposed, open and past; the room of one; its all-clear list; surges; the rules."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of
from itsm.records.models import Record

from ..calls import numbers
from ..desk.guard import desk_required
from . import keeping, rules, services, showing, surges
from .forms import CallerForm, RuleForm, ToldForm
from .models import MajorCaller, MajorIncident, MajorRule, MajorState, Surge

PAGE = "servicedesk/majors/"
SIZE = 30


def _record(request, number: str) -> Record:
    rows = Record.objects.in_desk_of(request.user).select_related("service__item", "organisation")
    return get_object_or_404(rows, number=number, kind=rules.KIND)


def _major(record: Record) -> MajorIncident:
    return get_object_or_404(MajorIncident, record=record)


def _manages(request) -> bool:
    return scope_of(request.user).may("records.manage")


@desk_required
@require_GET
def index(request):
    """Proposals first, then what is open, then the past."""
    asked = request.GET.get("number", "").strip().upper()
    if asked:
        found = Record.objects.in_desk_of(request.user).filter(number=asked, kind=rules.KIND).first()
        if found is not None:
            return redirect("majors:room", found.number)
        messages.error(request, _("There is no incident %(number)s here.") % {"number": asked[:20]})
    past = MajorIncident.objects.visible_to(request.user).filter(state__in=[MajorState.OVER, MajorState.DECLINED])
    page = keyset_page(
        past.select_related(*showing.NOW), ordering=("-id",), cursor=request.GET.get("cursor"), size=SIZE
    )
    proposed, surges = showing.rows(request.user, MajorState.PROPOSED), showing.surge_rows(request.user)
    context = {
        "proposed": proposed, "waiting": len(proposed) + len(surges), "open": showing.rows(request.user, MajorState.OPEN),
        "surges": surges, "past": showing.described(page.rows), "page": page, "manages": _manages(request),
    }  # fmt: skip
    return render(request, PAGE + "index.html", context)


@desk_required
@require_GET
def room(request, incident):
    """One major incident, or an incident that could become one."""
    return _room(request, _record(request, incident))


def _room(
    request, record: Record, *, form: ToldForm | None = None, error: DomainError | None = None, status: int = 200
):
    major = MajorIncident.objects.filter(record=record).first()
    context = showing.room(request.user, record, major)
    form = form or ToldForm(initial=ToldForm.initial_of(major, named=bool(record.service_id)))
    context |= {
        "form": form,
        "error": error,
        "version": request.POST.get("version") or (major.version if major else ""),
    }
    return render(request, PAGE + "room.html", context, status=error.status if error else status)


@desk_required
@require_POST
def decide(request, incident, act):
    """Propose, accept, decline, withdraw."""
    record = _record(request, incident)
    reason = request.POST.get("reason", "")
    try:
        if act == "propose":
            services.propose(record.pk, actor=request.user)
        elif act == "accept":
            services.accept(record.pk, actor=request.user)
            messages.success(
                request, _("%(number)s is a major incident: everybody at the desk sees it.") % {"number": record.number}
            )
        elif act == "decline":
            services.decline(record.pk, actor=request.user, reason=reason, weight=rules.weight(record))
        else:
            services.withdraw(record.pk, actor=request.user, reason=reason)
    except DomainError as error:
        return _room(request, _record(request, incident), error=error)
    return redirect("majors:room", record.number)


@desk_required
@require_POST
def tell(request, incident):
    """Write what is told: texts, expected time, next update."""
    record, form = _record(request, incident), ToldForm(request.POST)
    if form.is_valid():
        version = request.POST.get("version", "")
        try:
            services.update(
                record.pk, actor=request.user, version=int(version) if version.isdecimal() and len(version) < 9 else None, **form.values()
            )  # fmt: skip
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
            return _room(request, record, form=form, status=409 if error.status == 412 else error.status)
        messages.success(request, _("The update is told."))
        return redirect("majors:room", record.number)
    return _room(request, record, form=form, status=422)


@desk_required
@require_http_methods(["GET", "POST"])
def all_clear(request, incident):
    """It works again: one press tells everybody on the list. Asked for by address, the question stands on a page of its own."""
    record = _record(request, incident)
    major = _major(record)
    if not services.may_decide(request.user, record):
        raise Http404
    if request.method == "POST":
        try:
            campaign = services.all_clear(record.pk, actor=request.user)
        except DomainError as error:
            return _room(request, record, error=error)
        n = campaign.targets.exclude(state="skipped").count() if campaign else 0
        told = ngettext(
            "The all-clear is given: %(n)s person is told.", "The all-clear is given: %(n)s people are told.", n
        )
        messages.success(request, told % {"n": n} if n else _nobody(request, record))
        return redirect("majors:room", record.number)
    return render(request, PAGE + "all_clear.html", showing.room(request.user, record, major))


def _nobody(request, record: Record):
    """Nobody was on the list: who may, writes to those who use the service instead."""
    said = _("The all-clear is given. Nobody was on the list.")
    address = showing.campaign_url(request.user, record)
    if not address:
        return said
    return format_html('{} <a href="{}">{}</a>', said, address, _("Tell the users of the service"))


@desk_required
@require_http_methods(["GET", "POST"])
def callers(request, incident):
    """Who is told when it is over; somebody may be added by hand."""
    record = _record(request, incident)
    major = _major(record)
    form = CallerForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        number_given = numbers.clean(form.cleaned_data["number"], organisation_id=record.organisation_id)
        try:
            services.register_caller(
                major,
                person=form.cleaned_data["person"],
                number=number_given,
                how=MajorCaller.How.HAND,
                actor=request.user,
            )
            return redirect("majors:callers", record.number)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
    rows = MajorCaller.objects.filter(major=major).select_related("person", "call")
    outcome = request.GET.get("outcome", "")
    if outcome in MajorCaller.Outcome.values:
        rows = rows.filter(outcome=outcome)
    page = keyset_page(rows, ordering=("-id",), cursor=request.GET.get("cursor"), size=SIZE)
    whole = scope_of(request.user).may("calls.take") or scope_of(request.user).may("calls.manage")
    context = {
        "record": record, "major": major, "rows": showing.caller_rows(page.rows, whole=whole), "page": page, "form": form,
        "outcome": outcome, "outcomes": MajorCaller.Outcome.choices, "open": major.state in (MajorState.OPEN, MajorState.PROPOSED),
    }  # fmt: skip
    return render(request, PAGE + "callers.html", context, status=422 if form.errors else 200)


@desk_required
@require_POST
def surge(request, pk, act):
    """A surge that no incident stands for: open a major incident about it, or set it aside."""
    found = get_object_or_404(surges.open_ones(request.user), pk=pk)
    if not services.may_decide(request.user, found):
        raise Http404
    try:
        if act == "open":
            record = surges.open_major(found.pk, actor=request.user)
            return redirect("majors:room", record.number)
        surges.dismiss(found.pk, actor=request.user)
    except (DomainError, Surge.DoesNotExist) as error:
        messages.error(request, str(getattr(error, "message", error)))
    return redirect("majors:index")


@desk_required
@require_GET
def rule_list(request):
    """The rules, for managers."""
    if not _manages(request):
        raise Http404
    rows = MajorRule.objects.visible_to(request.user).select_related("organisation").order_by("about", "position", "pk")
    mine = set(MajorRule.objects.managed_by(request.user).values_list("pk", flat=True))
    found = [{"rule": rule, "may": rule.pk in mine, "when": _when(rule)} for rule in rows]
    return render(request, PAGE + "rules.html", {"rows": found})


def _when(rule: MajorRule) -> str:
    parts = []
    if rule.priority:
        parts.append(_("priority %(n)s or more pressing") % {"n": rule.priority})
    if rule.criticality:
        parts.append(_("criticality of the service %(n)s or more vital") % {"n": rule.criticality})
    if rule.calls:
        parts.append(_("at least %(n)s calls in %(minutes)s min") % {"n": rule.calls, "minutes": rule.minutes})
    if rule.children:
        parts.append(
            _("at least %(n)s tickets under it in %(minutes)s min") % {"n": rule.children, "minutes": rule.minutes}
        )
    if rule.times:
        parts.append(_("%(n)s times the usual number") % {"n": rule.times.normalize()})
    return _(" and ").join(parts)


@desk_required
@require_http_methods(["GET", "POST"])
def rule(request, pk=None):
    """One rule to be written."""
    if not _manages(request):
        raise Http404
    found = get_object_or_404(MajorRule.objects.managed_by(request.user), pk=pk) if pk else None
    form = RuleForm(request.POST or None, user=request.user, initial=RuleForm.initial_of(found) if found else None)
    if request.method == "POST" and found and request.POST.get("delete"):
        keeping.delete_rule(found.pk, actor=request.user)
        return redirect("majors:rules")
    if request.method == "POST" and form.is_valid():
        try:
            keeping.save_rule(found.pk if found else None, actor=request.user, **form.cleaned_data)
            messages.success(request, _("The rule is saved."))
            return redirect("majors:rules")
        except DomainError as error:
            form.add_error(None, str(error.message))
    return render(request, PAGE + "rule.html", {"form": form, "rule": found}, status=422 if form.errors else 200)
