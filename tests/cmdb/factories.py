"""Items and graphs for tests, made by the product's own services; names are made up where they do not matter."""

from itertools import count

from itsm.cmdb import services
from itsm.cmdb.models import ConfigurationItem, RelationType

_numbers = count(1)


def make_ci(*, actor=None, ci_class="physical_server", name="", **fields) -> ConfigurationItem:
    """One item; `organisation` and the like as for `create_ci`."""
    return services.create_ci(actor=actor, ci_class=ci_class, name=name or f"CI-{next(_numbers):05}", **fields)


def make_service(*, actor=None, name="", service=None, **fields):
    """One service with its item."""
    return services.create_service(actor=actor, name=name or f"Service {next(_numbers):05}", service=service, **fields)


def load_graph(size: int, edges, *, organisation=None, ci_class="physical_server") -> list[int]:
    """`size` items at once and (source, target, group, need) between their places. Returns their ids by place."""
    prefix = f"g{next(_numbers)}"
    items = [
        ConfigurationItem(key=f"{prefix}-{n}", ci_class=ci_class, name=f"{prefix}-{n:06}", organisation=organisation)
        for n in range(size)
    ]
    kind = RelationType.objects.get(code="depends_on")
    relations = [(f"{prefix}-{s}", f"{prefix}-{t}", kind, group, need) for s, t, group, need in edges]
    made = services.bulk_load(items, relations, actor=None, reason="")
    return [made[f"{prefix}-{n}"].pk for n in range(size)]
