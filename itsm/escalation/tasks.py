"""Celery's doors: fetch, call, nothing else. Each is safe to run twice, and twice at once."""

from math import ceil

from celery import shared_task
from django.conf import settings

from . import paging, replanning, returning, silence, sweep, waking


@shared_task
def sweep_clocks() -> int:
    """Beat: take the steps of the clocks that are due; where many are, other workers take their share at the same time."""
    wanted = ceil(sweep.due(settings.SWEEP_WORKERS * sweep.SHARE) / sweep.SHARE)
    for _worker in range(wanted - 1):
        share_sweep.apply_async(expires=settings.SWEEP_SECONDS)
    return sweep.sweep_for(settings.SWEEP_SECONDS)


@shared_task
def share_sweep() -> int:
    """Another worker on the same heap."""
    return sweep.sweep_for(settings.SWEEP_SECONDS)


@shared_task
def wake_held_records() -> int:
    """Beat: resume the records whose wake-up has come."""
    return waking.wake_due()


@shared_task
def sweep_silences() -> int:
    """Beat: remind requesters who do not answer, then resolve without them."""
    return silence.sweep()


@shared_task
def wake_snoozed_records() -> int:
    """Beat: bring back what people set aside until now."""
    return returning.wake_snoozed()


@shared_task
def tell_follow_ups() -> int:
    """Beat: tell of the follow-ups whose time has come."""
    return returning.tell_follow_ups()


@shared_task
def replan_clocks() -> int:
    """After a policy changed, and from beat: plan the running clocks again, batch by batch."""
    return replanning.go_on()


@shared_task
def sweep_pages() -> int:
    """Beat: call the next one where nobody answered."""
    return paging.sweep()
