"""A class changes here: by a file or in the product. Every change is a new version, and items follow it."""

import re

from django.db import IntegrityError, transaction
from django.db.models import Count
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itsm.audit import log
from itsm.core import versions
from itsm.core.errors import DomainError, StaleVersion

from . import bringing, definitions
from .models import CIClass, ConfigurationItem, ItemRun, RelationType
from .specs import VERSION, ClassSpec, classes, spec_of_rows, with_subclasses

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
NAME = re.compile(r"(?=.{1,40}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
LAYERS = ("business", "application", "technical", "operations", "facility", "workplace")
KEYS = ("serial", "asset_tag", "name")


def store(
    code: str, wanted: dict, *, current: CIClass | None, origin: str, shipped: dict | None, digest: str, owner_app: str,
    renamed: dict[str, str], author=None, note: str = "",
) -> CIClass:  # fmt: skip
    """The next version of a class, inside the caller's transaction. Items that it concerns get a run."""
    before = definitions.of_row(current) if current else None
    if current:
        CIClass.objects.filter(pk=current.pk).update(is_current=False)
    row = CIClass.objects.create(
        code=code, version=current.version + 1 if current else 1, owner_app=owner_app, digest=digest, origin=origin, shipped=shipped,
        author=author, note=note, **definitions.columns(wanted),
    )  # fmt: skip
    versions.bump(VERSION)
    classes.forget()
    if before is not None and bringing.touches_data(before, wanted, renamed):
        bringing.begin(code, row.version, renamed, actor=author, language=get_language() or "")
        bringing.pending.forget()
    transaction.on_commit(classes.forget)
    return row


@transaction.atomic
def save_class(
    code: str, wanted: dict, *, actor, seen: int = 0, renamed: dict[str, str] | None = None, note: str = ""
) -> CIClass:
    """Make a class, or the next version of one. What says the same makes no version.

    `seen` is the version that the person looked at (0: none). StaleVersion when there is a newer one; DomainError names
    the field ("code", "parent", "attributes", ...) that cannot be so.
    """
    current = CIClass.objects.select_for_update(no_key=True).filter(code=code, is_current=True).first()
    if (current.version if current else 0) != seen:
        if seen == 0:
            raise DomainError(_("There is already a class “%(code)s”.") % {"code": code}, field="code")
        raise StaleVersion
    check(code, wanted, renamed or {})
    if current and definitions.of_row(current) == wanted and not renamed:
        return current
    if current and bringing.is_pending(code):
        raise DomainError(
            _("Items are still being brought to the last version of this class: wait until that is done.")
        )
    try:
        with transaction.atomic():
            row = store(
                code, wanted, current=current, origin=CIClass.Origin.PRODUCT, shipped=_shipped(current),
                digest=current.digest if current else "", owner_app=current.owner_app if current else "site", renamed=renamed or {},
                author=actor, note=note.strip()[:200],
            )  # fmt: skip
    except IntegrityError as error:
        raise StaleVersion from error
    old = definitions.of_row(current) if current else {**definitions.SHAPE}
    changes = {line["what"]: [line["old"], line["new"]] for line in definitions.differences(old, wanted, renamed)}
    log.write(
        "ci_class.saved",
        ("ci_class", row.pk, code),
        actor=actor,
        changes=changes,
        data={"version": row.version, "note": note},
    )
    return row


def _shipped(current: CIClass | None) -> dict | None:
    """What the file said under a version: versions of before this was kept are the file, as nothing else wrote them."""
    if current is None or current.shipped is not None or current.origin == CIClass.Origin.PRODUCT:
        return current.shipped if current else None
    return definitions.of_row(current)


def take_file_back(code: str, *, actor, seen: int) -> CIClass:
    """The class as its file says, without what the site changed: one more version."""
    current = CIClass.objects.filter(code=code, is_current=True).first()
    if current is None or current.shipped is None or current.origin == CIClass.Origin.FILE:
        raise DomainError(_("This class has no file to go back to."))
    with transaction.atomic():
        row = save_class(code, current.shipped, actor=actor, seen=seen, note=_("Back to the file"))
        CIClass.objects.filter(pk=row.pk).update(origin=CIClass.Origin.FILE)
        versions.bump(VERSION)
    return row


def run_of(row: CIClass) -> ItemRun | None:
    """The run that brings items to a version, where there is one."""
    wanted = {"code": row.code, "version": row.version}
    return ItemRun.objects.filter(kind=ItemRun.Kind.CLASSES, params__contains=wanted).order_by("-at").first()


def hypothetical(code: str, wanted: dict) -> dict[str, ClassSpec]:
    """Every class as it would run if this definition were saved."""
    rows = {row.code: row for row in CIClass.objects.filter(is_current=True)}
    version = rows[code].version + 1 if code in rows else 1
    rows[code] = CIClass(code=code, version=version, **definitions.columns(wanted))
    return {each: spec_of_rows(each, rows) for each in rows}


def check(code: str, wanted: dict, renamed: dict[str, str]) -> None:
    """DomainError for what cannot be a class."""
    known = classes.get()
    if not CODE.fullmatch(code) or code == "new":
        raise DomainError(
            _("A code is made of lower-case letters, digits and _, and begins with a letter."), field="code"
        )
    for name in ("fr", "en"):
        if not wanted[name].strip():
            raise DomainError(_("A name is needed in both languages."), field=name)
    parent = wanted["parent"]
    if parent and parent not in known:
        raise DomainError(_("There is no class “%(code)s”.") % {"code": parent}, field="parent")
    if parent and (parent == code or code in known[parent].lineage):
        raise DomainError(_("A class cannot be below itself."), field="parent")
    if wanted["abstract"] and ConfigurationItem.objects.filter(ci_class=code).exists():
        raise DomainError(_("There are items of this class: it cannot only group others."), field="abstract")
    inherited = known[parent].properties if parent else {}
    _check_attributes(wanted, inherited, known)
    for key in wanted["identity_keys"]:
        if key not in KEYS and key not in wanted["properties"] and key not in inherited:
            raise DomainError(_("There is no field “%(name)s” to be a key.") % {"name": key}, field="identity_keys")
    kinds = set(RelationType.objects.values_list("code", flat=True)) if wanted["relations"] else set()
    for kind, targets in wanted["relations"].items():
        wrong = next((each for each in targets if each not in known and each != code), None)
        if kind not in kinds or wrong:
            text = _("There is no relation “%(code)s”.") if kind not in kinds else _("There is no class “%(code)s”.")
            raise DomainError(text % {"code": kind if kind not in kinds else wrong}, field="relations")
    if set(renamed.values()) - set(wanted["properties"]):
        raise DomainError(_("An attribute was renamed to one that is not there."), field="attributes")


def _check_attributes(wanted: dict, inherited: dict, known: dict[str, ClassSpec]) -> None:
    for name, rule in wanted["properties"].items():
        if not NAME.fullmatch(name):
            text = _("“%(name)s”: a name is made of lower-case letters, digits and _, and begins with a letter.")
            raise DomainError(text % {"name": name}, field="attributes")
        if name in inherited:
            raise DomainError(_("“%(name)s” is inherited already.") % {"name": name}, field="attributes")
        if not rule.get("x-fr", "").strip() or not rule.get("x-en", "").strip():
            raise DomainError(_("“%(name)s” needs a label in both languages.") % {"name": name}, field="attributes")
        if "x-ref" in rule and rule["x-ref"] not in known:
            raise DomainError(_("There is no class “%(code)s”.") % {"code": rule["x-ref"]}, field="attributes")
        if "enum" in rule and not rule["enum"]:
            raise DomainError(_("“%(name)s” needs its choices.") % {"name": name}, field="attributes")
    try:
        definitions.check_schema(wanted)
    except definitions.BadDefinition as error:
        raise DomainError(
            _("These attributes cannot be saved: %(why)s") % {"why": error}, field="attributes"
        ) from error


def counts() -> dict[str, int]:
    """Items in use by class, those of the classes below included."""
    rows = ConfigurationItem.objects.in_use().values_list("ci_class").annotate(n=Count("id")).order_by()
    own = dict(rows)
    return {code: sum(own.get(below, 0) for below in with_subclasses(code)) for code in classes.get()}
