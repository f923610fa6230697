"""What is timed: the pages and calls that people and systems make most, as functions of a client."""

from dataclasses import dataclass
from urllib.parse import urlencode

from .dataset import COMMON, RARE


@dataclass(frozen=True)
class Work:
    """One request. `limit`: milliseconds at 20,000 records and one client that the project allows itself.

    `form` is sent as a browser does, each time under another token; `target` is the part of the page that htmx asks for,
    with the version that it got before.
    """

    name: str
    path: str
    who: str = "agent"
    body: dict | None = None
    token: bool = False
    limit: int | None = None
    form: dict | None = None
    target: str = ""


def pieces() -> list[Work]:
    """Every piece of work, on rows of the data set that is there."""
    from itsm.cmdb.models import ConfigurationItem, Relation
    from itsm.people.models import User
    from servicedesk.models import Incident

    agent = User.objects.get(username="agent")
    number = Incident.objects.visible_to(agent).filter(phase="open").order_by("-pk").values_list("number", flat=True)[0]
    item = ConfigurationItem.objects.get(key="rack-dc1-a07").pk
    hub = Relation.objects.filter(target__key="bench-0").values_list("target_id", flat=True)[0]
    late = _late(agent)
    listing, api = "/desk/incidents/", "/api/v1/incidents/"
    report = {"title": "Bench : imprimante en panne", "urgency": "3", "description": ""}
    ordered = {"q_need": "install", "q_name": "Bench", "act": "order"}
    new = {"title": "Bench", "requester": "requester", "urgency": 3, "channel": "api"}
    return [
        Work("static file", "/static/img/vigie.svg"),
        Work("bare call: who am I", "/api/v1/users/me/", token=True),
        Work("queue page", listing, limit=25),
        Work("queue page, everything seen", f"{listing}?tab=open", who="lead", limit=25),
        Work("queue page, far down", f"{listing}?{urlencode({'tab': 'open', 'cursor': late})}", who="lead", limit=25),
        Work("queue page, by priority", f"{listing}?tab=open&ordering=priority", who="lead", limit=25),
        Work("all incidents, last changed", f"{listing}?tab=all&ordering=updated", who="lead", limit=25),
        Work("workspace, queue and ticket", f"/desk/{number}/", limit=40),
        Work("workspace, a ticket opened", f"/desk/{number}/", target="ticket", limit=20),
        Work("poll of the queue, unchanged", "/desk/", target="queue", limit=5),
        Work("poll of the shell, unchanged", "/shell/counts/", target="counts", limit=5),
        Work("record page", f"{listing}{number}/", limit=20),
        Work("search, common word", f"{listing}?tab=all&q={COMMON}", limit=50),
        Work("search, rare word", f"{listing}?tab=all&q={RARE}", limit=30),
        Work("search, no hit", f"{listing}?tab=all&q=inexistantissime", limit=30),
        Work("search page, common word", f"/find/?q={COMMON}", limit=50),
        Work("search page, rare word", f"/find/?q={RARE}", limit=30),
        Work("palette, a number", f"/palette/?q={number}", limit=150),
        Work("palette, unfinished word", f"/palette/?q={COMMON[:5]}", limit=150),
        Work("palette, a name", "/palette/?q=mar", limit=150),
        Work("palette, nothing typed", "/palette/", limit=150),
        Work("dashboard", "/kpis/", who="manager", limit=40),
        Work("report by month", "/api/v1/kpis/mttr/?grain=month", who="manager", token=True, limit=40),
        Work("portal home", "/portal/", who="requester", limit=25),
        Work("portal, form of a new ticket", "/portal/new/", who="requester", limit=25),
        Work("portal, a new ticket sent", "/portal/new/", who="requester", form=report, limit=40),
        Work("catalogue", "/portal/catalogue/", who="requester", limit=30),
        Work("catalogue, form of an item", "/portal/catalogue/joiner/", who="requester", limit=30),
        Work("catalogue, an order sent", "/portal/catalogue/software/", who="requester", form=ordered, limit=80),
        Work("list by REST (25)", f"{api}?page_size=25", token=True, limit=10),
        Work("create by REST", api, body=new, token=True, limit=12),
        Work(
            "comment by REST", f"{api}{number}/comment/", body={"body": "Bench", "public": False}, token=True, limit=8
        ),
        Work("CI list", "/cmdb/", limit=25),
        Work("CI page", f"/cmdb/{item}/", limit=20),
        Work("impact", f"/api/v1/cis/{item}/impact/", token=True, limit=10),
        Work("impact of a hub (capped)", f"/api/v1/cis/{hub}/impact/", token=True),
    ]


def _late(agent) -> str:
    """The cursor of a page that lies far down the list of a team leader."""
    from itsm.core import paging
    from itsm.people.models import User
    from itsm.records.models import Record

    rows = Record.objects.visible_to(User.objects.get(username="lead")).filter(phase__in=["open", "waiting"])
    middle = rows.count() * 9 // 10
    row = rows.order_by("queue_at", "id")[middle]
    return paging.encode([row.queue_at, row.pk], backwards=False)
