"""The impact as a picture: one column a step, drawn on the server. The table beside it says the same in words."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

COLUMN, ROW, WIDTH, HEIGHT, MARGIN = 190, 44, 150, 34, 8
PER_COLUMN, LETTERS = 8, 19


@dataclass
class Box:
    """One item, or the rest of a column."""

    x: int
    y: int
    label: str
    title: str
    tone: str

    @property
    def text_x(self) -> int:
        return self.x + WIDTH // 2

    @property
    def text_y(self) -> int:
        return self.y + HEIGHT // 2 + 4


@dataclass
class Picture:
    """What the template places: boxes, lines from box to box, the size of it all."""

    width: int
    height: int
    boxes: list[Box] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def draw(rows: list[dict]) -> Picture | None:
    """Columns by depth, the first rows of each and how many more. None when nothing suffers.

    `rows` are those of `impact.report`; a line follows the shortest path, where both its ends are drawn.
    """
    if not rows:
        return None
    root = rows[0]["path"][0]
    columns: dict[int, list[dict]] = {}
    for row in rows:
        columns.setdefault(row["depth"], []).append(row)
    tallest = max(min(len(column), PER_COLUMN + 1) for column in columns.values())
    picture = Picture(MARGIN * 2 + COLUMN * max(columns) + WIDTH, MARGIN * 2 + ROW * tallest)
    drawn = {(root,): _place(picture, 0, 0, 1, tallest, root, "red")}
    for depth in sorted(columns):
        column, shown = columns[depth], columns[depth][:PER_COLUMN]
        count = len(shown) + (len(column) > PER_COLUMN)
        for n, row in enumerate(shown):
            tone = "red" if row["state"] == "down" else "amber"
            box = _place(picture, depth, n, count, tallest, row["name"], tone)
            drawn.setdefault(tuple(row["path"]), box)
            parent = drawn.get(tuple(row["path"][:-1]))
            if parent:
                picture.lines.append(_line(parent, box))
        if len(column) > PER_COLUMN:
            more = _("%(n)s more") % {"n": len(column) - PER_COLUMN}
            _place(picture, depth, count - 1, count, tallest, more, "grey")
    return picture


def _place(picture: Picture, depth: int, n: int, count: int, tallest: int, name: str, tone: str) -> Box:
    y = MARGIN + ROW * n + (tallest - count) * ROW // 2
    label = name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"
    box = Box(MARGIN + COLUMN * depth, y, label, name, tone)
    picture.boxes.append(box)
    return box


def _line(parent: Box, box: Box) -> str:
    """A soft curve from the right side of one box to the left side of the other."""
    x1, y1, x2, y2 = parent.x + WIDTH, parent.y + HEIGHT // 2, box.x, box.y + HEIGHT // 2
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"
