"""Sources that say things of one server, for the tests of trust."""

from itsm.cmdb.intake import precedence, runs
from itsm.cmdb.intake.candidates import Candidate, identifiers
from itsm.cmdb.models import ConfigurationItem, DataSource

OS = "attributes.os"


def source(world, code: str, rank: int = 50, **more) -> DataSource:
    """One that writes into our own organisation."""
    made = DataSource.objects.create(code=code, name=code.title(), organisation=world.lumen, rank=rank, **more)
    precedence.ranks.forget()
    return made


def say(who: DataSource, name: str = "srv", **values) -> ConfigurationItem:
    """A delivery of one server; `attributes__os` is an attribute."""
    values = {key.replace("__", "."): value for key, value in values.items()}
    candidate = Candidate(
        name, "ci", "physical_server", f"x-{name}", identifiers(serial=f"SN-{name}-4321"),
        {"name": name, "serial": f"SN-{name}-4321"} | values,
    )  # fmt: skip
    precedence.ranks.forget()
    runs.take(who, [candidate], format="test", name="test")
    return ConfigurationItem.objects.get(name=name)
