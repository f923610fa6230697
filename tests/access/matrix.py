"""Who gets what: a table of addresses by people, kept in `matrix.txt` and read by people."""

import re
from pathlib import Path

from django.test import Client

from itsm.gateway import docs
from itsm.notify.models import Message

from .addresses import addresses, fill

FILE = Path(__file__).parent / "matrix.txt"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PAGE = ("get", "post")
HEAD = """# What each person gets at each address, about things of our own organisation: the status of the answer.
# customer opened the incident; colleague is of the same department; agent's team holds it; mainframe is of another team;
# stranger and foreign_agent are of another organisation. POST, PATCH and DELETE are sent without a body.
# Rewritten by `REWRITE_ACCESS_MATRIX=1 pytest tests/access`; every change of it is a change of rights.
"""


def requests() -> list[tuple[str, str]]:
    """(method, address) of everything that is tried: pages are read and posted to, the interface does what it says it can."""
    described = {re.sub(r"{\w+}", "<>", path): item for path, item in docs.document("en")["paths"].items()}
    return [
        (method, address)
        for address in addresses()
        for method in METHODS
        if method.lower() in described.get(re.sub(r"<\w+>", "<>", address), PAGE)
    ]


def ask(client: Client, method: str, address: str, things: dict) -> int:
    """The status of one request without a body."""
    path = fill(address, things)
    body = {"data": "{}", "content_type": "application/json"} if path.startswith("/api/") else {}
    return getattr(client, method.lower())(path, **({} if method == "GET" else body)).status_code


def message_fields(person) -> dict:
    """The least that a message needs, whatever the mailbox keeps."""
    wanted = {"user": person, "recipient": person, "address": person.email, "to": person.email, "subject": "Hello", "body": "Hello",
              "body_text": "Hello", "body_html": "<p>Hello</p>", "language": "fr", "channel": "mail", "template": "ticket_opened"}  # fmt: skip
    return {field.name: wanted[field.name] for field in Message._meta.concrete_fields if field.name in wanted}


def render(people: tuple[str, ...], seen: dict[str, dict[str, str]]) -> str:
    """The table as text."""
    rows = sorted(
        {row for column in seen.values() for row in column},
        key=lambda row: (row.split()[1], METHODS.index(row.split()[0])),
    )
    widths = [max(3, len(name)) for name in people]
    first = max(len(row) for row in rows)
    lines = [" " * first + "  " + "  ".join(name.ljust(w) for name, w in zip(people, widths, strict=True))]
    lines += [
        row.ljust(first)
        + "  "
        + "  ".join(seen[name].get(row, "-").ljust(w) for name, w in zip(people, widths, strict=True))
        for row in rows
    ]
    return HEAD + "\n".join(line.rstrip() for line in lines) + "\n"


def parse(text: str) -> dict[str, dict[str, str]]:
    """{person: {"GET /desk/": "200"}} of the kept table."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    people = lines[0].split()
    found: dict[str, dict[str, str]] = {name: {} for name in people}
    for line in lines[1:]:
        method, address, *statuses = line.split()
        for name, status in zip(people, statuses, strict=True):
            found[name][f"{method} {address}"] = status
    return found
