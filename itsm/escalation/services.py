"""Everything that changes policies. One function, one transaction, one audit entry; clocks that run are planned again after it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError, StaleVersion
from itsm.core.fingerprint import fingerprint
from itsm.levels import agreements

from . import actions, replanning
from .models import Chain, ChainStep, Policy, PolicyStep
from .models.policies import MOST_PERCENT

FIELDS = ("code", "name_fr", "name_en", "active", "clock", "metric", "agreement_id", "organisation_id", "priorities")
STEP_FIELDS = (
    "percent",
    "every_seconds",
    "most",
    "wall",
    "priorities",
    "vip",
    "major",
    "unassigned",
    "phases",
    "actions",
)
MOST_STEPS = 20


@transaction.atomic
def create_policy(*, actor, steps: list[dict], **values) -> Policy:
    """Add a policy with its steps."""
    policy = Policy(**_known(values))
    _check_code(policy)
    policy.save(force_insert=True)
    _put_steps(policy, steps, actor)
    log.write("policy.created", policy, actor=actor, data=told(policy))
    _changed(policy, actor)
    return policy


@transaction.atomic
def change_policy(pk: int, *, actor, steps: list[dict] | None = None, version: int | None = None, **values) -> Policy:
    """Change conditions, names, and (when given) all the steps. StaleVersion when somebody was faster."""
    policy = Policy.objects.select_for_update(no_key=True).get(pk=pk)
    if version is not None and version != policy.version:
        raise StaleVersion(data={"version": policy.version})
    before = told(policy)
    for name, value in _known(values).items():
        setattr(policy, name, value)
    _check_code(policy)
    policy.version += 1
    policy.save()
    if steps is None:  # the steps that stay must fit where it applies now
        steps = before["steps"]
    _put_steps(policy, steps, actor)
    after = told(policy)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    log.write("policy.changed", policy, actor=actor, changes=changes)
    _changed(policy, actor)
    return policy


@transaction.atomic
def delete_policy(pk: int, *, actor) -> None:
    """Take a policy away; the next most specific one applies from now on."""
    policy = Policy.objects.select_for_update().get(pk=pk)  # deleted
    log.write("policy.deleted", policy, actor=actor, data=told(policy))
    policy.delete()
    _changed(policy, actor)


def told(policy: Policy) -> dict:
    """A policy as the audit keeps it."""
    steps = policy.steps.order_by("percent") if policy.pk else []
    return {name: getattr(policy, name) for name in FIELDS} | {
        "steps": [{name: getattr(step, name) for name in STEP_FIELDS} for step in steps]
    }


def _known(values: dict[str, Any]) -> dict[str, Any]:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"Not of a policy: {', '.join(sorted(unknown))}.")
    return values


def _check_code(policy: Policy) -> None:
    if Policy.objects.filter(code=policy.code).exclude(pk=policy.pk).exists():
        raise DomainError(_("This code is taken."), field="code")


def _put_steps(policy: Policy, steps: list[dict], actor) -> None:
    stood = policy.steps.values_list("actions", flat=True)
    setting = actions.Setting(actor, _place(policy), tuple(each for kept in stood for each in kept))
    rows = [PolicyStep(policy=policy, **{name: step[name] for name in STEP_FIELDS if name in step}) for step in steps]
    if not rows:
        raise DomainError(_("A policy has at least one step."), field="steps")
    if len(rows) > MOST_STEPS:
        raise DomainError(_("A policy has at most %(n)s steps.") % {"n": MOST_STEPS}, field="steps")
    percents = [row.percent for row in rows]
    if len(set(percents)) < len(percents):
        raise DomainError(_("Two steps fall at the same share, or two are repeated."), field="steps")
    for row in rows:
        _check_step(row)
        row.actions = actions.checked(row.actions, setting)
    policy.steps.all().delete()
    PolicyStep.objects.bulk_create(rows)


def _place(policy: Policy) -> int | None:
    """The organisation whose tickets the policy concerns, by itself or by its agreement; None for all."""
    agreement = agreements.rule(policy.agreement_id)
    return policy.organisation_id or (agreement.organisation_id if agreement else None)


def _check_step(row: PolicyStep) -> None:
    if row.percent is None:
        if not row.every_seconds or row.every_seconds < 60 or not row.most or not 1 <= row.most <= 1000:
            raise DomainError(
                _("A repeated step says after how long (a minute at least) and how often at most (1 to 1,000)."),
                field="steps",
            )
    elif not 1 <= row.percent <= MOST_PERCENT:
        raise DomainError(_("A step falls between 1 and %(n)s per cent.") % {"n": MOST_PERCENT}, field="steps")
    elif row.every_seconds or row.most or row.wall:
        raise DomainError(_("Only a step without a share is repeated."), field="steps")


def _changed(policy: Policy, actor) -> None:
    from .tasks import replan_clocks

    versions.bump("escalation")
    replanning.begin(actor=actor, reason=policy.code)
    transaction.on_commit(lambda: _ask(replan_clocks))


def _ask(task) -> None:
    """Soon, when the broker answers; beat comes by anyway."""
    try:
        task.apply_async(retry=False, countdown=5, expires=300)
    except Exception:  # noqa: S110 - beat does it
        pass


CHAIN_FIELDS = ("code", "name_fr", "name_en", "rounds", "p1_skips_waits", "active")


@transaction.atomic
def save_chain(pk: int | None, *, actor, steps: list[dict], seen: str = "", **values) -> Chain:
    """Add a call chain (`pk` None) or change one. Steps are {who, rota_id?, user_id?, wait_minutes}, in their order.

    `seen`: the digest that the editor began with; StaleVersion when somebody was faster.
    """
    unknown = set(values) - set(CHAIN_FIELDS)
    if unknown:
        raise ValueError(f"Not of a chain: {', '.join(sorted(unknown))}.")
    if not steps:
        raise DomainError(_("A chain calls somebody."), field="steps")
    if len(steps) > MOST_STEPS:
        raise DomainError(_("A chain has at most %(n)s steps.") % {"n": MOST_STEPS}, field="steps")
    chain = Chain.objects.select_for_update(no_key=True).get(pk=pk) if pk else Chain()
    if pk and seen and seen != digest(chain):
        raise StaleVersion
    if not values.get("active", True) and pk and _called_by_policies(chain.code):
        raise DomainError(_("A policy calls this chain: change the policy first."), field="active")
    if pk and values.get("code", chain.code) != chain.code and _called_by_policies(chain.code):
        raise DomainError(_("A policy calls this chain: change the policy first."), field="code")
    for name, value in values.items():
        setattr(chain, name, value)
    if Chain.objects.filter(code=chain.code).exclude(pk=chain.pk).exists():
        raise DomainError(_("This code is taken."), field="code")
    chain.save()
    chain.steps.all().delete()
    ChainStep.objects.bulk_create(ChainStep(chain=chain, position=n, **step) for n, step in enumerate(steps))
    log.write("chain.changed" if pk else "chain.created", chain, actor=actor, data={"steps": steps} | values)
    return chain


def digest(chain: Chain) -> str:
    """Tells two states of a call chain apart."""
    steps = chain.steps.order_by("position").values_list("who", "rota_id", "user_id", "wait_minutes")
    return fingerprint([[getattr(chain, name) for name in CHAIN_FIELDS], list(steps)])


def _called_by_policies(code: str) -> bool:
    return PolicyStep.objects.filter(actions__contains=[{"do": "page", "chain": code}]).exists()
