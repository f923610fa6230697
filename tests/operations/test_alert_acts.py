"""Take, open an incident, silence, close: one or many, each says what became of it."""

import json
from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.documents import services as documents
from itsm.events import services
from itsm.events.models import Alert, Silence
from itsm.records.models import Record

from .alerts import raised

pytestmark = pytest.mark.django_db
ACT = "/operations/alerts/act/"
LIVE = {"HX-Request": "true", "HX-Target": "alerts"}


def fresh(alert) -> Alert:
    return Alert.objects.select_related("record", "silence").get(pk=alert.pk)


def test_taking_several_says_how_many_and_why_not_the_others(ops, signed):
    one, two = raised(ops, "a"), raised(ops, "b")
    services.acknowledge(two, ops.operator)
    answer = signed("ops").post(
        ACT,
        {"act": "acknowledge", "number": [one.number, two.number], "back": "/operations/alerts/?tab=active"},
        headers=LIVE,
    )
    text = answer.content.decode()
    assert json.loads(answer["HX-Trigger-After-Settle"]) == {"alerts:acted": {"said": "1 alert taken."}}
    assert f"{two.number} is acknowledged already." in text
    assert fresh(one).acknowledged_by == ops.operator
    assert Entry.objects.filter(verb="alert.acknowledged", subject_id=one.pk).exists()


def test_one_incident_stands_for_all_that_were_chosen(ops, signed):
    worst, other = raised(ops, "a", title="Tablespace in RECP"), raised(ops, "b", severity="minor")
    signed("ops").post(ACT, {"act": "incident", "number": [other.number, worst.number]})
    assert Record.objects.filter(kind="incident").count() == 1
    assert fresh(worst).record_id == fresh(other).record_id == Record.objects.get(kind="incident").pk
    assert "Tablespace in RECP" in fresh(worst).record.title


def test_a_silence_asks_for_its_end_and_reason_first(ops, signed):
    alert, client = raised(ops), signed("ops")
    asked = client.post(ACT, {"act": "silence", "number": alert.number}, headers=LIVE)
    assert asked["HX-Retarget"] == "#dialog"
    assert fresh(alert).state == "open"
    wrong = client.post(ACT, {"act": "silence", "number": alert.number, "sure": "1", "hours": "other", "reason": ""})
    assert wrong.status_code == 422
    assert "Say when the silence ends." in wrong.content.decode()
    done = client.post(
        ACT, {"act": "silence", "number": alert.number, "sure": "1", "hours": "4", "reason": "Disk on order"}
    )
    assert done.status_code == 302
    assert fresh(alert).state == "silenced"
    assert fresh(alert).silence.reason == "Disk on order"


def test_without_script_every_act_comes_back_to_where_it_was_asked_for(ops, signed):
    alert = raised(ops)
    back = f"/operations/alerts/{alert.number}/"
    assert signed("ops").post(ACT, {"act": "acknowledge", "number": alert.number, "back": back})["Location"] == back
    elsewhere = {"act": "unacknowledge", "number": alert.number, "back": "https://evil.example/"}
    assert signed("ops").post(ACT, elsewhere)["Location"] == "/operations/alerts/"


def test_nothing_chosen_is_said(ops, signed):
    assert (
        "Choose at least one alert."
        in signed("ops").post(ACT, {"act": "acknowledge"}, headers={**LIVE}).content.decode()
    )
    assert signed("ops").post(ACT, {"act": "dance"}).status_code == 404


def test_closing_needs_a_reason_and_keeps_it_in_the_history(ops, signed):
    alert, client = raised(ops), signed("ops")
    assert client.post(ACT, {"act": "close", "number": alert.number, "sure": "1", "reason": ""}).status_code == 422
    client.post(ACT, {"act": "close", "number": alert.number, "sure": "1", "reason": "False alarm"})
    page = client.get(f"/operations/alerts/{alert.number}/").content.decode()
    assert "False alarm" in page
    assert 'value="acknowledge"' not in page


def test_the_page_says_what_to_do_who_and_what_it_touches(ops, signed):
    server = cmdb.create_ci(
        actor=ops.admin,
        ci_class="physical_server",
        name="DB2P-PAIE",
        organisation=ops.lumen,
        support_team=ops.n2,
        owner=ops.lead,
    )
    service = cmdb.create_ci(actor=ops.admin, ci_class="business_service", name="PaieNet", organisation=ops.lumen)
    cmdb.relate(service, server, "depends_on", actor=ops.admin)
    text = documents.write(
        actor=ops.network, title="Tablespace en RECP", body="## Regarder\n\nx\n", organisation=ops.lumen, items=[server]
    )
    alert = raised(ops, item=server, facts={"labels": {"instance": "db2p:50000"}})
    services.acknowledge(alert, ops.operator)
    page = signed("ops").get(f"/r/{alert.number}", follow=True)
    assert page.redirect_chain[-1][0] == f"/operations/alerts/{alert.number}/"
    html = page.content.decode()
    for words in ("Tablespace en RECP", "N2-RES", "Julie Lenoir", "db2p:50000", "Taken", "It began: Critical"):
        assert words in html, words
    assert f"/operations/runbooks/{text.pk}/start/" in html
    assert alert.number in signed("ops").get(f"/cmdb/{server.pk}/").content.decode() or "Alerts on it" in html
    assert "Alerts on it" in signed("ops").get(f"/cmdb/{server.pk}/").content.decode()


