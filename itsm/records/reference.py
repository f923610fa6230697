"""Categories, codes and matrices kept per process: lists and forms read them without a join or a query."""

from dataclasses import dataclass, field

from django.utils.translation import get_language

from itsm.core.reference import cached
from itsm.people.directory import directory

from .models import Category, CategoryTeam, CauseCode, HoldReason, PriorityCell, ResolutionCode


@dataclass(frozen=True)
class CodeRow:
    """A category or a code."""

    pk: int
    code: str
    names: dict[str, str]
    organisation_id: int | None = None
    kinds: tuple[str, ...] = ()
    is_active: bool = True
    parent_id: int | None = None
    lineage: tuple[int, ...] = ()
    confidentiality_id: int | None = None
    flags: dict = field(default_factory=dict)

    @property
    def name(self) -> str:
        """In the reader's language."""
        language = (get_language() or "fr")[:2]
        return self.names.get(language) or self.names["fr"]

    def offered_to(self, organisation_id: int, kind: str) -> bool:
        """Is this code on the list for records of that organisation and kind?"""
        if not self.is_active or (self.kinds and kind not in self.kinds):
            return False
        if self.organisation_id is None:
            return True
        row = directory.get().organisations.get(organisation_id)
        return bool(row) and self.organisation_id in row.lineage


class CodeList(dict):
    """Rows by id; `by_code` finds one by its code."""

    def __init__(self, rows):
        super().__init__((row.pk, row) for row in rows)
        self._codes = {row.code: row for row in rows}

    def by_code(self, code: str) -> CodeRow | None:
        return self._codes.get(code)

    def offered(self, organisation_id: int, kind: str) -> list[CodeRow]:
        """Rows to choose from, in their order. An organisation with codes of its own sees only those."""
        rows = [row for row in self.values() if row.offered_to(organisation_id, kind)]
        own = [row for row in rows if row.organisation_id is not None]
        return own or rows


def _names(row: dict) -> dict[str, str]:
    return {
        "fr": row["name_fr"] or row["name_en"] or row["code"],
        "en": row["name_en"] or row["name_fr"] or row["code"],
    }


def _load(model, flags: tuple[str, ...]) -> CodeList:
    columns = ("pk", "code", "name_fr", "name_en", "organisation_id", "kinds", "is_active", *flags)
    return CodeList(
        [
            CodeRow(
                r["pk"],
                r["code"],
                _names(r),
                r["organisation_id"],
                tuple(r["kinds"]),
                r["is_active"],
                flags={flag: r[flag] for flag in flags},
            )
            for r in model.objects.order_by("position", "code").values(*columns)
        ]
    )


@cached("codes")
def resolution_codes() -> CodeList:
    return _load(ResolutionCode, ("excluded_from_kpis", "for_people"))


@cached("codes")
def cause_codes() -> CodeList:
    return _load(CauseCode, ())


@cached("codes")
def hold_reasons() -> CodeList:
    return _load(
        HoldReason,
        (
            "pauses_clock",
            "waits_for_requester",
            "waits_for_supplier",
            "comment_required",
            "until_required",
            "flows_to_children",
        ),
    )


@cached("codes")
def categories() -> CodeList:
    columns = (
        "pk",
        "code",
        "name_fr",
        "name_en",
        "organisation_id",
        "kinds",
        "is_active",
        "parent_id",
        "path",
        "confidentiality_id",
    )
    rows = [
        CodeRow(
            r["pk"],
            r["code"],
            _names(r),
            r["organisation_id"],
            tuple(r["kinds"]),
            r["is_active"],
            r["parent_id"],
            tuple(int(part) for part in reversed(r["path"].split("/")) if part),
            r["confidentiality_id"],
        )
        for r in Category.objects.order_by("path", "position").values(*columns)
    ]
    return CodeList(rows)


@cached("codes")
def category_teams() -> dict[tuple[int, int], int]:
    return {(c, level): team for c, level, team in CategoryTeam.objects.values_list("category_id", "level", "team_id")}


@cached("codes")
def matrices() -> dict[int | None, dict[tuple[int, int], int]]:
    found: dict[int | None, dict[tuple[int, int], int]] = {}
    for org, impact, urgency, priority in PriorityCell.objects.values_list(
        "organisation_id", "impact", "urgency", "priority"
    ):
        found.setdefault(org, {})[impact, urgency] = priority
    return found


def category_path(category_id: int | None) -> str:
    """ "Software › Browser" in the reader's language; empty without a category."""
    rows = categories.get()
    row = rows.get(category_id) if category_id else None
    if row is None:
        return ""
    return " › ".join(rows[pk].name for pk in reversed(row.lineage) if pk in rows)


def category_confidentiality(category_id: int | None) -> int | None:
    """The circle that alone reads records of this category, inherited down the tree."""
    rows = categories.get()
    row = rows.get(category_id) if category_id else None
    if row is None:
        return None
    return next((rows[pk].confidentiality_id for pk in row.lineage if pk in rows and rows[pk].confidentiality_id), None)


def team_for_category(category_id: int | None, level: int) -> int | None:
    """The team that takes this category, or the nearest category above, at a support level."""
    rows, teams = categories.get(), category_teams.get()
    row = rows.get(category_id) if category_id else None
    if row is None:
        return None
    return next((teams[pk, level] for pk in row.lineage if (pk, level) in teams), None)
