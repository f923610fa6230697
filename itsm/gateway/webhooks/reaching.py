"""One call to an address that somebody typed in, without being led where it must not go (SSRF).

The name is resolved once; every address that it stands for must be allowed, and the connection goes to one of these very
addresses, so that a name cannot answer differently between the check and the call (DNS rebinding). The host stays in the
`Host` header and in TLS. Redirects are not followed: a redirect is an answer like any other, and no success.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext as _

from itsm.core.errors import DomainError

CONNECT_SECONDS, TOTAL_SECONDS = 5, 15
MOST_RESPONSE, KEPT_RESPONSE = 16_384, 1_000
LONGEST_URL = 500
# Carrier networks and protocol assignments: what Python says of them depends on its version.
SHARED = (ipaddress.ip_network("100.64.0.0/10"), ipaddress.ip_network("192.0.0.0/24"))
# These carry an IPv4 address in their last or first bits: the one inside is looked at as well.
NAT64, SIX_TO_FOUR = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16")
TEREDO, COMPATIBLE = ipaddress.ip_network("2001::/32"), ipaddress.ip_network("::/96")
IPv4, IPv6 = ipaddress.IPv4Address, ipaddress.IPv6Address


class Refused(Exception):
    """The address may not be called. `code` says why (`sending.ERRORS`)."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    text: str
    retry_after: str = ""
    body: bytes = b""


def checked_url(text: str, *, allow_private: bool) -> str:
    """The address as it is kept; DomainError for one that could never be called."""
    text = text.strip()
    try:
        parts = split(text)
    except ValueError:
        raise DomainError(
            _("This is no address of the web: write it from https:// on, without spaces."), field="url"
        ) from None
    if parts.username or parts.password:
        raise DomainError(_("Leave login and password out of the address: messages are signed."), field="url")
    if parts.scheme == "http" and not allow_private:
        raise DomainError(
            _("Write https://. Without encryption only addresses inside the private network are called."), field="url"
        )
    check_host(parts.hostname or "", allow_private=allow_private)
    return text


def check_host(host: str, *, allow_private: bool) -> None:
    """DomainError where the words of an address say already that it may not be called; what a name stands for is seen at the call."""
    host = host.rstrip(".").lower()
    literal = _literal(host)
    inside = host == "localhost" or host.endswith(".localhost") or (literal is not None and _why_not(literal, False))
    if literal is not None and _why_not(literal, True):
        raise DomainError(_("Nothing may be sent to this address."), field="url")
    if inside and not allow_private:
        raise DomainError(
            _("This address is inside the private network. An administrator of everything may allow that."), field="url"
        )


def split(url: str) -> SplitResult:
    """The parts of an http(s) address; ValueError for anything else."""
    if len(url) > LONGEST_URL or any(c.isspace() or ord(c) < 32 or ord(c) == 127 or c == "\\" for c in url):
        raise ValueError("characters")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
        raise ValueError("parts")
    _port(parts)
    parts.hostname.encode("idna")
    (parts.path + parts.query).encode("ascii")
    return parts


def _port(parts: SplitResult) -> int:
    port = parts.port
    if port == 0:
        raise ValueError("port")
    return port or (443 if parts.scheme == "https" else 80)


def _literal(host: str) -> IPv4 | IPv6 | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def allowed(address: str, *, allow_private: bool) -> bool:
    """May this IP address be called? Multicast, link-local (where clouds keep their secrets) and reserved ones never may."""
    return not _why_not(ipaddress.ip_address(address.partition("%")[0]), allow_private)


def _why_not(address: IPv4 | IPv6, allow_private: bool) -> str:
    inner = _inside(address)
    if inner is not None:
        return _why_not(inner, allow_private)
    if address.is_multicast or address.is_link_local or address.is_unspecified or _reserved(address):
        return "forbidden"
    private = not address.is_global or any(address in network for network in SHARED)
    return "private" if private and not allow_private else ""


