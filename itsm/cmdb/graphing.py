"""The impact as a graph that the browser draws: nodes already in their places, so that the picture is the same for everyone.

One column a step, rows in the order of their parents; a full column goes on beside itself. States move nothing.
"""

from collections import defaultdict

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

COLUMN, ROW, TALL, MOST = 220, 72, 14, 500
SIGNS = {"root": "", "down": "✕", "degraded": "▲", "up": "✓", "": ""}


def build(root: dict, rows: list[dict], lines: list[tuple[int, int]], chosen: list[dict], *, upstream: bool) -> dict:
    """Nodes with places and edges between them, of `chosen` (some of `rows`) and of what lies on their ways.

    `root` has `id` and `name`; `rows` and `lines` are those of `impact.report`. At most `MOST` nodes, the first of `chosen`.
    """
    known = {row["id"]: row for row in rows}
    shown: dict[int, dict] = {}
    for row in chosen:
        way = _way(row, known)
        if len(shown) + sum(step["id"] not in shown for step in way) > MOST:
            break
        shown |= {step["id"]: step for step in way}
    kept = {row["id"] for row in chosen}
    places = _places(root["id"], list(shown.values()), -1 if upstream else 1)
    nodes = [_node(root | {"state": "root" if upstream else "down", "depth": 0}, places, muted=False)]
    nodes += [_node(row, places, muted=row["id"] not in kept) for row in shown.values()]
    drawn = {node["id"] for node in nodes}
    states = {node["id"]: node["state"] for node in nodes}
    edges = sorted({pair for pair in lines if pair[0] in drawn and pair[1] in drawn})
    return {
        "nodes": nodes,
        "edges": [
            {"source": a, "target": b, "state": states[a if upstream else b], "beside": places[a][0] == places[b][0]}
            for a, b in edges
        ],
        "left_out": sum(row["id"] not in shown for row in chosen),
    }


def _way(row: dict, known: dict[int, dict]) -> list[dict]:
    """The row and what lies between it and the root, as far as it may be named."""
    way = [row]
    while way[-1]["parent"] in known and len(way) <= row["depth"]:
        way.append(known[way[-1]["parent"]])
    return way


def _places(root: int, rows: list[dict], direction: int) -> dict[int, tuple[int, int]]:
    columns: dict[int, list[dict]] = defaultdict(list)
    for row in rows:
        columns[row["depth"]].append(row)
    order, places, x = {root: 0}, {root: (0, 0)}, 0
    for depth in sorted(columns):
        column = sorted(columns[depth], key=lambda row: (order.get(row["parent"], len(order)), row["name"], row["id"]))
        order |= {row["id"]: n for n, row in enumerate(column)}
        for n, row in enumerate(column):
            aside, y = divmod(n, TALL)
            height = min(TALL, len(column) - aside * TALL)
            places[row["id"]] = (direction * (x + COLUMN * (aside + 1)), y * ROW - (height - 1) * ROW // 2)
        x += COLUMN * ((len(column) - 1) // TALL + 1)
    return places


def _node(row: dict, places: dict[int, tuple[int, int]], *, muted: bool) -> dict:
    x, y = places[row["id"]]
    words = {
        "down": _("down"), "degraded": _("degraded"), "up": _("would bear it"), "root": "", "": "",
    }  # fmt: skip
    state = row["state"]
    under = " ".join(filter(None, (SIGNS[state], words[state])))
    return {
        "id": row["id"], "name": row["name"], "label": f"{row['name']}\n{under}" if under else row["name"], "state": state, "x": x,
        "y": y, "muted": muted, "service": bool(row.get("is_service")), "url": f"/cmdb/{row['id']}/",
    }  # fmt: skip


def sentence(name: str, report: dict, *, upstream: bool) -> str:
    """The picture in one sentence, for those who do not see it."""
    n = len(report["items"])
    if upstream:
        text = ngettext("%(name)s lives on %(n)s item.", "%(name)s lives on %(n)s items.", n)
        return text % {"name": name, "n": n} + " " + _("The table below says the same.")
    text = _("If %(name)s stops: %(down)s down, %(degraded)s degraded.")
    figures = {"name": name, "down": report["down"], "degraded": report["degraded"]}
    return text % figures + " " + _("The table below says the same.")
