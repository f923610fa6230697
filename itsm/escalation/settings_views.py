"""Escalation policies and call chains: agents read those that concern them, administrators change them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core.errors import DomainError
from itsm.levels import agreements
from itsm.levels.models import Kind, Metric
from itsm.people.directory import directory
from itsm.people.entering import only
from itsm.people.reading import agents_read

from . import access, actions, duty, services
from .models import Chain, Policy, PolicyStep, Replanning
from .models.policies import Phases
from .settings_forms import ChainForm, ChainStepFormSet, PolicyForm, StepForm, StepFormSet

# For anyone else the pages do not exist.
administrators_only = only("settings.manage")


@agents_read
@require_GET
def index(request):
    """Every policy with its steps in words, every chain."""
    readable = _policies(request).prefetch_related("steps").order_by("-active", "code")
    policies = [_row(each) for each in readable]
    chains = [
        {"chain": chain, "steps": [duty.who(step) for step in sorted(chain.steps.all(), key=lambda s: s.position)]}
        for chain in _chains(request).prefetch_related("steps__user").order_by("-active", "code")
    ]
    running = Replanning.objects.filter(ended_at=None).order_by("pk").first() if request.manages else None
    context = {"policies": policies, "chains": chains, "replanning": running, "manages": request.manages}
    return render(request, "itsm_escalation/settings.html", context)


def _policies(request):
    return Policy.objects.all() if request.manages else access.policies_for(request.user)


def _chains(request):
    return Chain.objects.all() if request.manages else access.chains_for(request.user)


def _row(policy: Policy) -> dict:
    steps = sorted(policy.steps.all(), key=lambda step: (step.percent is None, step.percent))
    said = []
    if policy.clock:
        said.append(str(Kind(policy.clock).label))
    if policy.metric:
        said.append(str(Metric(policy.metric).label))
    if policy.agreement_id:
        rule = agreements.rule(policy.agreement_id)
        said.append(rule.code if rule else "")
    if policy.organisation_id in directory.get().organisations:
        said.append(directory.get().organisations[policy.organisation_id].name)
    said += [f"P{n}" for n in sorted(policy.priorities)]
    return {
        "policy": policy, "conditions": said,
        "steps": [
            {"percent": s.percent, "every": s.every_seconds, "most": s.most, "wall": s.wall, "does": actions.in_words(s.actions), "only": _only(s)}
            for s in steps
        ],
    }  # fmt: skip


def _only(step: PolicyStep) -> list[str]:
    """For which records a step is meant, in words."""
    said = [f"P{n}" for n in sorted(step.priorities)]
    if step.vip is not None:
        said.append(_("VIP requesters") if step.vip else _("requesters who are not VIP"))
    if step.major is not None:
        said.append(_("major incidents") if step.major else _("all but major incidents"))
    if step.unassigned:
        said.append(_("only while nobody has it"))
    return said + [str(Phases(phase).label) for phase in step.phases]


@administrators_only
@require_http_methods(["GET", "POST"])
def create_policy(request):
    """A new policy."""
    return _policy(request, None)


@agents_read
@require_http_methods(["GET", "POST"])
def policy(request, code):
    """Conditions and steps of a policy."""
    found = get_object_or_404(_policies(request), code=code)
    if not request.manages:
        return render(request, "itsm_escalation/policy_read.html", _row(found))
    return _policy(request, found)


def _policy(request, found: Policy | None):
    initial = {name: getattr(found, name) for name in services.FIELDS} if found else {"clock": "sla", "active": True}
    steps = [StepForm.initial_of(step) for step in found.steps.order_by("percent")] if found else []
    form = PolicyForm(request.POST or None, initial=initial)
    formset = StepFormSet(request.POST or None, initial=steps, prefix="step", form_kwargs={"user": request.user})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and formset.is_valid():
            given = [each.step() for each in formset if not each.is_blank()]
            try:
                if found:
                    services.change_policy(
                        found.pk, actor=request.user, version=_version(request), steps=given, **form.cleaned_data
                    )
                else:
                    services.create_policy(actor=request.user, steps=given, **form.cleaned_data)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The policy is saved. Clocks that run are planned again within a minute."))
                return redirect("escalation:index")
    context = {"policy": found, "form": form, "formset": formset}
    return render(request, "itsm_escalation/policy.html", context, status=status)


def _version(request) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdecimal() and len(given) < 9 else None


@administrators_only
@require_POST
def delete_policy(request, code):
    """The next most specific policy applies from now on."""
    services.delete_policy(get_object_or_404(Policy, code=code).pk, actor=request.user)
    messages.success(request, _("The policy is gone. Clocks that run are planned again within a minute."))
    return redirect("escalation:index")


@administrators_only
@require_http_methods(["GET", "POST"])
def create_chain(request):
    """A new call chain."""
    return _chain(request, None)


@agents_read
@require_http_methods(["GET", "POST"])
def chain(request, code):
    """Who is called after whom."""
    found = get_object_or_404(_chains(request), code=code)
    if not request.manages:
        steps = [
            {"who": duty.who(step), "rota": step.rota, "wait": step.wait_minutes}
            for step in found.steps.select_related("user", "rota").order_by("position")
        ]
        return render(request, "itsm_escalation/chain_read.html", {"chain": found, "steps": steps})
    return _chain(request, found)


def _chain(request, found: Chain | None):
    initial = {name: getattr(found, name) for name in services.CHAIN_FIELDS} if found else {"rounds": 2, "active": True}
    steps = [
        {"who": s.who, "rota_id": s.rota_id, "user": s.user.username if s.user else "", "wait_minutes": s.wait_minutes}
        for s in (found.steps.select_related("user").order_by("position") if found else [])
    ]
    form = ChainForm(request.POST or None, initial=initial)
    formset = ChainStepFormSet(request.POST or None, initial=steps, prefix="step")
    seen = request.POST.get("seen", services.digest(found) if found else "")
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and formset.is_valid():
            given = [each.step() for each in formset if not each.is_blank()]
            try:
                services.save_chain(
                    found.pk if found else None, actor=request.user, steps=given, seen=seen, **form.cleaned_data
                )
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
                status = 409 if error.status == 412 else error.status
            else:
                messages.success(request, _("The call chain is saved."))
                return redirect("escalation:index")
    context = {"chain": found, "form": form, "formset": formset, "seen": seen}
    return render(request, "itsm_escalation/chain.html", context, status=status)
