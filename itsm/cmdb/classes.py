"""Classes of items: TOML files in the apps that own them and in the site's folder, loaded into a versioned table."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from itsm.core import versions

from . import definitions, versioning
from .models import CIClass, RelationType
from .specs import TYPES, VERSION, ClassSpec, classes, kind_of, relation_types, with_subclasses
from .validating import check_relation, validate

__all__ = [
    "VERSION",
    "ClassSpec",
    "check_relation",
    "classes",
    "kind_of",
    "load_files",
    "validate",
    "with_subclasses",
]


@transaction.atomic
def load_files() -> int:
    """Read every `classes/*.toml`; a changed file makes a new version. Returns how many classes changed.

    What a site changed in the product stays over a newer file (`definitions.merged`). ImproperlyConfigured names the
    file that cannot be a class.
    """
    changed = 0
    files: dict[str, tuple[str, Path, dict]] = {}
    for app, path in _files():
        if path.stem in files:
            raise ImproperlyConfigured(f"{path}: the class {path.stem} is already in {files[path.stem][1]}")
        files[path.stem] = (app, path, _read(path))
    _load_relations(files.pop("relations")[2])
    current = {row.code: row for row in CIClass.objects.select_for_update(no_key=True).filter(is_current=True)}
    for code, (app, path, data) in files.items():
        if data.get("parent") and data["parent"] not in files and data["parent"] not in current:
            raise ImproperlyConfigured(f"{path}: there is no class {data['parent']} to be the parent")
        changed += _load(code, app, path, data, current.get(code))
    return changed


def _load(code: str, app: str, path: Path, data: dict, current: CIClass | None) -> bool:
    digest = definitions.digest(data)
    if current and current.digest == digest:
        return False
    try:
        shipped, renamed = definitions.from_file(data)
    except definitions.BadDefinition as error:
        raise ImproperlyConfigured(f"{path}: {error}") from error
    wanted, origin = shipped, CIClass.Origin.FILE
    if current and current.origin == CIClass.Origin.PRODUCT:
        base = current.shipped or shipped
        wanted, origin = definitions.merged(base, definitions.of_row(current), shipped), CIClass.Origin.PRODUCT
    versioning.store(
        code, wanted, current=current, origin=origin, shipped=shipped, digest=digest, owner_app=app, renamed=renamed
    )
    return True


def _files() -> Iterator[tuple[str, Path]]:
    for config in apps.get_app_configs():
        folder = Path(config.path)
        if folder.is_relative_to(settings.BASE_DIR):
            for path in sorted((folder / "classes").glob("*.toml")):
                yield config.label, path
    for path in sorted(Path(settings.CI_CLASSES_DIR).glob("*.toml")):
        yield "site", path


def _read(path: Path) -> dict:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path}: {error}") from error
    missing = [name for name in ("fr", "en") if path.stem != "relations" and not data.get(name)]
    if missing:
        raise ImproperlyConfigured(f"{path}: a name is missing: {', '.join(missing)}")
    return data


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
    versions.bump(TYPES)
    relation_types.forget()
