"""IPP as CUPS speaks it (RFC 8010): just what operations control asks. No library at hand knows subscriptions and their events.

`Printing(url).call(op.GET_JOBS, "/", {...})` gives the groups of the answer as plain dictionaries.
"""

import base64
import http.client
import itertools
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _

from itsm.gateway.webhooks import reaching

MOST_BYTES = 8 * 1024 * 1024
SECONDS, PATIENCE = 5, 4
END, OPERATION, JOB, PRINTER, SUBSCRIPTION, EVENT = 0x03, 0x01, 0x02, 0x04, 0x06, 0x07
INTEGER, BOOLEAN, ENUM, TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE = (
    0x21,
    0x22,
    0x23,
    0x41,
    0x42,
    0x44,
    0x45,
    0x47,
    0x48,
)
TEXT_LANG, NAME_LANG, BEGIN_COLLECTION, END_COLLECTION = 0x35, 0x36, 0x34, 0x37
# How each attribute that we send is written.
TAGS = {
    "attributes-charset": CHARSET, "attributes-natural-language": LANGUAGE, "printer-uri": URI, "job-uri": URI, "job-printer-uri": URI,
    "requesting-user-name": NAME, "requested-attributes": KEYWORD, "which-jobs": KEYWORD, "my-jobs": BOOLEAN, "limit": INTEGER, "job-id": INTEGER,
    "job-hold-until": KEYWORD, "notify-pull-method": KEYWORD, "notify-events": KEYWORD, "notify-lease-duration": INTEGER,
    "notify-subscription-ids": INTEGER, "notify-sequence-numbers": INTEGER, "notify-subscription-id": INTEGER, "notify-wait": BOOLEAN,
    "printer-state-message": TEXT, "message": TEXT,
}  # fmt: skip


class Op(IntEnum):
    """Operations."""

    CANCEL_JOB = 0x0008
    GET_JOB = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER = 0x000B
    HOLD_JOB = 0x000C
    RELEASE_JOB = 0x000D
    RESTART_JOB = 0x000E
    PAUSE = 0x0010
    RESUME = 0x0011
    SUBSCRIBE = 0x0016
    RENEW = 0x001A
    NOTIFICATIONS = 0x001C
    GET_PRINTERS = 0x4002
    MOVE_JOB = 0x400D


class IppError(Exception):
    """The server refused; `status` is its code, 0 when it could not be reached or understood."""

    def __init__(self, words: str, status: int = 0):
        super().__init__(words)
        self.status = status


class Unreachable(IppError):
    """The server was not spoken to at all; the words are for people."""


