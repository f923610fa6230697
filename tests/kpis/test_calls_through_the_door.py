"""From the exchange's message to the figure: a call rings at the door, is answered, wrapped up, and counted on the page and over REST."""

from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest

from itsm.gateway.sources import services as sources
from kpis import collecting
from servicedesk.calls import services
from servicedesk.calls.defaults import ensure_call_codes
from servicedesk.incidents import services as incidents
from servicedesk.models import Call, WrapUpCode
from tests.servicedesk.calls.by_hand import operator, queue

from .conftest import MONDAY

pytestmark = pytest.mark.django_db
AT_TEN = MONDAY.replace(hour=10)


@pytest.fixture
def exchange(world, client, time_machine):
    """`exchange(seconds, event, id, …)`: one message so many seconds after ten o'clock."""
    ensure_call_codes()
    _source, url = sources.create_source(actor=world.admin, kind="cti", name="PBX", organisation_id=world.lumen.pk)

    def tell(seconds, event, call_id, **fields):
        time_machine.move_to(AT_TEN + timedelta(seconds=seconds), tick=False)
        fields = {
            "event": event,
            "callId": call_id,
            "from": "+33155004208",
            "to": "+33155004000",
            "direction": "in",
        } | fields
        answer = client.post(urlsplit(url).path, urlencode(fields), content_type="application/x-www-form-urlencoded")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return tell


def test_what_the_exchange_tells_is_what_the_page_counts(world, client, exchange, time_machine):
    line = queue(world, team=world.n1)
    nadia = operator(world, queues=[line])
    exchange(0, "newCall", "one", queue="N1")
    exchange(12, "answer", "one", answeringNumber=nadia.extension)
    exchange(12, "answer", "one", answeringNumber=nadia.extension)
    exchange(40, "hold", "one")
    exchange(70, "unhold", "one")
    exchange(132, "hangup", "one", cause="normalClearing")
    one = Call.objects.get(call_id="one")
    time_machine.move_to(AT_TEN + timedelta(seconds=150), tick=False)
    ticket = incidents.open_incident(
        actor=nadia.person, requester=world.customer, organisation=world.finance, title="Imprimante", channel="phone"
    )
    services.attach(one, record=ticket, how="created", actor=nadia.person)
    services.wrap_up(one, actor=nadia.person, code=WrapUpCode.objects.get(code="ticket"))
    exchange(200, "newCall", "two", queue="N1")
    exchange(245, "hangup", "two", cause="normalClearing")
    exchange(260, "newCall", "three", queue="N1")
    exchange(264, "hangup", "three", cause="cancel")
    time_machine.move_to(AT_TEN + timedelta(hours=1), tick=False)
    collecting.collect()

    client.force_login(world.manager)
    days = {"from": "2026-03-02", "to": "2026-03-02"}

    def figure(slug):
        return client.get(f"/api/v1/kpis/{slug}/", days).json()

    assert (figure("asa")["n"], figure("asa")["value"]) == (1, 12)
    assert figure("aht")["value"] == 120 + 18, "ninety seconds of talk, thirty on hold, eighteen to wrap up"
    assert figure("calls")["value"] == 3
    assert figure("abandon-rate")["details"] == {"numerator": 1, "denominator": 2, "beside": 1}
    assert figure("answer-rate")["value"] == figure("calls-within-threshold")["value"] == 50
    assert figure("calls-to-records")["value"] == 100
    busy = figure("occupancy")["details"]
    assert busy["numerator"] == 138
    by_queue = client.get("/api/v1/kpis/calls/series/", days | {"by": "queue"}).json()["points"]
    assert [(point["code"], point["n"]) for point in by_queue] == [("N1", 3)]
    rows = client.get("/api/v1/kpis/asa/rows/", days).json()["results"]
    assert rows[0]["title"].startswith(one.number)
    page = client.get("/kpis/", days).content.decode()
    assert "Appels décrochés à temps" in page
    assert "/kpis/abandon-rate/rows/" in page
    assert one.number in client.get("/kpis/asa/rows/", days).content.decode()
