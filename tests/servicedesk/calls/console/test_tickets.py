"""Tickets out of a call: by nature, by request, the caller's own, the major incident's."""

import re

import pytest
from django.core.cache import cache

from itsm.core import reference as kept
from itsm.records.models import Category, Record
from servicedesk.calls import services
from servicedesk.calls.console import natures
from servicedesk.calls.models import CallLink
from servicedesk.majors import services as majors
from tests.servicedesk.calls.switchboard import incident

from .ground import IN_PLACE, NOBODY, do, part, ring

pytestmark = pytest.mark.django_db


def test_a_nature_opens_the_ticket_with_category_team_and_caller_and_links_it(desk, nadia, mail):
    call = ring(desk)
    do(nadia, "answer")
    address = re.search(r'href="(/desk/incidents/new/\?call=[^"]+category=[^"]+)"', part(nadia, "now"))[1].replace(
        "&amp;", "&"
    )
    form = nadia.get(address)
    assert form.context["form"]["requester"].value() == "jane"
    assert form.context["form"]["channel"].value() == "phone"
    assert form.context["form"]["category"].value() == "mail"
    assert form.context["form"]["team"].value() == "N1-CDS"
    sent = {
        "requester": "jane",
        "title": "Messagerie muette",
        "channel": "phone",
        "impact": 4,
        "urgency": 3,
        "category": "mail",
    }
    answer = nadia.post(address, sent)
    assert answer["Location"] == "/calls/"
    record = Record.objects.get(title="Messagerie muette")
    link = CallLink.objects.get(call=call)
    assert (link.record, link.how, record.channel) == (record, "created", "phone")
    assert record.number in part(nadia, "now")
    assert 'id="code-ticket" name="code" value="ticket" aria-pressed="true"' in part(nadia, "wrap")


def test_a_request_names_the_caller_of_an_unknown_number(desk, nadia):
    call = ring(desk, NOBODY)
    do(nadia, "answer")
    sent = {"requester": "jane", "title": "Un casque", "channel": "phone", "urgency": 3}
    assert nadia.post(f"/desk/requests/new/?call={call.number}", sent)["Location"] == "/calls/"
    call.refresh_from_db()
    assert call.caller == desk.jane
    assert call.links.get().record.kind == "request"


def test_the_caller_s_open_ticket_is_attached_with_one_press(desk, nadia):
    opened = incident(desk)
    call = ring(desk)
    do(nadia, "answer")
    dialog = nadia.get(f"/calls/ask/attach/?call={call.number}", **IN_PLACE).content.decode()
    assert opened.number in dialog
    do(nadia, "attach", call=call.number, record=opened.number)
    assert call.links.get().how == "attached"
    assert 'id="code-chased" name="code" value="chased" aria-pressed="true"' in part(nadia, "wrap")
    other = nadia.post("/calls/ask/attach/", {"call": call.number, "record": "INC9999999"}, **IN_PLACE)
    assert other.status_code == 422


def test_the_script_of_a_major_incident_comes_first_and_one_press_attaches(desk, nadia):
    record = incident(desk)
    majors.accept(record.pk, actor=desk.lead)
    call = ring(desk)
    do(nadia, "answer")
    shown = part(nadia, "now")
    assert shown.index("script") < shown.index("Ses 5 derniers tickets")
    assert 'data-key="m"' in shown
    assert "Autre motif" in shown
    do(nadia, "major", call=call.number, major=record.number)
    call.refresh_from_db()
    assert call.major_id == record.pk
    assert 'id="code-major" name="code" value="major" aria-pressed="true"' in part(nadia, "wrap")
    assert 'data-key="m"' not in part(nadia, "now")


def test_natures_go_by_use_after_those_that_the_manager_put_first(desk, client, mail):
    printing, vpn = (Category.objects.create(code=code, name_fr=code, name_en=code) for code in ("printing", "vpn"))
    call = ring(desk)
    services.attach(call, record=incident(desk, category=vpn), how="created", actor=desk.nadia)
    kept.forget_everything()
    assert natures.offered(desk.lumen.pk)[0].code == "vpn"
    client.force_login(desk.lead)
    assert client.post("/calls/natures/", {"place1": "printing"}).status_code == 302
    cache.clear()
    kept.forget_everything()
    assert [row.code for row in natures.offered(desk.lumen.pk)][:2] == ["printing", "vpn"]
    assert "printing" in client.get("/calls/natures/").content.decode()