def test_a_number_in_full_opens_from_the_palette_and_the_search(ops, signed):
    alert = raised(ops)
    hits = signed("ops").get("/palette/", {"q": alert.number.lower()}, headers={"HX-Request": "true"}).content.decode()
    assert f'href="/operations/alerts/{alert.number}/"' in hits
    assert signed("ops").get("/find/", {"q": alert.number})["Location"] == f"/operations/alerts/{alert.number}/"
    assert signed("foreign").get("/find/", {"q": alert.number}).status_code == 200
    assert f"/alerts/{alert.number}/" not in signed("foreign").get("/palette/", {"q": alert.number}).content.decode()


def test_the_page_stays_within_its_budget(ops, signed, django_assert_max_num_queries):
    alert, client = raised(ops), signed("ops")
    client.get(f"/operations/alerts/{alert.number}/")
    with django_assert_max_num_queries(14):
        client.get(f"/operations/alerts/{alert.number}/")


def test_alerts_of_two_organisations_become_two_incidents(ops, signed):
    mine, theirs = raised(ops, "a"), raised(ops, "b", organisation=ops.other)
    signed("admin").post(ACT, {"act": "incident", "number": [mine.number, theirs.number]})
    assert fresh(mine).record.organisation == ops.lumen
    assert fresh(theirs).record.organisation == ops.other


def test_an_open_incident_of_the_same_item_is_offered_before_a_new_one(ops, signed):
    server = cmdb.create_ci(actor=ops.admin, ci_class="physical_server", name="DB2P", organisation=ops.lumen)
    first, second, third = (raised(ops, key, item=server) for key in "abc")
    standing = Record.objects.get(pk=services.open_incident(first, ops.operator).record_id)
    client = signed("ops")
    asked = client.post(ACT, {"act": "incident", "number": second.number}, headers=LIVE)
    assert asked["HX-Retarget"] == "#dialog"
    assert f"Attach to {standing.number}" in asked.content.decode()
    assert fresh(second).record is None
    for alert, choice in ((second, standing.number), (third, "new")):
        client.post(ACT, {"act": "incident", "number": alert.number, "sure": "1", "record": choice})
    assert (fresh(second).record_id, fresh(second).acknowledged_by) == (standing.pk, ops.operator)
    assert fresh(third).record_id not in (None, standing.pk)
    wrong = client.post(
        ACT, {"act": "incident", "number": raised(ops, "d", item=server).number, "sure": "1", "record": "INC9999999"}
    )
    assert wrong.status_code == 422


def test_an_open_incident_of_the_service_that_fails_is_offered_too(ops, signed):
    one, two = (
        cmdb.create_ci(actor=ops.admin, ci_class="physical_server", name=name, organisation=ops.lumen)
        for name in ("A1", "A2")
    )
    service = cmdb.create_service(actor=ops.admin, name="PaieNet", organisation=ops.lumen)
    for server in (one, two):
        cmdb.relate(service.item, server, "depends_on", actor=ops.admin)
    services.open_incident(raised(ops, "a", item=one), ops.operator)
    other = raised(ops, "b", item=two)
    assert "Attach to INC" in signed("ops").post(ACT, {"act": "incident", "number": other.number}).content.decode()


def test_an_alert_that_has_its_incident_is_not_moved_to_another(ops, signed):
    worst, other = raised(ops, "a"), raised(ops, "b", severity="minor")
    kept = services.open_incident(other, ops.operator).record_id
    signed("ops").post(ACT, {"act": "incident", "number": [worst.number, other.number]})
    assert fresh(other).record_id == kept
    assert fresh(worst).record_id not in (None, kept)


def test_a_silence_that_is_sent_twice_is_one(ops):
    alert, until = raised(ops, "a"), now() + timedelta(hours=2)
    for _n in range(2):
        services.silence(fresh(alert), until, " Works ", ops.operator)
    assert Silence.objects.count() == 1
    services.silence(fresh(alert), until + timedelta(hours=1), "Works", ops.operator)
    assert Silence.objects.count() == 2
