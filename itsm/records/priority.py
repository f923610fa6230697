"""Priority is computed from impact and urgency by the matrix of the nearest organisation that has one."""

from dataclasses import dataclass

from itsm.people.directory import directory

from .models import PriorityCell
from .reference import matrices

# reference: demo-data.md, "Impact, urgency, priority"
DEFAULT = {
    (1, 1): 1, (1, 2): 1, (1, 3): 2, (1, 4): 3,
    (2, 1): 1, (2, 2): 2, (2, 3): 3, (2, 4): 3,
    (3, 1): 2, (3, 2): 3, (3, 3): 3, (3, 4): 4,
    (4, 1): 3, (4, 2): 3, (4, 3): 4, (4, 4): 5,
}  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """Why a priority is what it is: the matrix, and whose it is (None: the product's default)."""

    cells: dict[tuple[int, int], int]
    organisation_id: int | None


def explain(organisation_id: int) -> Explanation:
    """The matrix that applies to records of an organisation."""
    known = matrices.get()
    row = directory.get().organisations.get(organisation_id)
    for level in [*(row.lineage if row else ()), None]:
        if level in known:
            return Explanation(known[level], level)
    return Explanation(DEFAULT, None)


def compute(organisation_id: int, impact: int, urgency: int) -> int:
    """Priority 1 to 5. A cell that a site's matrix leaves out falls back to the default matrix."""
    return explain(organisation_id).cells.get((impact, urgency)) or DEFAULT[impact, urgency]


def ensure_default_matrix() -> None:
    """Write the default matrix where there is none, so that a site can edit it."""
    if not PriorityCell.objects.filter(organisation=None).exists():
        PriorityCell.objects.bulk_create(PriorityCell(impact=i, urgency=u, priority=p) for (i, u), p in DEFAULT.items())
