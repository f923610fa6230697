"""What a delivery says of one thing, in the CMDB's own words, whatever format it came in."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from ..models import Identifier

KINDS = Identifier.Kind
# What firmware and installers write where nobody filled in anything.
JUNK = frozenset(
    """0 00000000 0123456789 1234567890 123456789 none n/a na null unknown empty serial default system oem chassis invalid asset-1234567890
    defaultstring notspecified notapplicable notavailable tobefilledbyo.e.m. tobefilledbyoem o.e.m. noasset noassettag noassetinformation
    systemserialnumber chassisserialnumber baseboardserialnumber serialnumber ssn123456789012345678901234567890 xxxxxxxx localhost localhost.localdomain""".split()
)
SAME_SIGN = re.compile(r"^(.)\1*$")
MAC = re.compile(r"^[0-9a-f]{12}$")
UUID = re.compile(r"^[0-9a-f]{32}$")
COLUMNS = (
    "name", "serial", "asset_tag", "status", "environment", "organisation", "site", "support_team", "owner", "user",
    "criticality", "end_of_support_on",
)  # fmt: skip
ATTRIBUTE = "attributes."


@dataclass
class Candidate:
    """One thing as its source sees it.

    `values` are columns of an item by name and attributes as "attributes.<name>"; organisation, site and team by code
    or name, people by login or name. `key` is that of the CMDB, where the source knows it. `relations` are (type, external id of the other, "to" | "from"). `parts` are what belongs to it
    and has tables of its own (interfaces, software); `kind` is "ci" or that of a registered table.
    """

    label: str
    kind: str = "ci"
    ci_class: str = ""
    external_id: str = ""
    identifiers: dict[str, list[str]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    relations: list[list[str]] = field(default_factory=list)
    parts: dict[str, Any] = field(default_factory=dict)
    is_partial: bool = False
    fault: str = ""
    key: str = ""

    def data(self) -> dict:
        """As kept in a row of a run."""
        return {name: value for name, value in asdict(self).items() if value not in ("", [], {}, False)}

    @classmethod
    def of(cls, data: dict) -> "Candidate":
        """From what `data()` gave."""
        return cls(**{"label": "", **data})


def identifier(kind: str, text) -> str:
    """The identifier as it is compared; "" when it identifies nothing (empty, a placeholder, the same sign all over)."""
    value = " ".join(str(text or "").split()).casefold()
    bare = re.sub(r"[\s_-]", "", value)
    if not bare or bare in JUNK or SAME_SIGN.match(bare):
        return ""
    if kind == KINDS.MAC:
        bare = re.sub(r"[^0-9a-z]", "", value)
        # Bridges of container engines have the same addresses everywhere; a group address belongs to nobody.
        usable = (
            MAC.match(bare) and not SAME_SIGN.match(bare) and not bare.startswith("0242") and not int(bare[1], 16) % 2
        )
        return ":".join(bare[i : i + 2] for i in range(0, 12, 2)) if usable else ""
    if kind == KINDS.UUID:
        return bare if UUID.match(bare) and len(set(bare)) > 2 else ""
    if kind == KINDS.FQDN:
        return value[:200].rstrip(".") if "." in value.strip(".") and not value.startswith("localhost.") else ""
    return value[:200] if len(bare) > 2 else ""


def identifiers(**found) -> dict[str, list[str]]:
    """Normalised identifiers by kind: `identifiers(serial="…", mac=["…", "…"])`; those that say nothing are left out."""
    kept: dict[str, list[str]] = {}
    for kind, texts in found.items():
        several = texts if isinstance(texts, list | tuple | set) else [texts]
        values = sorted({value for text in several if (value := identifier(kind, text))})
        if values:
            kept[kind] = values
    return kept
