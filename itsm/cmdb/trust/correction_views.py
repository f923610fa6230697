"""Pages of corrections: anybody who reads an item says what is wrong, editors decide."""

from django.contrib import messages
from django.db.models import Prefetch
from django.forms import Select
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.core.paging import keyset_page
from itsm.people.scope import scope_of

from .. import itempage
from ..intake import rowwords
from ..intake.views import editors_only
from ..models import ConfigurationItem, Correction, CorrectionVoice
from ..views import readers_only
from . import corrections, writing
from .forms import AcceptForm, RefuseForm, WrongForm, site_choices

PAGE = "itsm_cmdb/trust/"
ROWS = 50
TABS = ("open", "accepted", "refused")


@readers_only
@require_http_methods(["GET", "POST"])
def wrong(request, pk):
    """“Where is this wrong?”"""
    item = get_object_or_404(ConfigurationItem.objects.visible_to(request.user), pk=pk)
    if item.status == ConfigurationItem.Status.RETIRED:
        return redirect(item)
    typed = {name: request.GET.get(name, "")[:1000] for name in ("field", "proposed", "note")}
    form = WrongForm(request.POST or None, item=item, reader=request.user, initial=typed)
    if request.method == "POST" and form.is_valid():
        try:
            made = corrections.propose(pk, actor=request.user, **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            joined = made.voices.count() > 1
            text = (
                _("Others have said the same: your voice is added.")
                if joined
                else _("Thank you. An editor looks at it.")
            )
            messages.success(request, text)
            return redirect(item)
    context = {"form": form, "item": item, "waiting": described(item.corrections.open().order_by("-id")[:10])}
    return render(request, PAGE + "wrong.html", context, status=422 if form.errors else 200)


@editors_only
@require_GET
def listed(request):
    """What waits, oldest last; and what was decided."""
    shown = request.GET.get("state", "open")
    shown = shown if shown in TABS else "open"
    rows = Correction.objects.decidable_by(request.user)
    page = keyset_page(rows.filter(state=shown), ordering=("-id",), cursor=request.GET.get("cursor"), size=ROWS)
    labels = {"open": _("To decide"), "accepted": _("Accepted ones"), "refused": _("Refused ones")}
    count = corrections.waiting(scope_of(request.user))
    tabs = [
        {"url": f"?state={name}", "label": labels[name], "current": name == shown,
         "count": (min(count, 1000) if name == "open" else None)}
        for name in TABS
    ]  # fmt: skip
    context = {"page": page, "rows": described(Correction.objects.filter(pk__in=[r.pk for r in page.rows]).order_by("-id")),
               "tabs": tabs, "shown": shown}  # fmt: skip
    return render(request, PAGE + "corrections.html", context)


def described(rows) -> list[dict]:
    """Corrections as lists show them: four queries, however many."""
    voices = Prefetch("voices", CorrectionVoice.objects.select_related("person").order_by("at", "id"))
    found = list(rows.select_related("item", "decided_by").prefetch_related(voices))
    people = itempage.names_of(
        {getattr(row.item, f"{row.field}_id") for row in found if row.field in ("owner", "user")}
    )
    return [
        {
            "row": row, "item": row.item, "label": rowwords.label(row.field, itempage.spec_of(row.item.ci_class)) if row.field else "",
            "stands": writing.shown(row.item, row.field, people=people) if row.field else "", "voices": list(row.voices.all()),
        }
        for row in found
    ]  # fmt: skip


def _decidable(request, pk: int) -> Correction:
    return get_object_or_404(Correction.objects.decidable_by(request.user).select_related("item", "decided_by"), pk=pk)


@editors_only
@require_GET
def correction(request, pk):
    """One correction, with what stands and what should."""
    return _page(request, _decidable(request, pk))


def _page(request, found: Correction, *, accept=None, refuse=None, status: int = 200):
    item = found.item
    accept = accept or AcceptForm(initial={"value": found.proposed or "", "version": item.version})
    context = {
        "each": described(Correction.objects.filter(pk=found.pk))[0], "accept": accept, "refuse": refuse or RefuseForm(),
        "retired": item.status == ConfigurationItem.Status.RETIRED,
        "others": described(item.corrections.open().exclude(pk=found.pk).order_by("-id")[:10]),
    }  # fmt: skip
    if found.field == "site" and (found.proposed or "") in dict(site_choices(request.user)):
        accept.fields["value"].widget = Select(choices=site_choices(request.user))
    if not found.field:
        accept.fields.pop("value", None)
    return render(request, PAGE + "correction.html", context, status=status)


@editors_only
@require_POST
def accept(request, pk):
    """Write it. Somebody who was faster is named, and what was typed stays."""
    found = _decidable(request, pk)
    form = AcceptForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            corrections.accept(
                pk, actor=request.user, value=data["value"] if found.field else None, reason=data["reason"], version=data["version"]
            )  # fmt: skip
        except StaleVersion:
            form.data = form.data.copy()
            form.data["version"] = found.item.version
            form.add_error(None, _("The item changed in the meantime. Look at what stands now, and accept again."))
            return _page(request, found, accept=form, status=409)
        except IllegalMove as error:
            messages.warning(request, str(error.message))
            return redirect(found)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Accepted. Those who asked are told."))
            return redirect("cmdb:corrections")
    return _page(request, found, accept=form, status=422)


@editors_only
@require_POST
def refuse(request, pk):
    """Leave the item as it is, with the reason."""
    found = _decidable(request, pk)
    form = RefuseForm(request.POST)
    if form.is_valid():
        try:
            corrections.refuse(pk, actor=request.user, reason=form.cleaned_data["reason"])
        except IllegalMove as error:
            messages.warning(request, str(error.message))
            return redirect(found)
        messages.success(request, _("Refused. Those who asked are told why."))
        return redirect("cmdb:corrections")
    return _page(request, found, refuse=form, status=422)
