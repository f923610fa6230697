"""Every address of the product, filled with things that exist in the tests' world."""

import re
from collections.abc import Iterator

from django.urls import URLResolver, get_resolver

# Django's own pages and allauth's are tested where they are made; the health page says what runs beside the test.
ELSEWHERE = re.compile(r"^(admin/|accounts/|static/|media/|healthz|__)")


def patterns(resolver=None, prefix: str = "") -> Iterator[str]:
    """The addresses as the resolver knows them."""
    for each in (resolver or get_resolver()).url_patterns:
        text = prefix + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, text)
        else:
            yield text


def plain(pattern: str) -> str:
    """`/desk/incidents/<number>/`: without regular expressions."""
    text = re.sub(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)", r"<\1>", pattern)
    text = re.sub(r"<\w+:(\w+)>", r"<\1>", text)
    return "/" + re.sub(r"[\^$]|\\(?=[./-])", "", text)


def addresses() -> list[str]:
    """Every address of our own, each once, in order."""
    return sorted({plain(each) for each in patterns() if not ELSEWHERE.match(each)})


def fill(address: str, things: dict[str, dict[str, str]]) -> str:
    """The address about something that exists. `things` gives values by the longest prefix that fits, "" for the rest."""
    values: dict[str, str] = {}
    for prefix in sorted(things, key=len):
        if address.startswith(prefix):
            values |= things[prefix]
    return re.sub(r"<(\w+)>", lambda found: str(values.get(found[1], "0")), address)
