"""Impact told to a reader: rows, who and what is touched. What the reader may not see is neither named nor counted."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from itsm.people.directory import directory
from itsm.people.models import User

from .. import snapshots
from ..classes import classes, with_subclasses
from ..models import CIHistory, ConfigurationItem, Service
from . import reading
from .following import CAP, DEPTH, Impact, compute
from .settling import DOWN, NAMES, UP
from .upstream import dependencies

COLUMNS = ("pk", "name", "key", "ci_class", "criticality", "site_id", "organisation_id", "state", "status")
APPLICATION = "application"


def report(
    root: int,
    *,
    user,
    depth: int = DEPTH,
    cap: int = CAP,
    at: datetime | None = None,
    within: Collection[str] = (),
    upstream: bool = False,
) -> dict:
    """The impact as rows that the reader may see: services first, then by state, depth and name.

    `direct` counts direct dependants, `people` those of the customers of services that are down, `people_touched` those of
    all services that suffer (the item itself among them, where it is one), `places` the affected items by site. `within` keeps the items of some classes (and those below
    them); the figures stay those of the whole. `upstream` tells what the item lives on: `state` is then what its loss does
    to the root ("up": it is borne; "": too far away to be worked out), and nobody else is counted.
    """
    found = (dependencies if upstream else compute)(root, depth=depth, cap=cap, at=at)
    visible = ConfigurationItem.objects.visible_to(user)
    known = _known(visible, {root, *found.level}, at)
    reached = found.level if upstream else found.states
    services = _customers([pk for pk in reached if pk in known], known, at)
    codes = {below for code in within for below in with_subclasses(code)}
    rows = [_row(pk, known, found, pk in services, upstream) for pk in reached if pk in known]
    rows.sort(key=lambda row: (not row["is_service"], _rank(row["state"]), row["depth"], row["name"]))
    counted = [] if upstream else rows
    itself: list[dict] = []
    hurt = {pk: found.states.get(pk, UP) for pk in services}
    if not upstream and root in known:
        # What stops is itself a service that people use.
        own = _customers([root], known, at)
        services, hurt = services | own, hurt | dict.fromkeys(own, DOWN)
        itself = [{"state": "down", "is_service": root in own, "ci_class": known[root]["ci_class"]}]
    return {
        "items": [row for row in rows if row["ci_class"] in codes] if within else rows,
        "truncated": found.truncated,
        "direct": _direct(found, visible, known, at, upstream=upstream),
        "down": sum(row["state"] == "down" for row in counted),
        "degraded": sum(row["state"] == "degraded" for row in counted),
        "services": _counts(row for row in [*itself, *counted] if row["is_service"]),
        "applications": _counts(row for row in [*itself, *counted] if _is_application(row["ci_class"])),
        "people": 0 if upstream else _people({c for pk, c in services.items() if c and hurt[pk] == DOWN}),
        "people_touched": 0 if upstream else _people({c for c in services.values() if c}),
        "places": _places([known[row["id"]] for row in counted]),
        "classes": _classes(rows),
        "lines": [pair for pair in found.lines if pair[0] in known and pair[1] in known],
    }


def _known(visible, ids: set[int], at: datetime | None) -> dict[int, dict]:
    """The items that the reader may see, by their names and states of the instant."""
    known = {row["pk"]: row for row in visible.filter(pk__in=ids).values(*COLUMNS)}
    if at is not None:
        past = CIHistory.objects.filter(snapshots.valid_at(at), item_id__in=list(known))
        for pk, data in past.values_list("item_id", "data"):
            known[pk] |= {name: data[name] for name in COLUMNS if name in data} | {"service": data.get("service")}
    return known


def _customers(ids: list[int], known: dict[int, dict], at: datetime | None) -> dict[int, int | None]:
    """The services among these items and whose people use each: its customer's, else those of its organisation."""
    if not ids:
        return {}
    found = dict(Service.objects.filter(pk__in=ids).values_list("pk", "customer_id"))
    if at is not None:
        found = {pk: (known[pk].get("service") or {}).get("customer_id", customer) for pk, customer in found.items()}
    return {pk: customer or known[pk]["organisation_id"] for pk, customer in found.items()}


def _users(services) -> dict[int, int | None]:
    """Whose people use each of these services now."""
    rows = services.values_list("pk", "customer_id", "item__organisation_id")
    return {pk: customer or organisation for pk, customer, organisation in rows}