def _reserved(address: IPv4 | IPv6) -> bool:
    if isinstance(address, IPv4):
        return int(address) >= int(IPv4("240.0.0.0")) or int(address) < 1 << 24
    return address.is_site_local or (address.is_reserved and not address.is_loopback)


def _inside(address: IPv4 | IPv6) -> IPv4 | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4):
        return None
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in SIX_TO_FOUR:
        return IPv4(int(address) >> 80 & 0xFFFFFFFF)
    if address in TEREDO:
        return IPv4(~int(address) & 0xFFFFFFFF)
    if address in NAT64 or (address in COMPATIBLE and int(address) > 0xFFFF):
        return IPv4(int(address) & 0xFFFFFFFF)
    return None


def addresses_of(host: str, port: int) -> list[str]:
    """Every address of a name, in the resolver's order. OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def post(url: str, body: bytes, headers: dict[str, str], *, allow_private: bool) -> Answer:
    """POST JSON once and give the answer, whatever its status. Refused, OSError or http.client.HTTPException otherwise."""
    headers = {"Content-Type": "application/json", "User-Agent": "Vigie-Webhooks/1", **headers}
    return call("POST", url, body, headers, allow_private=allow_private)


def call(
    method: str, url: str, body: bytes, headers: dict[str, str], *, allow_private: bool, total_seconds: float = TOTAL_SECONDS,
    kept: int = MOST_RESPONSE,
) -> Answer:  # fmt: skip
    """Call once and give the answer, whatever its status; of its body `kept` bytes. Errors as `post` has them."""
    try:
        parts = split(url)
        port, host = _port(parts), (parts.hostname or "").encode("idna").decode()
    except ValueError:
        raise Refused("bad_url") from None
    if parts.scheme == "http" and not allow_private:
        raise Refused("not_encrypted")
    found = addresses_of(host, port)
    if not found or not all(allowed(each, allow_private=allow_private) for each in found):
        raise Refused("private_address")
    if parts.scheme == "http" and not all(_is_private(each) for each in found):
        raise Refused("not_encrypted")
    end = time.monotonic() + total_seconds
    live = [_connected(found, port, end)]
    live[0].settimeout(total_seconds)
    # Each read may take its time, the whole must not: a receiver that drips is cut off.
    watch = threading.Timer(max(0.1, end - time.monotonic()), _cut, [live])
    watch.daemon = True
    watch.start()
    try:
        if parts.scheme == "https":
            live[0] = ssl.create_default_context().wrap_socket(
                live[0], server_hostname=host, do_handshake_on_connect=False
            )
            live[0].do_handshake()
        return _exchange(live[0], method, parts, host, port, body, headers, kept)
    except (OSError, http.client.HTTPException):
        if time.monotonic() >= end:
            raise TimeoutError from None
        raise
    finally:
        watch.cancel()
        live[0].close()


def _is_private(address: str) -> bool:
    return not allowed(address, allow_private=False)


def _connected(found: list[str], port: int, end: float) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in found[:4]:
        left = end - time.monotonic()
        if left <= 0:
            break
        try:
            sock = socket.create_connection((address, port), timeout=min(CONNECT_SECONDS, left))
        except OSError as error:
            failure = error
        else:
            return sock
    raise failure


def _cut(live: list) -> None:
    try:
        live[0].shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def _exchange(
    sock, method: str, parts: SplitResult, host: str, port: int, body: bytes, headers: dict[str, str], kept: int
) -> Answer:
    connection = http.client.HTTPConnection(host, port)
    connection.sock = sock
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    named = f"[{host}]" if ":" in host else host
    usual = port == (443 if parts.scheme == "https" else 80)
    for name, value in {
        "Host": named if usual else f"{named}:{port}", "Content-Length": str(len(body)), "Accept": "*/*", "Connection": "close",
        **headers,
    }.items():  # fmt: skip
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    raw = response.read(kept)
    text = raw[:KEPT_RESPONSE].decode("utf-8", "replace")
    return Answer(response.status, text, response.getheader("Retry-After") or "", raw)