def _unreached(error: Exception, port: int) -> Unreachable:
    """Why, in words: not in those of the program."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return Unreachable(_("Its name is not known to the network."))
    if isinstance(error, TimeoutError):
        return Unreachable(_("It does not answer in time."))
    if isinstance(error, ConnectionRefusedError):
        return Unreachable(_("Nothing answers at its port %(port)s.") % {"port": port})
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            _("Its certificate is not trusted: %(why)s.") % {"why": getattr(error, "verify_message", "") or "?"}
        )
    if isinstance(error, ssl.SSLError):
        return Unreachable(_("The encrypted connection failed: is this the right port?"))
    if isinstance(error, http.client.HTTPException):
        return Unreachable(_("What answers there is no print server."))
    return Unreachable(_("The connection broke or there is no way to it."))


@dataclass
class Answer:
    """Groups in their order, each (tag, attributes)."""

    status: int
    groups: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def of(self, tag: int) -> list[dict[str, Any]]:
        """The groups of a kind."""
        return [attributes for each, attributes in self.groups if each == tag]

    @property
    def words(self) -> str:
        """What the server says about the status."""
        found = self.of(OPERATION)
        return str(found[0].get("status-message", "")) if found else ""


def encode(operation: int, request_id: int, groups: list[tuple[int, Mapping[str, Any]]]) -> bytes:
    """A request, version 2.0 of the protocol."""
    parts = [struct.pack(">bbHI", 2, 0, operation, request_id)]
    for tag, attributes in groups:
        parts.append(bytes([tag]))
        for name, value in attributes.items():
            for n, each in enumerate(value if isinstance(value, list | tuple) else [value]):
                parts.append(_attribute("" if n else name, TAGS[name], each))
    return b"".join([*parts, bytes([END])])


def _attribute(name: str, tag: int, value) -> bytes:
    if tag in (INTEGER, ENUM):
        raw = struct.pack(">i", value)
    elif tag == BOOLEAN:
        raw = bytes([bool(value)])
    else:
        raw = str(value).encode()[:1023]
    plain = name.encode()
    return struct.pack(">BH", tag, len(plain)) + plain + struct.pack(">H", len(raw)) + raw


def decode(data: bytes) -> Answer:
    """An answer; IppError for what is none. Collections are left out: nothing here needs one."""
    try:
        return _decode(data)
    except (struct.error, IndexError, UnicodeError) as error:
        raise IppError("The answer is cut off.") from error


def _decode(data: bytes) -> Answer:
    _major, _minor, status, _request = struct.unpack_from(">bbHI", data)
    answer, at, name, depth = Answer(status), 8, "", 0
    while True:
        tag = data[at]
        at += 1
        if tag == END:
            return answer
        if tag < 0x10:
            answer.groups.append((tag, {}))
            name = ""
            continue
        (length,) = struct.unpack_from(">H", data, at)
        label, at = data[at + 2 : at + 2 + length], at + 2 + length
        (length,) = struct.unpack_from(">H", data, at)
        raw, at = data[at + 2 : at + 2 + length], at + 2 + length
        if len(raw) < length or not answer.groups:
            raise IndexError
        depth += (tag == BEGIN_COLLECTION) - (tag == END_COLLECTION)
        if depth or tag == END_COLLECTION:
            continue
        attributes = answer.groups[-1][1]
        value = _value(tag, raw)
        if label:
            name = label.decode("utf-8", "replace")
            attributes[name] = value
        elif name:
            kept = attributes.get(name)
            if isinstance(kept, list):
                kept.append(value)
            else:
                attributes[name] = [kept, value]


def _value(tag: int, raw: bytes):
    if tag in (INTEGER, ENUM):
        return struct.unpack(">i", raw)[0]
    if tag == BOOLEAN:
        return raw != b"\x00"
    if tag in (TEXT_LANG, NAME_LANG):
        (length,) = struct.unpack_from(">H", raw)
        raw = raw[4 + length :]
    elif tag < 0x20:  # no value, unknown
        return None
    elif tag < 0x40:  # dates, ranges, resolutions: not asked for
        return raw
    return raw.decode("utf-8", "replace").replace("\x00", "")


def _connected(found: list[str], port: int, *more) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in found:
        try:
            return socket.create_connection((address, port), *more)
        except OSError as error:
            failure = error
    raise failure


def _cut(connection: http.client.HTTPConnection) -> None:
    try:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def many(value) -> list:
    """A value of which there may be several."""
    return [] if value is None else list(value) if isinstance(value, list) else [value]


class Printing:
    """A print server at `http(s)://host:port` (ipp:// and ipps:// too)."""

    def __init__(
        self, url: str, *, user: str = "vigie", password: str = "", verify: bool = True, allow_private: bool = False, seconds: float = SECONDS,
    ):  # fmt: skip
        parts = urlsplit(url)
        self.secure = parts.scheme in ("https", "ipps")
        self.host, self.port = parts.hostname or "localhost", parts.port or 631
        self.user, self.password, self.verify, self.seconds = user, password, verify, seconds
        self.allow_private = allow_private
        self._ids = itertools.count(1)

    def uri(self, path: str = "/") -> str:
        """How the server names a thing of its own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"ipp://{host}:{self.port}{path}"

    def queue_uri(self, name: str) -> str:
        """A queue by its name."""
        return self.uri(f"/printers/{quote(name, safe='')}")

    def call(
        self, operation: Op, path: str, attributes: Mapping[str, Any], more: list[tuple[int, Mapping]] | None = None
    ) -> Answer:
        """One question. IppError when it is refused or cannot be asked."""
        head = {"attributes-charset": "utf-8", "attributes-natural-language": "en"}
        first = {name: attributes[name] for name in ("printer-uri", "job-uri", "job-id") if name in attributes}
        rest = {name: value for name, value in attributes.items() if name not in first}
        groups = [(OPERATION, {**head, **first, "requesting-user-name": self.user, **rest}), *(more or [])]
        answer = decode(self._post(path, encode(operation, next(self._ids), groups)))
        if answer.status >= 0x0400:
            raise IppError(answer.words or f"IPP status {answer.status:#06x}", answer.status)
        return answer

    def _post(self, path: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/ipp"}
        if self.password:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        if self.secure:
            context = ssl.create_default_context()
            if not self.verify:
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self.host, self.port, timeout=self.seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.seconds)
        # Each read may take its time, the whole must not: a server that drips is cut off.
        watch = threading.Timer(self.seconds * PATIENCE, _cut, [connection])
        watch.daemon = True
        try:
            found = reaching.addresses_of(self.host, self.port)
            if not all(reaching.allowed(each, allow_private=True) for each in found):
                raise IppError("Nothing may be sent to this address.")
            if not all(reaching.allowed(each, allow_private=self.allow_private) for each in found):
                raise IppError(
                    _("This address is inside the private network. An administrator of everything may allow that.")
                )
            # To what was looked at, whatever the name stands for a moment later.
            connection._create_connection = lambda _address, *more: _connected(found, self.port, *more)  # type: ignore[attr-defined]
            watch.start()
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            data = response.read(MOST_BYTES + 1)
        except (OSError, UnicodeError, http.client.HTTPException) as error:
            raise _unreached(error, self.port) from error
        finally:
            watch.cancel()
            connection.close()
        if response.status != 200:
            raise IppError(f"HTTP {response.status}", response.status if response.status in (401, 403) else 0)
        if len(data) > MOST_BYTES:
            raise IppError("The answer is too long.")
        return data

    def printers(self, wanted: list[str]) -> list[dict]:
        """Every queue."""
        return self.call(Op.GET_PRINTERS, "/", {"requested-attributes": wanted}).of(PRINTER)

    def jobs(self, wanted: list[str]) -> list[dict]:
        """Every job that is not over, of all queues."""
        asked = {"printer-uri": self.uri("/"), "which-jobs": "not-completed", "requested-attributes": wanted}
        return self.call(Op.GET_JOBS, "/", asked).of(JOB)

    def job(self, number: int, wanted: list[str]) -> dict:
        """One job, over or not."""
        found = self.call(
            Op.GET_JOB, "/jobs/", {"job-uri": self.uri(f"/jobs/{number}"), "requested-attributes": wanted}
        ).of(JOB)
        return found[0] if found else {}

    def act(self, operation: Op, number: int, **more) -> None:
        """Hold, release, cancel or restart a job."""
        self.call(operation, "/jobs/", {"job-uri": self.uri(f"/jobs/{number}"), **more})

    def move(self, number: int, queue: str) -> None:
        """A job goes to another queue of the server."""
        self.call(
            Op.MOVE_JOB,
            "/jobs/",
            {"job-uri": self.uri(f"/jobs/{number}")},
            [(JOB, {"job-printer-uri": self.queue_uri(queue)})],
        )

    def queue(self, operation: Op, name: str, words: str = "") -> None:
        """Stop a queue or let it go on."""
        told = {"printer-state-message": words} if words else {}
        self.call(operation, "/admin/", {"printer-uri": self.queue_uri(name)}, [(PRINTER, told)] if told else None)

    def subscribe(self, events: list[str], lease: int) -> int:
        """Have the server keep its events for us."""
        wanted = {"notify-pull-method": "ippget", "notify-events": events, "notify-lease-duration": lease}
        found = self.call(Op.SUBSCRIBE, "/", {"printer-uri": self.uri("/")}, [(SUBSCRIPTION, wanted)]).of(SUBSCRIPTION)
        number = found[0].get("notify-subscription-id") if found else None
        if not isinstance(number, int):
            raise IppError("No subscription was given.", 0x0501)
        return number

    def renew(self, subscription: int, lease: int) -> None:
        """Keep a subscription."""
        asked = {"printer-uri": self.uri("/"), "notify-subscription-id": subscription}
        self.call(Op.RENEW, "/", asked, [(SUBSCRIPTION, {"notify-lease-duration": lease})])

    def events(self, subscription: int, since: int) -> Iterator[dict]:
        """What happened from this sequence number on."""
        asked = {
            "printer-uri": self.uri("/"),
            "notify-subscription-ids": subscription,
            "notify-sequence-numbers": since,
            "notify-wait": False,
        }
        yield from self.call(Op.NOTIFICATIONS, "/", asked).of(EVENT)
