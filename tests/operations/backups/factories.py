"""Plans and reports of the tests."""

from datetime import time
from pathlib import Path

from itsm.cmdb import classes
from itsm.cmdb import services as cmdb
from operations.control.backups import reading, services

CAPTURES = Path(__file__).parent / "captures"


def capture(*names: str) -> bytes:
    """What a real program wrote, one file behind the other."""
    return b"\n".join((CAPTURES / name).read_bytes() for name in names)


def make_plan(world, name="DB2 production", **more):
    """A nightly plan of our house."""
    classes.load_files()
    fields = {"starts_at": time(22, 0), "rpo_minutes": 1440, "grace_minutes": 240} | more
    home = fields.pop("organisation", world.lumen)
    return services.create_plan(actor=world.admin, name=name, organisation=home, **fields)


def server(world, name="SRV-1", **more):
    """A machine in production."""
    return cmdb.create_ci(
        actor=world.admin,
        ci_class="physical_server",
        name=name,
        key=name.lower(),
        organisation=world.lumen,
        environment="production",
        **more,
    )


def report(plan, at, *, origin="door", **more):
    """A run that ended at an instant, of a hundred files unless said otherwise."""
    fields = {
        "tool": "restic",
        "made": True,
        "files": 100,
        "size": 10_000,
        "added": 1000,
        "changed_files": 5,
        "exit_status": 0,
    } | more
    told = reading.Report(started_at=at, ended_at=at, snapshot=f"{at:%m%d%H%M}", **fields)
    return services.take_report(plan.pk, told, origin=origin, at=at)[0]
