"""A kind of source that only the tests know: JSON about items, understood by a few lines."""

import json
from urllib.parse import urlsplit

import pytest

from itsm.cmdb.models import ConfigurationItem
from itsm.gateway import doors
from itsm.gateway.doors import Door, Made, Outcome, Rejected
from itsm.gateway.sources import services

KIND = "backups"


def handle(source, call):
    """{"item": name} makes an item once; other words of the tests say what else is to happen."""
    try:
        given = json.loads(call.body)
    except ValueError:
        raise Rejected("This is no JSON.", status=400) from None
    if given.get("nothing"):
        return Outcome(doors.IGNORED, "Nothing in it concerns us.")
    item, made = ConfigurationItem.objects.get_or_create(
        key=given["item"], defaults={"name": given["item"], "ci_class": "server", "organisation": source.organisation}
    )
    if given.get("crash"):
        raise RuntimeError(given["crash"])
    if given.get("raw"):
        return Outcome(answer=b"<OK/>", content_type="application/xml", status=202, headers={"X-Door": "yes"})
    return Outcome(made=(Made("ci", item.pk, item.name, f"/cmdb/{item.pk}/"),), answer={"ci": item.key, "new": made})


def put(monkeypatch, door: Door) -> Door:
    """Register a door for one test."""
    monkeypatch.setitem(doors.DOORS._things, door.kind, door)
    return door


@pytest.fixture
def door(monkeypatch):
    """The tests' door, registered."""
    return put(monkeypatch, Door(KIND, "Backups", handle, most_bytes=2000, seconds=5))


@pytest.fixture
def source(world, door):
    """A source of the group; `path` and `url` are its secret address."""
    made, url = services.create_source(actor=world.admin, kind=KIND, name="Restic", organisation_id=world.lumen.pk)
    made.url, made.path = url, urlsplit(url).path
    return made
