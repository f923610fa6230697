"""What an item must have to be complete: one declared list (docs/concepts/cmdb.md, "Health").

Every item has a support team and an organisation. To that come the attributes that its class requires; for what can be
touched a site and the identity keys of its class; for services and applications an owner.
"""

from ..classes import ClassSpec, classes
from ..intake.candidates import ATTRIBUTE
from ..models import ConfigurationItem

ALWAYS = ("support_team", "organisation")
# Branches of classes that one can touch: the class itself or any above it.
PHYSICAL = frozenset(
    "endpoint physical_server mainframe_cec network_device storage_array nas san_switch tape_library".split()
)
OWNED = frozenset("it_service business_service business_process application web_application".split())
KEY_COLUMNS = ("serial", "asset_tag")


def of_class(spec: ClassSpec) -> tuple[str, ...]:
    """Fields by name, attributes as "attributes.<name>"."""
    branch, wanted = set(spec.lineage), list(ALWAYS)
    if branch & PHYSICAL:
        keys = (key for key in spec.identity_keys if key in KEY_COLUMNS or key in spec.properties)
        wanted += ["site", *(key if key in KEY_COLUMNS else ATTRIBUTE + key for key in keys)]
    if branch & OWNED:
        wanted.append("owner")
    wanted += [ATTRIBUTE + name for name in spec.required]
    return tuple(dict.fromkeys(wanted))


def by_fields() -> dict[tuple[str, ...], list[str]]:
    """Classes that items can have, by what is expected of them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for spec in classes.get().values():
        found.setdefault(of_class(spec), []).append(spec.code)
    return found


def missing(item: ConfigurationItem, spec: ClassSpec) -> list[str]:
    """What this item lacks. Whoever owns the service owns its item."""
    return [name for name in of_class(spec) if not _filled(item, name)]


def _filled(item: ConfigurationItem, name: str) -> bool:
    if name.startswith(ATTRIBUTE):
        return item.attributes.get(name.removeprefix(ATTRIBUTE)) not in (None, "")
    if name == "owner":
        return bool(item.owner_id or getattr(getattr(item, "service", None), "owner_id", None))
    return bool(getattr(item, name if name in KEY_COLUMNS else f"{name}_id"))
