"""Software and components of an item become rows, set by set. The same twice writes nothing; what is gone stays with its dates."""

from itsm.audit import log
from itsm.cmdb.intake.kinds import Delivery, Part, part
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core.folding import fold

from .models import Component, Installation, Software
from .versions import version_key

BATCH = 1000
TOLD = 30


def write_software(item: ConfigurationItem, rows: list[dict], delivery: Delivery, partial: bool) -> int:
    """What is installed, as the source says now. Versions that went and came are told in one audit entry."""
    at, source = now(), delivery.source.code
    programs = _programs({(row["name"], row.get("publisher", "")) for row in rows})
    wanted = {
        (programs[row["name"], row.get("publisher", "")], row.get("version", ""), row.get("arch", "")): row
        for row in rows
    }
    present = {
        (one.software_id, one.version, one.arch): one
        for one in Installation.objects.filter(item=item, gone_at=None).only(
            "id", "software_id", "version", "arch", "source"
        )
    }
    new = [key for key in wanted if key not in present]
    gone = [one for key, one in present.items() if key not in wanted and one.source == source]
    Installation.objects.bulk_create(
        [
            Installation(
                item=item,
                software_id=pk,
                version=version,
                version_key=version_key(version),
                arch=arch,
                source=source,
                since=at,
            )
            for pk, version, arch in new
        ],
        batch_size=BATCH,
    )
    Installation.objects.filter(pk__in=[one.pk for one in gone]).update(gone_at=at)
    if new or gone:
        names = {pk: name for (name, _publisher), pk in programs.items()}
        names |= dict(
            Software.objects.filter(pk__in={one.software_id for one in gone} - set(names)).values_list("pk", "name")
        )
        data = {
            "added": [f"{names[pk]} {version}".strip() for pk, version, _arch in new[:TOLD]], "added_count": len(new),
            "gone": [f"{names[one.software_id]} {one.version}".strip() for one in gone[:TOLD]], "gone_count": len(gone),
            "source": source,
        }  # fmt: skip
        log.write("ci.software_changed", ("ci", item.pk, item.name), actor=delivery.actor, data=data)
    return len(new) + len(gone)


def _programs(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Ids of programs by name and publisher, made where they are missing; two agents may make the same."""
    found = _known(names)
    missing = sorted(names - set(found))
    if missing:
        Software.objects.bulk_create(
            [Software(name=name, publisher=publisher, sort_key=fold(f"{name} {publisher}")[:400]) for name, publisher in missing],
            batch_size=BATCH, ignore_conflicts=True,
        )  # fmt: skip
        found |= _known(set(missing))
    return found


def _known(names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    rows = Software.objects.filter(name__in={name for name, _publisher in names}).values_list("name", "publisher", "pk")
    return {(name, publisher): pk for name, publisher, pk in rows if (name, publisher) in names}


def write_components(item: ConfigurationItem, told: dict[str, list[dict]], delivery: Delivery, partial: bool) -> int:
    """Parts of the kinds that the source speaks of. How full a volume is changes all day: it is kept, and is no change."""
    at, source, changed = now(), delivery.source.code, []
    present = {
        (one.kind, one.place): one for one in Component.objects.filter(item=item, gone_at=None, kind__in=list(told))
    }
    seen = set()
    for kind, rows in told.items():
        for row in rows:
            key = (kind, str(row["place"])[:200])
            if key in seen:
                continue
            seen.add(key)
            changed += _component(item, key, row, present.get(key), source, at)
    for key, one in present.items():
        if key not in seen and one.source == source:
            one.gone_at = at
            one.save(update_fields=["gone_at"])
            changed.append(f"- {key[0]} {key[1]}")
    if changed:
        data = {"changes": changed[:TOLD], "source": source}
        log.write("ci.components_changed", ("ci", item.pk, item.name), actor=delivery.actor, data=data)
    return len(changed)


def _component(item, key: tuple[str, str], row: dict, one: Component | None, source: str, at) -> list[str]:
    values = {
        "name": str(row.get("name", ""))[:200], "serial": str(row.get("serial", ""))[:100], "size_mb": _size(row.get("size_mb")),
        "details": row.get("details", {}),
    }  # fmt: skip
    free = _size(row.get("free_mb"))
    if one is None:
        Component.objects.create(item=item, kind=key[0], place=key[1], source=source, since=at, free_mb=free, **values)
        return [f"+ {key[0]} {key[1]}"]
    if one.source != source:
        return []
    differs = [name for name, value in values.items() if getattr(one, name) != value]
    if differs or one.free_mb != free:
        for name, value in values.items():
            setattr(one, name, value)
        one.free_mb = free
        one.save(update_fields=[*values, "free_mb"])
    return [f"{key[0]} {key[1]}: {', '.join(differs)}"] if differs else []


def _size(value) -> int | None:
    return value if isinstance(value, int) and 0 <= value < 2**60 else None


part(Part("software", write_software))
part(Part("components", write_components))
