"""What imports and inventories cost in the estate: each piece is undone, so that every round finds the same."""

import json
from collections.abc import Callable

ROWS, PROGRAMS = 100, 1000


def pieces() -> list[tuple[str, Callable[[], object], int | None]]:
    """Names, acts, limits (ms). The rows a second are a thousand times the rows, by the milliseconds."""
    from django.db import transaction

    from itsm.cmdb.intake import applying
    from itsm.cmdb.intake.candidates import Candidate, identifiers
    from itsm.cmdb.intake.deciding import decide
    from itsm.cmdb.intake.deliveries import delivery_of
    from itsm.cmdb.models import ConfigurationItem, DataSource, IntakeRun
    from itsm.people.models import Organisation
    from technical.inventory import receiving

    source, _made = DataSource.objects.get_or_create(
        code="bench", defaults={"name": "Bench", "organisation": Organisation.objects.order_by("pk").first()}
    )
    run, _made = IntakeRun.objects.get_or_create(
        source=source, name="bench", defaults={"format": "table", "state": "running"}
    )
    delivery = delivery_of(run)
    known = list(ConfigurationItem.objects.exclude(serial="").order_by("-pk")[:ROWS])

    def rows(more: dict | None = None) -> list[Candidate]:
        return [
            Candidate(
                item.name, "ci", item.ci_class, f"b{item.pk}", identifiers(serial=item.serial),
                {"name": item.name, "serial": item.serial} | (more or {}),
            )
            for item in known
        ]  # fmt: skip

    def new() -> list[Candidate]:
        return [
            Candidate(
                f"New {n}",
                "ci",
                "laptop",
                f"n{n}",
                identifiers(serial=f"NEW-{n:06}"),
                {"name": f"New {n}", "serial": f"NEW-{n:06}"},
            )
            for n in range(ROWS)
        ]

    def undone(act: Callable[[], object]):
        def whole():
            with transaction.atomic():
                act()
                transaction.set_rollback(True)

        return whole

    def written(candidates: list[Candidate]):
        return undone(lambda: applying.apply(candidates, delivery, [None] * len(candidates)))

    body = _body("bench-machine", PROGRAMS)
    receiving.take(source, body)
    return [
        (f"import: {ROWS} known rows looked at", lambda: decide(rows(), source), None),
        (f"import: {ROWS} rows that change an item", written(rows({"asset_tag": "B"})), None),
        (f"import: {ROWS} new rows", written(new()), None),
        (f"inventory: {PROGRAMS:,} programs, nothing new", undone(lambda: receiving.take(source, body)), None),
        (f"inventory: {PROGRAMS:,} programs of a new machine", undone(lambda: receiving.take(source, _body("other", PROGRAMS))), None),
    ]  # fmt: skip


def _body(name: str, programs: int) -> bytes:
    softwares = [
        {"name": f"package-{n}", "version": f"1.{n}", "publisher": "Debian", "arch": "amd64"} for n in range(programs)
    ]
    content = {
        "hardware": {"name": name}, "bios": {"ssn": f"SN-{name}"}, "softwares": softwares,
        "networks": [{"description": "eth0", "mac": "52:54:00:00:00:01", "ipaddress": "192.0.2.9", "ipmask": "255.255.255.0", "type": "ethernet"}],
    }  # fmt: skip
    return json.dumps({"action": "inventory", "deviceid": name, "content": content}).encode()
