"""Jobs for tests, and time that goes on as the tests say."""

from datetime import UTC, datetime, timedelta

from itsm.cmdb.models import ConfigurationItem
from operations.control.scheduling import services, sweep
from operations.models import Job, JobRun

MORNING = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)  # a Monday, six in Paris


def job(world, name="PAIE_CALC_J", **more) -> Job:
    """A job of the house, registered by its operator."""
    return services.register_job(
        actor=more.pop("actor", None), name=name, organisation=more.pop("organisation", world.lumen), **more
    )


def at(hours=0, minutes=0) -> datetime:
    """So long after six in the morning."""
    return MORNING + timedelta(hours=hours, minutes=minutes)


def states(job) -> list[str]:
    """The states of its runs that are not planned any more, in order."""
    return list(
        JobRun.objects.filter(job=job).exclude(state="planned").order_by("at", "id").values_list("state", flat=True)
    )


def swept(clock, instant) -> int:
    """The clock is moved, and the sweep looks."""
    clock.move_to(instant)
    return sweep.sweep()


def server(world, name="lpar-x") -> ConfigurationItem:
    """Something that jobs stand on."""
    from itsm.cmdb import services as cmdb

    return cmdb.create_ci(actor=None, ci_class="lpar", name=name, organisation=world.lumen)
