"""What a message says: `{"type", "timestamp", "data"}`, written once when the fact is told, and sent as it is from then on.

Records read as `GET /api/v1/records/<number>/` gives them to an agent. What changed is named, not told: old and new
values of a ticket stay in its history.
"""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework.utils.encoders import JSONEncoder

from itsm.cmdb.models import ConfigurationItem
from itsm.gateway import record_rows
from itsm.levels.models import Clock
from itsm.notify.outbox import Fact
from itsm.people.directory import directory
from itsm.people.scope import Scope
from itsm.records import processes
from itsm.records.models import Record, Task

# Reads as an agent of everything: confidential records never come here.
READER = Scope(user_id=0, permissions=frozenset({"records.read"}), everything=True)
OUTAGE = ("starts_at", "ends_at", "planned", "degraded", "cause", "public_fr", "public_en", "expected_at")


def written(event: str, at: datetime, data: dict) -> str:
    """The body as it is kept, signed and sent."""
    body = {"type": event, "timestamp": at, "data": data}
    return json.dumps(body, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))


def read_record(pk: int) -> dict | None:
    """The row of a record that may be told of; None for what is confidential or gone."""
    return Record.objects.filter(pk=pk, confidentiality=None).values(*record_rows.COLUMNS).first()


def of_record(fact: Fact, row: dict) -> dict:
    """A ticket, what was done to it and by whom."""
    return {
        "record": described(row), "verb": fact.payload.get("verb", fact.topic),
        "actor": record_rows.logins_of([fact.payload.get("actor")]).get(fact.payload.get("actor")),
        "changed": sorted(name.removesuffix("_id") for name in fact.payload.get("changes") or {}),
        "links": links(row),
    }  # fmt: skip


def described(row: dict) -> dict:
    """The ticket as the REST interface gives it."""
    [(shown, _row, _names)] = record_rows.describe([row], READER)
    return shown


def links(row: dict) -> dict:
    """Where people and programs read on."""
    number = row["number"]
    url = f"{settings.PUBLIC_URL}{processes.get(row['kind']).record_url(number)}"
    return {"record": url, "api": f"{settings.PUBLIC_URL}/api/v1/records/{number}/"}


def of_item(fact: Fact, item: ConfigurationItem) -> dict:
    """A configuration item, with the names of what changed; of an outage, its times."""
    org = directory.get().organisations.get(item.organisation_id)
    data: dict[str, Any] = {
        "ci": {
            "id": item.pk, "key": item.key, "name": item.name, "class": item.ci_class, "status": item.status, "state": item.state,
            "organisation": org.code if org else None,
        },
        "actor": record_rows.logins_of([fact.payload.get("actor")]).get(fact.payload.get("actor")),
        "links": {"ci": f"{settings.PUBLIC_URL}/cmdb/{item.pk}/", "api": f"{settings.PUBLIC_URL}/api/v1/cis/{item.pk}/"},
    }  # fmt: skip
    if fact.topic.startswith("outage."):
        data["outage"] = {"id": fact.payload.get("outage")} | {name: fact.payload.get(name) for name in OUTAGE}
    else:
        data["changed"] = sorted(name.removesuffix("_id") for name in fact.payload.get("changes") or {})
    return data


def of_step(step: dict, row: dict) -> dict:
    """What an escalation policy has to say: the ticket, the clock that ran, the step that fell due."""
    clock = (
        Clock.objects.filter(record_id=row["id"], kind=step["clock"], metric=step["metric"]).order_by("-cycle").first()
    )
    return {
        "record": described(row),
        "clock": {
            "kind": step["clock"], "metric": step["metric"], "state": clock.state, "due_at": clock.due_at,
            "target_seconds": clock.target_seconds, "started_at": clock.started_at,
        } if clock else None,
        "step": {
            "policy": step["policy"], "percent": step["step"], "repeat": step["repeat"],
            "missed": step.get("missed", 0), "at": step["at"],
        },
        "links": links(row),
    }  # fmt: skip


def of_task(task: Task, row: dict) -> dict:
    """An automatic step of a plan: the task, and the ticket it belongs to, with the answers that the plan was given."""
    return {
        "task": {"id": task.pk, "key": task.step, "title": task.title, "due_at": task.due_at},
        "answers": task.plan.facts if task.plan else {}, "record": described(row), "links": links(row),
    }  # fmt: skip
