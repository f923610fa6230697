"""Classes of items: TOML files in the apps that own them, loaded into a versioned table, run from there."""

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core import versions
from itsm.core.errors import DomainError
from itsm.core.reference import cached

from .models import CIClass, RelationType

VERSION = "ci-classes"
LABELS = {"fr", "en", "help-fr", "help-en", "words-fr", "words-en"}


@dataclass(frozen=True)
class ClassSpec:
    """A class as it runs: attributes include the inherited ones."""

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

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names.get((get_language() or "fr")[:2], self.code)

    @property
    def schema(self) -> dict:
        """JSON Schema of the attributes."""
        return _schema(self.properties, self.required)

    def label(self, attribute: str) -> str:
        """The name of an attribute in the reader's language."""
        language = (get_language() or "fr")[:2]
        return self.properties.get(attribute, {}).get(f"x-{language}", attribute)

    def word(self, attribute: str, value) -> str:
        """A choice of an attribute in the reader's language; any other value as it is."""
        language = (get_language() or "fr")[:2]
        return self.properties.get(attribute, {}).get(f"x-words-{language}", {}).get(str(value), str(value))


def _schema(properties: dict, required) -> dict:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


@cached(VERSION)
def classes() -> dict[str, ClassSpec]:
    """Every current class by code."""
    rows = {row.code: row for row in CIClass.objects.filter(is_current=True)}
    return {code: _spec(code, rows) for code in sorted(rows)}


def _spec(code: str, rows: dict[str, CIClass]) -> ClassSpec:
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
        properties |= rows[ancestor].schema.get("properties", {})
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
        jsonschema.Draft202012Validator(_schema(properties, required), format_checker=jsonschema.FormatChecker()),
    )


def with_subclasses(code: str) -> list[str]:
    """The class and all below it."""
    return [spec.code for spec in classes.get().values() if code in spec.lineage]


def validate(code: str, attributes: dict) -> None:
    """DomainError naming the attribute and what to do, in the reader's language."""
    spec = classes.get().get(code)
    if spec is None:
        raise DomainError(_("There is no class “%(code)s”.") % {"code": code}, field="ci_class")
    if spec.abstract:
        text = _("“%(name)s” only groups other classes: choose one of those.")
        raise DomainError(text % {"name": spec.name}, field="ci_class")
    for error in spec.validator.iter_errors(attributes):
        raise DomainError(_explain(spec, error), field="attributes")


def check_relation(source: str, kind: str, target: str) -> None:
    """DomainError when the class of the source says to which classes such a relation goes, and this is none of them."""
    known = classes.get()
    allowed = known[source].relations.get(kind) if source in known else None
    if allowed and target in known and not set(known[target].lineage) & set(allowed):
        names = ", ".join(known[code].name for code in allowed if code in known)
        raise DomainError(_("Here this relation only goes to: %(names)s.") % {"names": names}, field="target")


def _explain(spec: ClassSpec, error: jsonschema.ValidationError) -> str:
    """The refusal in the reader's words: the library speaks English only."""
    name, limit = spec.label(str(error.path[0])) if error.path else "", error.validator_value
    match error.validator:
        case "required":
            missing = next((n for n in spec.required if n not in error.instance), "")
            return _("“%(name)s” is required.") % {"name": spec.label(missing)}
        case "additionalProperties":
            extra = sorted(set(error.instance) - set(spec.properties))
            return _("This class has no attribute “%(name)s”.") % {"name": ", ".join(extra)}
        case "type":
            return _("“%(name)s” must be %(type)s.") % {"name": name, "type": _type_words().get(str(limit), str(limit))}
        case "enum":
            words = ", ".join(spec.word(str(error.path[0]), value) for value in limit)
            return _("“%(name)s” must be one of: %(values)s.") % {"name": name, "values": words}
        case "minimum" | "exclusiveMinimum":
            return _("“%(name)s” is too small: at least %(limit)s.") % {"name": name, "limit": limit}
        case "maximum" | "exclusiveMaximum":
            return _("“%(name)s” is too large: at most %(limit)s.") % {"name": name, "limit": limit}
        case "maxLength":
            return _("“%(name)s” is too long: at most %(limit)s characters.") % {"name": name, "limit": limit}
        case "format" if limit == "date":
            return _("“%(name)s” must be a date such as 2026-12-31.") % {"name": name}
    return _("“%(name)s” does not have the form that its class asks for.") % {"name": name}


def _type_words() -> dict[str, str]:
    return {
        "string": _("a text"),
        "integer": _("a whole number"),
        "number": _("a number"),
        "boolean": _("yes or no"),
        "array": _("a list"),
        "object": _("a group of values"),
    }


@transaction.atomic
def load_files() -> int:
    """Read every `classes/*.toml`; a changed file makes a new version. Returns how many classes changed.

    ImproperlyConfigured names the file that cannot be a class.
    """
    changed = 0
    files: dict[str, tuple[str, Path, dict]] = {}
    for app, path in _files():
        if path.stem in files:
            raise ImproperlyConfigured(f"{path}: the class {path.stem} is already in {files[path.stem][1]}")
        files[path.stem] = (app, path, _read(path))
    _load_relations(files.pop("relations")[2])
    current = {row.code: row for row in CIClass.objects.select_for_update().filter(is_current=True)}
    for code, (app, path, data) in files.items():
        if data.get("parent") and data["parent"] not in files and data["parent"] not in current:
            raise ImproperlyConfigured(f"{path}: there is no class {data['parent']} to be the parent")
        digest = hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()
        if code not in current or current[code].digest != digest:
            _store(code, data, digest, app, current.get(code), path)
            changed += 1
    if changed:
        versions.bump(VERSION)
        classes.forget()
    return changed


def _files():
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if folder.is_relative_to(settings.BASE_DIR):
            for path in sorted((folder / "classes").glob("*.toml")):
                yield config.label, path


def _read(path: Path) -> dict:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ImproperlyConfigured(f"{path}: {error}") from error
    missing = [name for name in ("fr", "en") if path.stem != "relations" and not data.get(name)]
    if missing:
        raise ImproperlyConfigured(f"{path}: a name is missing: {', '.join(missing)}")
    return data


def _store(code: str, data: dict, digest: str, app: str, current: CIClass | None, path: Path) -> None:
    properties, required = {}, []
    for name, spec in data.get("attributes", {}).items():
        spec = dict(spec)
        if spec.pop("required", False):
            required.append(name)
        properties[name] = {(f"x-{k}" if k in LABELS else k): v for k, v in spec.items()}
    try:
        jsonschema.Draft202012Validator.check_schema(_schema(properties, required))
    except jsonschema.SchemaError as error:
        raise ImproperlyConfigured(f"{path}: {error.message}") from error
    if current:
        CIClass.objects.filter(pk=current.pk).update(is_current=False)
    CIClass.objects.create(
        code=code,
        version=current.version + 1 if current else 1,
        name_fr=data["fr"],
        name_en=data["en"],
        parent=data.get("parent", ""),
        abstract=data.get("abstract", False),
        icon=data.get("icon", "box"),
        layer=data.get("layer", "technical"),
        owner_app=app,
        schema={"properties": properties, "required": required},
        identity_keys=data.get("identity_keys", []),
        relations=data.get("relations", {}),
        digest=digest,
    )


def _load_relations(data: dict) -> None:
    for code, row in data.items():
        RelationType.objects.update_or_create(
            code=code,
            defaults={
                "name_fr": row["fr"],
                "name_en": row["en"],
                "reverse_fr": row["reverse_fr"],
                "reverse_en": row["reverse_en"],
                "carries_impact": row.get("carries_impact", True),
            },
        )
