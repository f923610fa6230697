"""Items as a program lists them: the same rows as a table has, with attributes and relations by name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.core.errors import DomainError

from .candidates import ATTRIBUTE, COLUMNS, Candidate, identifiers
from .kinds import Format, form

OWN = ("class", "external_id", "attributes", "relations", "uuid", "mac", "fqdn")
MOST_RELATIONS = 500


def read(path: Path, _options: dict) -> Iterator[Candidate]:
    """The candidates of a JSON file: a list of items. DomainError when it is none."""
    try:
        rows = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise DomainError(_("This is not JSON: %(why)s") % {"why": str(error)[:200]}) from error
    if not isinstance(rows, list):
        raise DomainError(_("A list of items is wanted."))
    yield from (candidate(row) for row in rows)


def candidate(row: Any) -> Candidate:
    """One item. What cannot be understood is a fault of the row, not of the list."""
    if not isinstance(row, dict):
        return Candidate("", fault=_("An item is an object with names and values."))
    unknown = sorted(set(map(str, row)) - {*COLUMNS, *OWN})
    if unknown:
        return Candidate(
            str(row.get("name", ""))[:200], fault=_("There is no field “%(name)s”.") % {"name": unknown[0][:60]}
        )
    attributes, relations = row.get("attributes") or {}, row.get("relations") or []
    if not isinstance(attributes, dict) or not _are_relations(relations):
        text = _("Attributes are an object; relations a list of objects with a type and whom they go to.")
        return Candidate(str(row.get("name", ""))[:200], fault=text)
    values = {n: row[n] for n in COLUMNS if n in row} | {ATTRIBUTE + str(n): v for n, v in attributes.items()}
    found = identifiers(
        serial=row.get("serial"), asset_tag=row.get("asset_tag"), uuid=row.get("uuid") or attributes.get("uuid"),
        mac=row.get("mac") or attributes.get("mac_address"), fqdn=row.get("fqdn") or attributes.get("fqdn"),
    )  # fmt: skip
    external = str(row.get("external_id") or "").strip()[:120]
    label = str(row.get("name") or external)[:200]
    links = [[str(each["type"])[:40], str(each["to"]).strip()[:120], "to"] for each in relations]
    return Candidate(label, "ci", str(row.get("class") or "")[:40], external, found, values, links)


def _are_relations(relations) -> bool:
    return (
        isinstance(relations, list)
        and len(relations) <= MOST_RELATIONS
        and all(isinstance(each, dict) and each.get("type") and each.get("to") for each in relations)
    )


form(Format("items", gettext_lazy("List of items (JSON)"), (".json",), read))
