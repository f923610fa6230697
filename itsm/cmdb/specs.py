"""Classes as they run: with what they inherit, in memory, read again when the version moves."""

from dataclasses import dataclass, field
from typing import Any

import jsonschema
from django.utils.translation import get_language

from itsm.core.reference import cached

from .definitions import schema_of
from .models import CIClass, RelationType

VERSION = "ci-classes"
TYPES = "relation-types"


@dataclass(frozen=True)
class ClassSpec:
    """A class as it runs: attributes include the inherited ones, in the order in which people see them."""

    code: str
    version: int
    names: dict[str, str]
    parent: str
    abstract: bool
    icon: str
    layer: str
    properties: dict[str, dict] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    identity_keys: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()
    relations: dict[str, tuple[str, ...]] = field(default_factory=dict)
    validator: Any = field(default=None, compare=False, repr=False)
    owner_app: str = ""
    origin: str = "file"

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names.get(_language(), self.code)

    @property
    def schema(self) -> dict:
        """JSON Schema of the attributes."""
        return schema_of(self.properties, self.required)

    @property
    def references(self) -> dict[str, str]:
        """Attributes that name another item: {attribute: class of that item}."""
        return {name: rule["x-ref"] for name, rule in self.properties.items() if "x-ref" in rule}

    def kind(self, attribute: str) -> str:
        """text, integer, number, boolean, date, choice, reference or list."""
        return kind_of(self.properties[attribute])

    def label(self, attribute: str) -> str:
        """The name of an attribute in the reader's language."""
        return self.properties.get(attribute, {}).get(f"x-{_language()}", attribute)

    def help(self, attribute: str) -> str:
        """What is to be known to fill an attribute in."""
        return self.properties.get(attribute, {}).get(f"x-help-{_language()}", "")

    def unit(self, attribute: str) -> str:
        """The unit of an attribute; empty without one."""
        rule = self.properties.get(attribute, {})
        return rule.get(f"x-unit-{_language()}", rule.get("x-unit", ""))

    def titled(self, attribute: str) -> str:
        """The name with its unit: the head of a column, the label of a field."""
        unit = self.unit(attribute)
        return f"{self.label(attribute)} ({unit})" if unit else self.label(attribute)

    def word(self, attribute: str, value) -> str:
        """A choice of an attribute in the reader's language; any other value as it is."""
        return self.properties.get(attribute, {}).get(f"x-words-{_language()}", {}).get(str(value), str(value))


def _language() -> str:
    return (get_language() or "fr")[:2]


def kind_of(rule: dict) -> str:
    """The kind of an attribute, by which forms, filters, columns and files treat it."""
    if "x-ref" in rule:
        return "reference"
    if "enum" in rule:
        return "choice"
    if rule.get("format") == "date":
        return "date"
    plain = {"integer": "integer", "number": "number", "boolean": "boolean", "array": "list"}
    return plain.get(rule.get("type", "string"), "text")


@cached(VERSION)
def classes() -> dict[str, ClassSpec]:
    """Every current class by code."""
    rows = {row.code: row for row in CIClass.objects.filter(is_current=True)}
    return {code: spec_of_rows(code, rows) for code in sorted(rows)}


def spec_of_rows(code: str, rows: dict[str, CIClass]) -> ClassSpec:
    """A class with what it inherits from the others among `rows`."""
    row = rows[code]
    lineage: list[str] = []
    required: list[str] = []
    keys: list[str] = []
    properties: dict[str, dict] = {}
    relations: dict[str, tuple[str, ...]] = {}
    step = code
    while step and step in rows and step not in lineage:
        lineage.append(step)
        step = rows[step].parent
    for ancestor in reversed(lineage):
        own = rows[ancestor].schema.get("properties", {})
        order = [name for name in rows[ancestor].schema.get("order", []) if name in own]
        properties |= {name: own[name] for name in (*order, *(n for n in own if n not in order))}
        required += [name for name in rows[ancestor].schema.get("required", []) if name not in required]
        relations |= {kind: tuple(targets) for kind, targets in dict(rows[ancestor].relations or {}).items()}
        keys = rows[ancestor].identity_keys or keys
    return ClassSpec(
        code,
        row.version,
        {"fr": row.name_fr, "en": row.name_en},
        row.parent,
        row.abstract,
        row.icon,
        row.layer,
        properties,
        tuple(required),
        tuple(keys),
        tuple(lineage),
        relations,
        jsonschema.Draft202012Validator(schema_of(properties, required), format_checker=jsonschema.FormatChecker()),
        row.owner_app,
        row.origin,
    )


def with_subclasses(code: str) -> list[str]:
    """The class and all below it."""
    return [spec.code for spec in classes.get().values() if code in spec.lineage]


@cached(TYPES)
def relation_types() -> dict[int, RelationType]:
    """Every type of relation by its id."""
    return {row.pk: row for row in RelationType.objects.all()}
