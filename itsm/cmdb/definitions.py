"""What a class says, as plain data: read from a file or typed in the product, compared, merged.

A definition: names (`fr`, `en`), `parent`, `abstract`, `icon`, `layer`, `identity_keys`, `relations`, `properties` (JSON
Schema of each attribute), `required`, `order`. Only what the class itself says; what it inherits is in `specs`.
"""

import hashlib
import json
from typing import Any

import jsonschema
from django.utils.translation import gettext as _

from .models import CIClass

SHAPE: dict[str, Any] = {
    "fr": "", "en": "", "parent": "", "abstract": False, "icon": "box", "layer": "technical", "identity_keys": [], "relations": {},
    "properties": {}, "required": [], "order": [],
}  # fmt: skip
# Words of ours beside those of JSON Schema: kept under "x-" in the schema, so that any validator passes over them.
OWN = {"fr", "en", "help-fr", "help-en", "words-fr", "words-en", "unit", "unit-fr", "unit-en", "ref"}


class BadDefinition(ValueError):
    """It cannot be a class; the text says why, for who wrote the file."""


def from_file(data: dict) -> tuple[dict, dict[str, str]]:
    """The definition that a TOML file gives, and its renamed attributes {old name: new name}. BadDefinition."""
    properties, required, renamed = {}, [], {}
    for name, given in data.get("attributes", {}).items():
        rule = dict(given)
        if rule.pop("required", False):
            required.append(name)
        if was := rule.pop("was", ""):
            renamed[was] = name
        if "ref" in rule:
            rule.setdefault("type", "integer")
        properties[name] = {(f"x-{key}" if key in OWN else key): value for key, value in rule.items()}
    plain = {key: data.get(key, SHAPE[key]) for key in SHAPE if key not in ("properties", "required", "order")}
    found = {**plain, "properties": properties, "required": required, "order": list(properties)}
    check_schema(found)
    return found, renamed


def check_schema(definition: dict) -> None:
    """BadDefinition when its attributes are no JSON Schema."""
    try:
        jsonschema.Draft202012Validator.check_schema(schema_of(definition["properties"], definition["required"]))
    except jsonschema.SchemaError as error:
        raise BadDefinition(error.message) from error


def schema_of(properties: dict, required) -> dict:
    """JSON Schema of the attributes of an item."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def digest(data: dict) -> str:
    """Equal for what says the same."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


def of_row(row: CIClass) -> dict:
    """The definition that a row of the table holds."""
    properties = row.schema.get("properties", {})
    order = [name for name in row.schema.get("order", []) if name in properties]
    return {
        "fr": row.name_fr, "en": row.name_en, "parent": row.parent, "abstract": row.abstract, "icon": row.icon, "layer": row.layer,
        "identity_keys": list(row.identity_keys), "relations": {kind: list(to) for kind, to in (row.relations or {}).items()},
        "properties": properties, "required": row.schema.get("required", []),
        "order": order + [name for name in properties if name not in order],
    }  # fmt: skip


def columns(definition: dict) -> dict[str, Any]:
    """The same, as columns of the table."""
    return {
        "name_fr": definition["fr"], "name_en": definition["en"], "parent": definition["parent"], "abstract": definition["abstract"],
        "icon": definition["icon"], "layer": definition["layer"], "identity_keys": definition["identity_keys"],
        "relations": definition["relations"],
        "schema": {name: definition[name] for name in ("properties", "required", "order")},
    }  # fmt: skip


def merged(base: dict, mine: dict, theirs: dict) -> dict:
    """A class that a site changed, under a newer file: what the site changed stays, all else is as the new file says."""
    found = {}
    for key in ("fr", "en", "parent", "abstract", "icon", "layer", "identity_keys"):
        found[key] = theirs[key] if mine[key] == base[key] else mine[key]
    for key in ("relations", "properties"):
        found[key] = _merged_rows(base[key], mine[key], theirs[key])
    wanted = {n for n in mine["required"] if n not in base["required"]} | {
        n for n in theirs["required"] if n in mine["required"] or n not in base["required"]
    }
    found["required"] = [name for name in found["properties"] if name in wanted]
    order = [*mine["order"], *(name for name in theirs["order"] if name not in mine["order"])]
    found["order"] = [name for name in order if name in found["properties"]]
    return found


def _merged_rows(base: dict, mine: dict, theirs: dict) -> dict:
    found = {}
    for name in (*theirs, *(name for name in mine if name not in theirs)):
        row = theirs.get(name) if mine.get(name) == base.get(name) else mine.get(name)
        if row is not None:
            found[name] = row
    return found


def differences(old: dict, new: dict, renamed: dict[str, str] | None = None) -> list[dict[str, str]]:
    """What changed, for people: {"what", "old", "new"}; empty text for what was not there."""
    labels = {
        "fr": _("French name"), "en": _("English name"), "parent": _("Parent class"), "abstract": _("Only groups other classes"),
        "icon": _("Icon"), "layer": _("Layer"), "identity_keys": _("Identity keys"),
    }  # fmt: skip
    lines = [
        {"what": label, "old": _word(key, old[key]), "new": _word(key, new[key])}
        for key, label in labels.items()
        if old[key] != new[key]
    ]
    for kind in sorted({*old["relations"], *new["relations"]}):
        before, after = old["relations"].get(kind, []), new["relations"].get(kind, [])
        if before != after:
            lines.append({"what": _("Relation %(kind)s") % {"kind": kind}, "old": _plain(before), "new": _plain(after)})
    return lines + _attribute_lines(old, new, {after: before for before, after in (renamed or {}).items()})


def _attribute_lines(old: dict, new: dict, was: dict[str, str]) -> list[dict[str, str]]:
    lines, seen = [], set()
    for name in new["order"]:
        before = was.get(name, name)
        seen.add(before)
        text = _("Attribute %(name)s") % {"name": name}
        if before not in old["properties"]:
            lines.append({"what": text, "old": "", "new": _rule(new, name)})
        elif before != name or _rule(old, before) != _rule(new, name):
            lines.append({"what": text, "old": _rule(old, before, named=before != name), "new": _rule(new, name)})
    gone = [name for name in old["order"] if name not in seen]
    return lines + [
        {"what": _("Attribute %(name)s") % {"name": name}, "old": _rule(old, name), "new": ""} for name in gone
    ]


def _rule(definition: dict, name: str, *, named: bool = False) -> str:
    """An attribute in one line; everything that it says is in it, so that equal lines mean equal attributes."""
    from . import validating

    rule = dict(definition["properties"][name])
    parts = [name] if named else []
    parts += [f"{rule.pop('x-fr', '')} / {rule.pop('x-en', '')}", str(rule.pop("type", "string"))]
    parts[-1] = validating.type_words().get(parts[-1], parts[-1])
    if name in definition["required"]:
        parts.append(_("required"))
    parts += [f"{key.removeprefix('x-')}: {_plain(value)}" for key, value in sorted(rule.items())]
    return ", ".join(parts)


def _word(key: str, value) -> str:
    """What a class says of itself, without codes where there are words."""
    from .classform import LAYER_NAMES
    from .specs import classes

    if key == "parent" and value in (known := classes.get()):
        return known[value].name
    return str(LAYER_NAMES.get(value, value)) if key == "layer" else _plain(value)


def _plain(value) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_plain(each)}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
