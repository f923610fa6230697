"""Pages of sources: who is believed, and where a source stands elsewhere than its rank says."""

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.people.entering import only

from .. import itempage
from ..models import Claim, DataSource, PrecedenceRule
from . import rowwords, sources
from .forms import RuleForm, SourceForm

PAGE = "itsm_cmdb/imports/"


# For anyone else the pages do not exist.
keepers_only = only("settings.manage")


def _source(request, code: str) -> DataSource:
    return get_object_or_404(DataSource.objects.visible_to(request.user), code=code)


@keepers_only
@require_GET
def listed(request):
    """Sources by rank, with what they say and when they said it last."""
    sources.hand()
    rows = list(DataSource.objects.visible_to(request.user).select_related("organisation").order_by("rank", "name"))
    said = Claim.objects.filter(source__in=rows).values("source").order_by()
    counted = {
        row["source"]: row
        for row in said.annotate(
            n=Count("pk"), gone=Count("pk", filter=Q(missing_since__isnull=False)), last=Max("last_seen_at")
        )
    }
    found = [
        {"said": {"n": 0, "gone": 0, "last": None} | counted.get(s.pk, {}), "source": s, "by_hand": s.code == "hand"}
        for s in rows
    ]
    return render(request, PAGE + "sources.html", {"rows": found})


@keepers_only
@require_http_methods(["GET", "POST"])
def new(request):
    return _edit(request, DataSource(), _("New source"))


@keepers_only
@require_http_methods(["GET", "POST"])
def source(request, code):
    found = _source(request, code)
    return _edit(request, found, found.name)


def _edit(request, found: DataSource, title: str):
    form = SourceForm(request.POST or None, instance=found, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            sources.save_source(form.instance, actor=request.user)
        except DomainError as error:
            form.add_error(error.field, str(error.message))
        else:
            messages.success(request, _("Saved"))
            return redirect("cmdb:data_source", code=form.instance.code)
    context = {
        "form": form,
        "source": found,
        "title": title,
        "rules": _rules(found) if found.pk else [],
        "rule_form": RuleForm(),
    }
    return render(request, PAGE + "source.html", context, status=422 if form.errors else 200)


def _rules(found: DataSource) -> list[dict]:
    return [
        {
            "rule": rule,
            "cls": itempage.spec_of(rule.ci_class).name if rule.ci_class else _("any class"),
            "field": rowwords.label(rule.field, itempage.spec_of(rule.ci_class)) if rule.field else _("any attribute"),
        }
        for rule in found.rules.order_by("ci_class", "field")
    ]


@keepers_only
@require_POST
def add_rule(request, code):
    """Add an exception, or change its rank."""
    found = _source(request, code)
    form = RuleForm(request.POST)
    if not form.is_valid():
        context = {
            "form": SourceForm(instance=found, reader=request.user), "source": found, "title": found.name,
            "rules": _rules(found), "rule_form": form,
        }  # fmt: skip
        return render(request, PAGE + "source.html", context, status=422)
    sources.set_rule(found, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Saved"))
    return redirect("cmdb:data_source", code=code)


@keepers_only
@require_POST
def drop_rule(request, code, pk):
    """The rank of the source counts again."""
    rule = get_object_or_404(PrecedenceRule, pk=pk, source=_source(request, code))
    sources.drop_rule(rule, actor=request.user)
    messages.success(request, _("The exception is gone."))
    return redirect("cmdb:data_source", code=code)
