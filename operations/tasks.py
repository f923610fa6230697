"""Celery's doors into operations. Each is safe to run twice, and twice at once."""

from celery import shared_task


@shared_task
def sweep_backups() -> int:
    """Beat: copies that were awaited, copies that grew too old, restore tests that are due."""
    from .control.backups import sweeping

    return sweeping.sweep()


@shared_task
def sweep_jobs() -> int:
    """Beat: let the runs of the jobs that are due go on."""
    from .control.scheduling import sweep

    return sweep.sweep_for(20)


@shared_task
def forecast_jobs() -> int:
    """Beat: warn where the forecast passes a service deadline."""
    from .control.scheduling import forecast

    return forecast.warn()


@shared_task
def dispatch_job_run(pk: int) -> str:
    """Start one run by its HTTP call."""
    from .control.scheduling import dispatching

    return dispatching.dispatch(pk)


@shared_task
def learn_job_durations() -> int:
    """Every night: what the history proposes."""
    from .control.scheduling import learning

    return learning.learn()


@shared_task
def forget_job_pings() -> int:
    """Every night: words of jobs that are old."""
    from .control.scheduling import forgetting

    return forgetting.forget()


@shared_task
def plan_shifts() -> int:
    """Beat: the shifts of the next week, and who is in them."""
    from .control.shifts import rostering

    return rostering.plan()


@shared_task
def write_shift_log() -> int:
    """Beat: what machines told since the last time."""
    from .control.shifts import machines

    return machines.sweep()


@shared_task
def sweep_checks() -> int:
    """Beat: the rules of the checks that are due."""
    from .control.shifts import checking

    return checking.sweep()


@shared_task
def poll_print_servers() -> int:
    """Beat: ask the print servers that are due."""
    from .control.printing import polling

    return polling.sweep()


@shared_task
def sweep_outputs() -> int:
    """Beat: what is to be delivered today, and what is late."""
    from .control.printing import outputs

    return outputs.sweep()


@shared_task
def forget_print_jobs() -> int:
    """Every night: words and names of what was printed."""
    from .control.printing import forgetting

    return forgetting.forget()
