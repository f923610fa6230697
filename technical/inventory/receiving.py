"""One message of an agent: what the CMDB makes of it, and what the agent is answered in its own protocol."""

import json
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from django.db import transaction
from django.utils.translation import gettext as _

from itsm.cmdb.intake import runs
from itsm.cmdb.intake.candidates import Candidate
from itsm.cmdb.models import Claim, ConfigurationItem, DataSource, IntakeRun
from itsm.core import now

from . import devices, machines, payloads
from .models import Agent
from .payloads import Message

HOURS = 24


@dataclass
class Taken:
    """What came of a message: the items it speaks of, whether anything is left for somebody to decide, and the answer."""

    message: Message
    items: list[ConfigurationItem]
    run: IntakeRun | None
    answer: bytes
    content_type: str


@transaction.atomic
def take(source: DataSource, body: bytes, *, user_agent: str = "") -> Taken:
    """Read a body and do what it says. payloads.Unreadable says why it cannot be."""
    message = payloads.read(body)
    items, run = [], None
    if message.query in ("inventory", "snmp"):
        candidates = (
            [machines.candidate(message)]
            if message.query == "inventory"
            else [devices.candidate(s) for s in devices.scans(message.content)]
        )
        if not candidates:
            raise payloads.Unreadable(_("There is no device in this message."))
        run = runs.take(source, candidates, format=message.query, name=message.device_id or candidates[0].label)
        items = _items(source, candidates, run)
    if message.query != "snmp":
        _heard(source, message, items[0] if items else None)
    answer, content_type = _answer(message, user_agent)
    return Taken(message, items, run, payloads.deflate(answer, message.wraps), content_type)


def _items(source: DataSource, candidates: list[Candidate], run: IntakeRun | None) -> list[ConfigurationItem]:
    external = [c.external_id for c in candidates]
    rows = Claim.objects.filter(source=source, external_id__in=external).select_related("item")
    return [claim.item for claim in rows]


def _heard(source: DataSource, message: Message, item: ConfigurationItem | None) -> None:
    """The agent is there. An agent keeps its item when a contact alone comes."""
    at = now()
    about = (
        {"contact_at": at}
        | ({"name": message.name} if message.name else {})
        | ({"tag": message.tag} if message.tag else {})
    )
    if message.query == "inventory":
        about |= (
            {"inventory_at": at} | ({"item": item} if item else {}) | ({} if message.is_partial else {"full_at": at})
        )
    Agent.objects.update_or_create(source=source, device_id=message.device_id, defaults=about)


def _answer(message: Message, user_agent: str) -> tuple[bytes, str]:
    """In JSON to who speaks JSON, and to an agent that can when it says hello in the old way; else in XML."""
    speaks_json = message.is_json or (message.query == "prolog" and user_agent.lower().startswith("glpi-agent"))
    packed = {"zlib": "application/x-compress-zlib", "gzip": "application/x-compress-gzip"}.get(message.wraps)
    if speaks_json:
        told: dict = {"status": "ok", "expiration": HOURS}
        if message.query == "contact":
            told["tasks"] = {"inventory": {}}
        return json.dumps(told).encode(), packed or "application/json"
    reply = Element("REPLY")
    # The agent takes an empty reply for none at all.
    SubElement(reply, "RESPONSE").text = "SEND"
    SubElement(reply, "PROLOG_FREQ").text = str(HOURS)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(reply), packed or "application/xml"


def refusal(body: bytes, reason: str) -> tuple[bytes, str]:
    """The same for what was not taken: agents that speak JSON want their own shape of an error."""
    if body.lstrip()[:1] == b"{" or body[:1] == b"\x78":
        return json.dumps({"status": "error", "message": reason}).encode(), "application/json"
    reply = Element("REPLY")
    SubElement(reply, "RESPONSE").text = "ERROR"
    return tostring(reply), "application/xml"
