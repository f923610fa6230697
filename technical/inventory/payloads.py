"""What agents send: zlib, gzip or plain; XML of the old protocol or JSON of the new one. Out come plain sections, without secrets.

Bodies are inflated up to a bound, XML with a document type is refused, and what may hold passwords (environments,
processes, local accounts) is dropped before anybody stores or logs it.
"""

import json
import re
import zlib
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _

LARGEST = 40 * 1024 * 1024
DEEPEST = 40
# Signs that begin an element: the largest inventories have a hundred thousand; a few bytes unfold to millions.
MOST_SIGNS = 1_000_000
HALF_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
# Never stored: they carry passwords, keys, and what people do.
SECRET = frozenset({"envs", "processes", "local_users", "local_groups", "users", "usbdevices_raw", "registry"})
LISTS = frozenset(
    {"softwares", "networks", "drives", "storages", "cpus", "memories", "controllers", "ports", "monitors", "printers", "batteries"}
)  # fmt: skip
# The old protocol's names for what the new one calls otherwise.
NAMES = {"macaddr": "mac"}


class Unreadable(Exception):
    """The body is nothing that an agent sends; why, in words."""


@dataclass
class Message:
    """One message of an agent. `query` is prolog, contact, inventory or snmp; `wraps` how the body was packed."""

    query: str
    device_id: str
    content: dict[str, Any] = field(default_factory=dict)
    is_partial: bool = False
    is_json: bool = False
    wraps: str = ""
    name: str = ""
    tag: str = ""
    item_type: str = "Computer"


def inflate(body: bytes) -> tuple[bytes, str]:
    """(the plain body, how it was packed: zlib, gzip or ""). Unreadable when it unfolds to too much."""
    kind = "gzip" if body[:2] == b"\x1f\x8b" else "zlib" if body[:1] == b"\x78" and len(body) > 2 else ""
    if not kind:
        return body, ""
    machine = zlib.decompressobj(31 if kind == "gzip" else 15)
    try:
        plain = machine.decompress(body, LARGEST)
    except zlib.error as error:
        raise Unreadable(_("The body cannot be unpacked.")) from error
    if machine.unconsumed_tail or not machine.eof:
        raise Unreadable(_("The body is cut off, or unfolds to more than %(size)s MB.") % {"size": LARGEST >> 20})
    return plain, kind


def deflate(body: bytes, kind: str) -> bytes:
    """Packed as the sender packed its own."""
    if kind == "zlib":
        return zlib.compress(body)
    if kind == "gzip":
        machine = zlib.compressobj(wbits=31)
        return machine.compress(body) + machine.flush()
    return body


def read(body: bytes) -> Message:
    """The message in a body. Unreadable says why it is none."""
    plain, kind = inflate(body)
    start = plain.lstrip()[:1]
    signs = b"<" if start == b"<" else b",[{"
    if sum(plain.count(bytes([sign])) for sign in signs) > MOST_SIGNS:
        raise Unreadable(_("There is more in the body than any machine has."))
    if start == b"{":
        message = _json(plain)
    elif start == b"<":
        message = _xml(plain)
    else:
        raise Unreadable(_("The body is neither XML nor JSON."))
    message.wraps = kind
    message.device_id = " ".join(message.device_id.replace("\x00", " ").split())[:120]
    message.name, message.tag = message.name.replace("\x00", " "), message.tag.replace("\x00", " ")
    if not message.device_id and message.query != "snmp":
        raise Unreadable(_("The agent does not say who it is (deviceid)."))
    return message


def clean(body: bytes) -> bytes:
    """The body as it may be kept: unpacked, and without what may hold secrets. What cannot be read is cut out by its names."""
    try:
        plain, _kind = inflate(body)
    except Unreadable:
        return b""
    try:
        message = read(plain)
    except Unreadable:
        return _cut(plain)
    return json.dumps(
        {
            "action": message.query, "deviceid": message.device_id, "partial": message.is_partial, "tag": message.tag,
            "name": message.name, "itemtype": message.item_type, "content": message.content,
        },
        ensure_ascii=False, separators=(",", ":"),
    ).encode()  # fmt: skip


def _cut(plain: bytes) -> bytes:
    for name in SECRET:
        tag = name.encode()
        plain = re.sub(rb"<" + tag + rb">.*?(</" + tag + rb">|\Z)", b"", plain, flags=re.DOTALL | re.IGNORECASE)
        plain = re.sub(rb'"' + tag + rb'"\s*:.*', b"", plain, flags=re.DOTALL | re.IGNORECASE)
    return plain


def _json(plain: bytes) -> Message:
    try:
        data = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_("The body is no JSON: %(why)s") % {"why": str(error)[:100]}) from error
    if HALF_CHARACTER.search(plain):
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise Unreadable(_("There is half a character in the body.")) from error
    action = data.get("action", "inventory" if "content" in data else "")
    if action not in ("contact", "inventory", "snmp", "netinventory", "prolog"):
        raise Unreadable(_("“%(action)s” is nothing that is taken here.") % {"action": str(action)[:40]})
    content = data.get("content", {})
    if not isinstance(content, dict):
        raise Unreadable(_("The content of the inventory has no sections."))
    query = "snmp" if action in ("snmp", "netinventory") else action
    return Message(
        query, str(data.get("deviceid") or ""), _kept(content), bool(data.get("partial")), True,
        name=str(data.get("name") or content.get("versionclient") or "")[:100], tag=str(data.get("tag") or "")[:100],
        item_type=str(data.get("itemtype") or "Computer")[:40],
    )  # fmt: skip


def _kept(content: dict) -> dict:
    found = {}
    for name, value in content.items():
        name = str(name).lower()
        if name in SECRET:
            continue
        found[name] = value if name not in LISTS or isinstance(value, list) else [value]
    return found


def _xml(plain: bytes) -> Message:
    try:
        root = ElementTree.fromstring(plain, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise Unreadable(_("XML with a document type is not taken.")) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable(_("The body is no XML: %(why)s") % {"why": str(error)[:100]}) from error
    if root.tag != "REQUEST":
        raise Unreadable(_("“%(action)s” is nothing that is taken here.") % {"action": str(root.tag)[:40]})
    query = (root.findtext("QUERY") or "").strip().upper()
    device = (root.findtext("DEVICEID") or "").strip()
    known = {"PROLOG": "prolog", "INVENTORY": "inventory", "SNMPQUERY": "snmp", "SNMP": "snmp"}
    if query not in known:
        raise Unreadable(_("“%(action)s” is nothing that is taken here.") % {"action": query[:40] or "?"})
    content = root.find("CONTENT")
    sections = _kept(_sections(content)) if content is not None else {}
    name = str(sections.get("versionclient") or "")[:100] if sections else ""
    account = sections.get("accountinfo")
    tags = [
        a.get("keyvalue")
        for a in (account if isinstance(account, list) else [account])
        if isinstance(a, dict) and a.get("keyname") == "TAG"
    ]
    return Message(known[query], device, sections, name=name, tag=str(tags[0] or "")[:100] if tags else "")


def _sections(node: Element, depth: int = 0) -> dict[str, Any]:
    """Children by their names in lower case; those that repeat as lists."""
    if depth > DEEPEST:
        raise Unreadable(_("The body is nested too deep."))
    found: dict[str, Any] = {}
    for child in node:
        name = NAMES.get(child.tag.lower(), child.tag.lower())
        if depth == 0 and name in SECRET:
            continue
        value: Any = _sections(child, depth + 1) if len(child) else (child.text or "").strip()
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found
