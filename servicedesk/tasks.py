"""Celery's doors into the service desk."""

from celery import shared_task
from django.conf import settings

from .access import reviews as access_reviews
from .access import services as accesses
from .calls.campaigns import running as campaigns
from .catalogue import basket
from .desk import clockwork
from .imports import services as imports
from .majors import rules as major_rules
from .majors import surges
from .requests import regular
from .surveys import services as surveys


@shared_task
def close_resolved_incidents() -> int:
    """Beat: close what was resolved long enough ago."""
    return clockwork.close_resolved()


@shared_task
def sweep_accesses() -> int:
    """Beat: what has expired is to be revoked."""
    return accesses.sweep()


@shared_task
def sweep_access_reviews() -> int:
    """Beat: reminders of reviews, and what their managers are told when nobody answered."""
    return access_reviews.sweep()


@shared_task
def sweep_surveys() -> dict:
    """Beat: send the surveys that are due, remind once, expire the rest."""
    return surveys.sweep()


@shared_task
def run_import(run_id: int, mapping: str = "") -> None:
    """Do an import, from where it stood; a worker that dies leaves it to the next one."""
    imports.run(run_id, name=mapping)


@shared_task
def place_regular_orders() -> int:
    """Beat: order what is ordered by itself and due."""
    return regular.sweep()


@shared_task
def empty_old_baskets() -> int:
    """Beat: what nobody ordered for so long is taken out, and its owner told."""
    return basket.expire(settings.BASKET_DAYS)


@shared_task
def order_exchange(pk: int, action: str, facts: dict) -> str:
    """Have an exchange do something with a call, once."""
    from .calls.adapters import ordering

    return ordering.order(pk, action, facts)


@shared_task
def sweep_calls() -> int:
    """Beat: what no exchange tells of its calls."""
    from .calls import sweeping

    return sweeping.sweep()


@shared_task
def forget_calls() -> dict:
    """Every night: numbers and stories of calls that are kept no longer."""
    from .calls import privacy

    return privacy.forget()


@shared_task
def sweep_majors() -> int:
    """Beat: what the rules hold for major is proposed; surges of calls begin and end."""
    return surges.sweep() + major_rules.sweep()


@shared_task
def run_campaigns() -> int:
    """On a nudge and from beat: contact who is due, settle what was interrupted."""
    return campaigns.run_all()
