"""Classes of configuration items: TOML files in the apps that own them, loaded into a versioned table, run from there."""

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

import jsonschema
from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.core import versions
from itsm.core.errors import DomainError
from itsm.core.reference import cached

from .models import CIClass, RelationType

VERSION = "ci-classes"


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

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names.get((get_language() or "fr")[:2], self.code)

    @property
    def schema(self) -> dict:
        """JSON Schema of the attributes."""
        return {"type": "object", "properties": self.properties, "required": list(self.required), "additionalProperties": False}

    def label(self, attribute: str) -> str:
        """The name of an attribute in the reader's language."""
        language = (get_language() or "fr")[:2]
        return self.properties.get(attribute, {}).get(f"x-{language}", attribute)


@cached(VERSION)
def classes() -> dict[str, ClassSpec]:
    """Every current class by code."""
    rows = {row.code: row for row in CIClass.objects.filter(is_current=True)}
    return {code: _spec(code, rows) for code in sorted(rows)}


def _spec(code: str, rows: dict[str, CIClass]) -> ClassSpec:
    row, lineage, properties, required = rows[code], [], {}, []
    step = code
    while step and step in rows and step not in lineage:
        lineage.append(step)
        step = rows[step].parent
    for ancestor in reversed(lineage):
        properties |= rows[ancestor].schema.get("properties", {})
        required += [name for name in rows[ancestor].schema.get("required", []) if name not in required]
    return ClassSpec(
        code, row.version, {"fr": row.name_fr, "en": row.name_en}, row.parent, row.abstract, row.icon, row.layer, properties,
        tuple(required), tuple(row.identity_keys), tuple(lineage),
    )  # fmt: skip


def with_subclasses(code: str) -> list[str]:
    """The class and all below it."""
    return [spec.code for spec in classes.get().values() if code in spec.lineage]


def validate(code: str, attributes: dict) -> None:
    """DomainError naming the attribute and what to do, in the reader's language."""
    spec = classes.get().get(code)
    if spec is None:
        raise DomainError(_("There is no class “%(code)s”.") % {"code": code}, field="ci_class")
    if spec.abstract:
        raise DomainError(_("“%(name)s” only groups other classes: choose one of those.") % {"name": spec.name}, field="ci_class")
    for error in jsonschema.Draft202012Validator(spec.schema).iter_errors(attributes):
        raise DomainError(_explain(spec, error), field="attributes")


def _explain(spec: ClassSpec, error: jsonschema.ValidationError) -> str:
    name = spec.label(str(error.path[0])) if error.path else ""
    match error.validator:
        case "required":
            missing = next((n for n in spec.required if n not in error.instance), "")
            return _("“%(name)s” is required.") % {"name": spec.label(missing)}
        case "additionalProperties":
            extra = sorted(set(error.instance) - set(spec.properties))
            return _("This class has no attribute “%(name)s”.") % {"name": ", ".join(extra)}
        case "type":
            return _("“%(name)s” must be of type %(type)s.") % {"name": name, "type": error.validator_value}
        case "enum":
            return _("“%(name)s” must be one of: %(values)s.") % {"name": name, "values": ", ".join(map(str, error.validator_value))}
    return _("“%(name)s” is not valid: %(why)s.") % {"name": name, "why": error.message[:200]}


@transaction.atomic
def load_files() -> int:
    """Read every `classes/*.toml`; a changed file makes a new version. Returns how many classes changed."""
    changed = 0
    for app, path in _files():
        text = path.read_text()
        digest = hashlib.sha256(text.encode()).hexdigest()
        if path.stem == "relations":
            _load_relations(tomllib.loads(text))
            continue
        current = CIClass.objects.filter(code=path.stem, is_current=True).first()
        if current and current.digest == digest:
            continue
        _store(path.stem, tomllib.loads(text), digest, app, current)
        changed += 1
    if changed:
        versions.bump(VERSION)
    return changed


def _files():
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if folder.is_relative_to(settings.BASE_DIR):
            for path in sorted((folder / "classes").glob("*.toml")):
                yield config.label, path


def _store(code: str, data: dict, digest: str, app: str, current: CIClass | None) -> None:
    properties, required = {}, []
    for name, spec in data.get("attributes", {}).items():
        spec = dict(spec)
        if spec.pop("required", False):
            required.append(name)
        properties[name] = {("x-" + k if k in ("fr", "en") else k): v for k, v in spec.items()}
    json.dumps(properties)
    if current:
        CIClass.objects.filter(pk=current.pk).update(is_current=False)
    CIClass.objects.create(
        code=code, version=current.version + 1 if current else 1, name_fr=data["fr"], name_en=data["en"], parent=data.get("parent", ""),
        abstract=data.get("abstract", False), icon=data.get("icon", "box"), layer=data.get("layer", "technical"), owner_app=app,
        schema={"properties": properties, "required": required}, identity_keys=data.get("identity_keys", []),
        relations=data.get("relations", []), digest=digest,
    )  # fmt: skip


def _load_relations(data: dict) -> None:
    for code, row in data.items():
        RelationType.objects.update_or_create(
            code=code,
            defaults={
                "name_fr": row["fr"], "name_en": row["en"], "reverse_fr": row["reverse_fr"], "reverse_en": row["reverse_en"],
                "carries_impact": row.get("carries_impact", True),
            },
        )  # fmt: skip