def _row(pk: int, known: dict[int, dict], found: Impact, is_service: bool, upstream: bool) -> dict:
    item, state = known[pk], found.states.get(pk)
    path = found.path(pk)
    words = {**NAMES, UP: "up", None: ""} if upstream else NAMES
    row = {
        "id": pk, "name": item["name"], "key": item["key"], "ci_class": item["ci_class"], "criticality": item["criticality"],
        "state": words[state], "depth": found.level[pk], "is_service": is_service,
        "path": [known[step]["name"] if step in known else "…" for step in path], "parent": path[-2],
    }  # fmt: skip
    return row | ({"now": (item["state"], item["status"])} if upstream else {})


def _rank(state: str) -> int:
    return {"down": 0, "degraded": 1, "up": 2}.get(state, 3)


def _counts(rows: Iterable[dict]) -> dict[str, int]:
    counts = {"down": 0, "degraded": 0}
    for row in rows:
        counts[row["state"]] += 1
    return counts


def _is_application(code: str) -> bool:
    spec = classes.get().get(code)
    return bool(spec and APPLICATION in spec.lineage)


def _classes(rows: list[dict]) -> list[dict]:
    """Which classes suffer, and how many of each."""
    counts: dict[str, int] = defaultdict(int)
    for row in rows:
        counts[row["ci_class"]] += 1
    known = classes.get()
    found = [
        {"code": code, "name": known[code].name if code in known else code, "count": n} for code, n in counts.items()
    ]
    return sorted(found, key=lambda each: (-each["count"], each["name"]))


def _direct(found: Impact, visible, known: dict, at: datetime | None, *, upstream: bool) -> int:
    """How many are one step away; of dependants exact even where the answer is cut."""
    if upstream or not found.truncated:
        return sum(level == 1 and pk in known for pk, level in found.level.items())
    return visible.in_use().filter(pk__in=reading.dependants(found.root, at)).count()


def _people(customers: set[int]) -> int:
    """Active people of these organisations and all below them."""
    below = (
        [row.pk for row in directory.get().organisations.values() if customers & set(row.lineage)] if customers else []
    )
    return User.objects.filter(organisation_id__in=below, is_active=True).count() if below else 0


def _places(rows: list[dict]) -> list[dict]:
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        counts[row["site_id"]] += 1
    sites = directory.get().sites
    places = [{"site": sites[pk].name, "count": n} for pk, n in counts.items() if pk in sites]
    return sorted(places, key=lambda place: (-place["count"], place["site"]))


def services_hurt(roots: Sequence[int], *, user, depth: int = DEPTH, cap: int = CAP) -> list[dict]:
    """The services that suffer when any of some items fails, the worst first: `pk`, `name`, `state`, `criticality`.

    An item that is a service itself counts as down. Records use it to say which services they touch.
    """
    worst: dict[int, int] = {}
    steps: dict[int, int] = {}
    for root in roots:
        found = compute(root, depth=depth, cap=cap)
        for pk, state in {root: DOWN, **found.states}.items():
            worst[pk] = max(worst.get(pk, UP), state)
            steps[pk] = min(steps.get(pk, depth), found.level.get(pk, 0))
    items = ConfigurationItem.objects.visible_to(user).in_use().filter(pk__in=worst, service__isnull=False)
    rows = [
        {**row, "state": NAMES[worst[row["pk"]]], "depth": steps[row["pk"]]}
        for row in items.values("pk", "name", "criticality")
    ]
    return sorted(
        rows, key=lambda row: (row["state"] != "down", row["criticality"], row["depth"], row["name"], row["pk"])
    )


def summary(roots: Sequence[int], *, user, depth: int = DEPTH, cap: int = CAP) -> dict:
    """In few figures what suffers when any of some items fails, of what the reader may see.

    `worst` is the root with most of it; `truncated` says that the figures are a floor. Each item is worked out on its
    own and kept for a minute, so that a page may ask at every view.
    """
    each = {root: compute(root, depth=depth, cap=cap) for root in roots}
    reached = {pk for found in each.values() for pk in found.states}
    visible = ConfigurationItem.objects.visible_to(user)
    seen = set(visible.filter(pk__in=reached | set(roots)).values_list("pk", flat=True))
    services = _users(Service.objects.filter(pk__in=(reached | set(roots)) & seen))
    down = set(roots) | {pk for found in each.values() for pk, state in found.states.items() if state == DOWN}
    shown = [root for root in roots if root in seen]
    return {
        "items": len(reached & seen),
        "services": len(services),
        "people": _people({customer for pk, customer in services.items() if customer and pk in down}),
        "worst": max(shown, key=lambda root: len(each[root].states.keys() & seen), default=None),
        "truncated": any(found.truncated for found in each.values()),
    }
