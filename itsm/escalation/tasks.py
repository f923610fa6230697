"""Celery's doors: fetch, call, nothing else. Each is safe to run twice, and twice at once."""

from celery import shared_task

from . import returning, silence, sweep, waking


@shared_task
def sweep_clocks() -> int:
    """Beat: take the steps of the clocks that are due."""
    return sweep.sweep()


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
