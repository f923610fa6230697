"""Pages below /settings/telephony/. Without the right to administer they do not exist."""

import json

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.gateway.sources.models import Source
from itsm.gateway.webhooks.views import administrators_only
from itsm.people.scope import scope_of

from .. import policy, privacy
from ..cti import defaults
from ..models import CallEvent, CallMapping, CallPolicy, Exchange
from . import services
from .forms import EraseForm, ExchangeForm, MappingForm, NewMappingForm, PolicyForm

PAGE = "servicedesk/calls/setup/"
STRANGE = 20


def _sources(request):
    return Source.objects.visible_to(request.user).filter(kind="cti")


@administrators_only
@require_GET
def index(request):
    """Exchanges, what was not understood, dialects, the rules, erasure."""
    return _index(request)


def _index(request, *, rules: PolicyForm | None = None, erase: EraseForm | None = None, status: int = 200):
    sources = list(_sources(request).order_by("name", "pk")[:100])
    exchanges = {row.source_id: row for row in Exchange.objects.filter(source__in=sources)}
    strange = (
        CallEvent.objects.filter(source__in=sources, understood=False).select_related("source", "call").order_by("-id")
    )
    row = policy.policy.get()
    context = {
        "rows": [{"source": source, "exchange": exchanges.get(source.pk)} for source in sources], "strange": list(strange[:STRANGE]),
        "mappings": _mappings(), "rules": rules or PolicyForm(instance=row), "version": row.version, "erase": erase or EraseForm(),
        "everything": scope_of(request.user).everything,
    }  # fmt: skip
    return render(request, PAGE + "index.html", context, status=status)


def _mappings() -> list[dict]:
    own = {row.code: row for row in CallMapping.objects.all()}
    known = {
        code: {"code": code, "name": name, "position": position, "active": True, "own": False}
        for code, name, position, _spec in defaults.MAPPINGS
    }
    for code, row in own.items():
        known[code] = {"code": code, "name": row.name, "position": row.position, "active": row.active, "own": True}
    return sorted(known.values(), key=lambda each: (each["position"], each["code"]))


@administrators_only
@require_http_methods(["GET", "POST"])
def exchange(request, pk: int):
    """One exchange: what it is answered, where it takes orders."""
    source = get_object_or_404(_sources(request), pk=pk)
    row = Exchange.objects.filter(source=source).first()
    form = ExchangeForm(request.POST or None, instance=row or Exchange(source=source))
    if request.method == "POST" and form.is_valid():
        try:
            services.set_exchange(source, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(
                error.field if error.field in form.fields else ("order_url" if error.field == "url" else None),
                str(error.message),
            )
        else:
            messages.success(request, _("Saved"))
            return redirect("telephony:index")
    context = {"form": form, "source": source, "exchange": row}
    return render(request, PAGE + "exchange.html", context, status=422 if form.errors else 200)


def _everything_only(request) -> None:
    """What holds for the whole installation is for who administers all of it."""
    if not scope_of(request.user).everything:
        raise Http404


@administrators_only
@require_POST
def rules(request):
    """How long calls are kept, and the waits."""
    _everything_only(request)
    form = PolicyForm(request.POST, instance=CallPolicy(pk=1))
    if not form.is_valid():
        return _index(request, rules=form, status=422)
    try:
        policy.change(actor=request.user, version=int(request.POST.get("version") or 0), **form.cleaned_data)
    except (DomainError, ValueError) as error:
        form.add_error(None, str(error))
        return _index(request, rules=form, status=409)
    messages.success(request, _("Saved"))
    return redirect("telephony:index")


@administrators_only
@require_POST
def erase(request):
    """Forget one person's or one number's calls."""
    _everything_only(request)
    form = EraseForm(request.POST)
    if not form.is_valid():
        return _index(request, erase=form, status=422)
    count = privacy.erase(actor=request.user, organisation_id=request.user.organisation_id, **form.target())
    messages.success(
        request, ngettext("%(n)s call forgets who called.", "%(n)s calls forget who called.", count) % {"n": count}
    )
    return redirect("telephony:index")


@administrators_only
@require_http_methods(["GET", "POST"])
def mapping(request, code: str = ""):
    """A dialect: one that the product brings, one of the site's own, or a new one."""
    _everything_only(request)
    given = next((each for each in defaults.MAPPINGS if each[0] == code), None)
    row = CallMapping.objects.filter(code=code).first()
    if code and given is None and row is None:
        raise Http404
    if row is not None:
        first = {"name": row.name, "position": row.position, "active": row.active, "spec": row.spec}
    elif given is not None:
        first = {"name": given[1], "position": given[2], "active": True, "spec": given[3]}
    else:
        first = {
            "spec": {
                "detect": [],
                "fields": {"event": [], "call_id": [], "from": [], "to": []},
                "events": {},
                "causes": {},
                "directions": {},
            }
        }
    first["spec"] = json.dumps(first["spec"], indent=1, ensure_ascii=False)
    form = (MappingForm if code else NewMappingForm)(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_mapping(actor=request.user, **({"code": code} | form.cleaned_data))
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Saved"))
            return redirect("telephony:index")
    context = {"form": form, "code": code, "row": row, "given": given is not None}
    return render(request, PAGE + "mapping.html", context, status=422 if form.errors else 200)


@administrators_only
@require_POST
def forget_mapping(request, code: str):
    """Back to what the product brings."""
    _everything_only(request)
    services.forget_mapping(code, actor=request.user)
    messages.success(request, _("Saved"))
    return redirect("telephony:index")
