"""The list of calls by keyset, the newest first."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import get_language

from itsm.core import live, now, versions
from itsm.core.icons import sprite
from itsm.core.paging import Page, keyset_page
from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .. import ending, looks, privacy
from ..console import clocks
from ..filters import CallFilter
from ..models import Call, CallQueue
from ..models.calls import State

SIZE = 50
TOPICS = (f"{versions.PREFIX}calls",)
TOLD = (
    "id", "number", "direction", "state", "from_number", "to_number", "caller_id", "caller_certain", "caller_name", "caller__first_name", "caller__last_name",
    "caller__username", "vip", "site_id", "queue__name_fr", "queue__name_en", "operator__person__first_name", "operator__person__last_name", "started_at",
    "queued_at", "wait_seconds", "talk_seconds", "hold_seconds", "answered_at", "wrap_up_code__name_fr", "wrap_up_code__name_en", "in_hours",
)  # fmt: skip


@dataclass
class Listing:
    """What the page shows."""

    page: Page
    rows: list[dict]
    filter: CallFilter
    queues: list[CallQueue]
    narrowed: bool


def listing(user, params, *, size: int = SIZE) -> Listing:
    """The calls that an address asks for."""
    found = CallFilter(params, Call.objects.visible_to(user))
    rows = found.qs if found.is_valid() else found.queryset.none()
    page = keyset_page(rows.values(*TOLD), ordering=("-id",), cursor=params.get("cursor") or None, size=size)
    queues = list(CallQueue.objects.visible_to(user).filter(is_active=True).order_by("position", "pk"))
    narrowed = any(params.get(name, "").strip() for name in found.filters)
    return Listing(page, described(page.rows, user), found, queues, narrowed)


def described(rows: list[dict], user) -> list[dict]:
    """The rows as the reader gets them; whoever may not read numbers gets their last digits."""
    english, sites = (get_language() or "fr").startswith("en"), directory.get().sites
    made, at = [], now()
    for row in rows:
        party = row["to_number"] if row["direction"] == "out" else row["from_number"]
        person = (
            f"{row['caller__first_name'] or ''} {row['caller__last_name'] or ''}".strip() or row["caller__username"]
        )
        site = sites.get(row["site_id"])
        shown = privacy.number_for(user, party)
        made.append(
            row
            | {
                "chip": looks.state_chip(row["state"], shared=True), "own_chip": looks.state_chip(row["state"]), "arrow": looks.ARROWS[row["direction"]], "person": person or "",
                "name": person or row["caller_name"] or (site.name if site else ""), "site": site.name if site else "", "shown": shown,
                "queue": _name(row, "queue", english), "code": _name(row, "wrap_up_code", english),
                "operator": f"{row['operator__person__first_name'] or ''} {row['operator__person__last_name'] or ''}".strip(),
                "wait": wait(row, at), "talk": talk(row, at), "url": f"/calls/{row['number']}/",
            }
        )  # fmt: skip
    return made


def wait(row: dict, at: datetime):
    """How long the caller has waited: running, in its colour, while nobody has answered."""
    if row["direction"] == "in" and row["answered_at"] is None and row["state"] in ending.WAITS:
        return clocks.waits(row["queued_at"] or row["started_at"], at)
    return looks.clock(row["wait_seconds"])


def talk(row: dict, at: datetime):
    """How long they have spoken: running while they do."""
    if row["state"] == State.IN_PROGRESS and row["answered_at"]:
        return clocks.runs(row["answered_at"] + timedelta(seconds=row["hold_seconds"]), at)
    return looks.clock(row["talk_seconds"])


def version(user, params) -> str:
    """What stands for the list as this address asks for it, for this reader: one read of Redis."""
    scope = scope_of(user)
    return live.version(
        TOPICS, "calls-list", sorted(params.lists()), user.pk, sorted(scope.permissions), scope.organisations
    )


def _name(row: dict, what: str, english: bool) -> str:
    french, other = row[f"{what}__name_fr"], row[f"{what}__name_en"]
    return (other or french or "") if english else (french or other or "")


def drawings():
    """The icons of the rows, once a page."""
    return sprite({icon for _tone, icon in looks.LOOKS.values()} | set(looks.ARROWS.values()) | {"alert-triangle"})


def states() -> list[tuple[str, str]]:
    """The states to choose from, in the reader's language."""
    return [(state.value, str(state.label)) for state in State]
