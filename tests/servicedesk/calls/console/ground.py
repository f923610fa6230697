"""A console to press on: calls that ring at the desk, one press in place, one part of the page."""

import re

from servicedesk.calls import services
from servicedesk.calls.models import Call

JANE, NOBODY = "+33155000010", "+33612008803"
IN_PLACE = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/calls/"}


def ring(desk, number=JANE, **more) -> Call:
    return services.ring(organisation=desk.lumen, from_number=number, to_number="4000", queue=desk.queue, **more)


def do(client, act, back="/calls/", **data):
    """One press, in place."""
    return client.post(f"/calls/act/{act}/", data | {"back": back}, **IN_PLACE)


def part(client, key: str, address="/calls/") -> str:
    """One part of the page."""
    page = client.get(address).content.decode()
    return re.search(
        rf'<div id="calls-{key}" data-part>(.*?)(?=<div id="calls-\w+" data-part>|<dialog)', page, re.DOTALL
    )[1]


def mine(desk) -> Call:
    return Call.objects.order_by("-pk").first()
