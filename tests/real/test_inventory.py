"""The real FusionInventory agent knocks twice; then the captured bodies of a GLPI agent on the same machine: one item."""

import os
import subprocess
import zlib
from pathlib import Path

import pytest

from itsm.cmdb.models import CIHistory, ConfigurationItem
from itsm.gateway.sources import services as sources
from itsm.gateway.sources.models import Inbound
from technical.models import Agent, Installation, Interface

from .conftest import debian

SEEN = Path(os.environ.get("VIGIE_SHARED", ""), "captures", "inventory")


@pytest.fixture
def door(world, live_server, settings):
    settings.PUBLIC_URL = live_server.url
    _made, url = sources.create_source(
        actor=world.admin, kind="inventory", name="Agents", organisation_id=world.lumen.pk
    )
    return url


@pytest.mark.django_db(transaction=True)
def test_the_real_agent_twice_is_one_item_and_one_quiet_second_run(door):
    agent = debian("fusioninventory-agent", "fusioninventory-agent")
    command = [
        agent,
        "--server",
        door,
        "--tasks",
        "inventory",
        "--no-httpd",
        "--force",
        "--no-category=printer",
    ]
    for _n in range(2):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert "error" not in done.stderr.lower(), done.stderr[-2000:]
    item = ConfigurationItem.objects.get()
    assert Installation.objects.filter(item=item, gone_at=None).count() > 50
    assert CIHistory.objects.filter(item=item).count() == 1
    told = list(Inbound.objects.order_by("pk").values_list("outcome", "reason"))
    assert [outcome for outcome, _reason in told][:2] == ["accepted", "accepted"], told
    assert told[-1][0] == "ignored", told
    assert Agent.objects.get().item == item


@pytest.mark.needs_shared
@pytest.mark.django_db(transaction=True)
def test_the_bodies_of_another_agent_on_that_machine_are_still_one_item(client, door):
    path = "/inventory/" + door.split("/inventory/")[1]
    bodies = [
        "fusioninventory-inventory.xml",
        "glpi-agent-1-xmlprolog.xml",
        "glpi-agent-3-contact.json",
        "glpi-agent-2-inventory.json",
        "glpi-agent-4-inventory-partial.json",
    ]
    for name in bodies:
        body = zlib.compress((SEEN / name).read_bytes())
        answer = client.post(
            path, body, content_type="application/x-compress-zlib", HTTP_USER_AGENT="GLPI-Agent_v1.12-dev"
        )
        assert answer.status_code == 200, name
    assert ConfigurationItem.objects.count() == 1
    assert Interface.objects.count() == 1
