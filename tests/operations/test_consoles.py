"""Consoles: who is at them, what they watch, orders, messages that wait and their replies."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.cmdb import services as cmdb
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from operations.control.consoles import services
from operations.control.consoles.models import ConsoleEntry

from .alerts import raised

pytestmark = pytest.mark.django_db


@pytest.fixture
def console(ops):
    """The master console of z/OS, which watches critical alerts only."""
    item = cmdb.create_ci(actor=ops.admin, ci_class="console", name="ZOS-MASTER", organisation=ops.lumen)
    return services.set_up(
        item,
        actor=ops.operator,
        post="Salle 1",
        team=ops.pilots,
        authority="master",
        view="severity=critical",
        columns=["count", "state"],
    )


def test_one_person_is_at_one_console_and_the_log_says_who_came_and_went(ops, console):
    item = cmdb.create_ci(actor=ops.admin, ci_class="console", name="ZOS-2", organisation=ops.lumen)
    second = services.set_up(item, actor=ops.operator)
    services.sit_down(console.pk, actor=ops.operator)
    with pytest.raises(IllegalMove):
        services.sit_down(console.pk, actor=ops.network)
    services.sit_down(console.pk, actor=ops.network, instead_of=ops.operator.pk)
    services.sit_down(second.pk, actor=ops.network)
    console.refresh_from_db()
    second.refresh_from_db()
    assert console.operator is None
    assert second.operator == ops.network
    log = ConsoleEntry.objects.filter(console=console).order_by("pk").values_list("kind", "by__username")
    assert list(log) == [("arrival", "ops"), ("leaving", "ops"), ("arrival", "network"), ("leaving", "network")]
    with pytest.raises(IllegalMove):
        services.stand_up(console.pk, actor=ops.operator)


def test_a_message_waits_under_the_lowest_free_number_until_it_is_answered_once(ops, console):
    first = services.ask(console.pk, text="IEF238D REPLY DEVICE NAME OR CANCEL", system="zos1")
    second = services.ask(console.pk, text="DSN9022I", system="zos1")
    assert (first.reply_id, second.reply_id, first.system) == (1, 2, "ZOS1")
    with pytest.raises(NotAllowed):
        services.reply(console.pk, first.pk, actor=ops.operator, text="CANCEL")
    services.sit_down(console.pk, actor=ops.operator)
    services.reply(console.pk, first.pk, actor=ops.operator, text="CANCEL")
    with pytest.raises(IllegalMove):
        services.reply(console.pk, first.pk, actor=ops.operator, text="CANCEL")
    assert services.ask(console.pk, text="again", system="ZOS1").reply_id == 1
    with pytest.raises(DomainError) as refused:
        services.ask(console.pk, text="same", system="zos1", reply_id=2)
    assert refused.value.field == "reply_id"
    assert services.ask(console.pk, text="other system", system="ZOS2", reply_id=2).reply_id == 2


def test_where_every_number_waits_no_more_is_asked_and_people_are_told(ops, console, signed, monkeypatch):
    monkeypatch.setattr(services, "MOST_REPLIES", 2)
    for _n in range(2):
        services.ask(console.pk, text="IEF238D REPLY", system="ZOS1")
    with pytest.raises(DomainError):
        services.ask(console.pk, text="IEF238D REPLY", system="ZOS1")
    answer = signed("ops").post(
        f"/operations/consoles/{console.pk}/messages/", {"text": "IEF238D", "system": "ZOS1"}, follow=True
    )
    assert answer.status_code in (200, 422)
    assert ConsoleEntry.objects.filter(reply_id__isnull=False).count() == 2


def test_no_order_is_given_from_a_console_for_information(ops):
    item = cmdb.create_ci(actor=ops.admin, ci_class="console", name="WALL", organisation=ops.lumen)
    wall = services.set_up(item, actor=ops.operator)
    with pytest.raises(DomainError):
        services.order(wall.pk, actor=ops.operator, text="D R,L")
    services.note(wall.pk, actor=ops.operator, text="Quiet night")


def test_only_an_item_of_its_class_is_a_console(ops):
    server = cmdb.create_ci(actor=ops.admin, ci_class="physical_server", name="SRV", organisation=ops.lumen)
    with pytest.raises(DomainError):
        services.set_up(server, actor=ops.operator)


def test_its_page_shows_its_view_its_columns_and_what_waits(ops, console, signed):
    critical, _minor = raised(ops, "a"), raised(ops, "b", severity="minor", title="Paper jam")
    services.ask(console.pk, text="IEF238D REPLY", system="ZOS1", reply_id=12)
    page = signed("ops").get(f"/operations/consoles/{console.pk}/").content.decode()
    assert critical.number in page
    assert "Paper jam" not in page
    assert "IEF238D REPLY" in page
    heads = re.findall(r'<th scope="col"[^>]*>([^<]+)</th>', page)
    assert heads == ["Severity", "Item", "Alert", "Times", "State"]


def test_an_unchanged_console_and_wall_answer_204(ops, console, signed, django_capture_on_commit_callbacks):
    client = signed("ops")
    for address, place in (
        (f"/operations/consoles/{console.pk}/", "console"),
        (f"/operations/consoles/{console.pk}/wall/", "wall"),
    ):
        page = client.get(address).content.decode()
        ask = re.search(rf'hx-get="({address}\?v=[0-9a-f]+)"', page)[1]
        assert client.get(ask, headers={"HX-Request": "true", "HX-Target": place}).status_code == 204
        with django_capture_on_commit_callbacks(execute=True):
            alert = raised(ops, place)
        answer = client.get(ask, headers={"HX-Request": "true", "HX-Target": place})
        assert answer.status_code == 200
        assert f'data-newest="{alert.pk}"' in answer.content.decode()


def test_orders_messages_and_replies_through_the_page(ops, console, signed):
    client, base = signed("ops"), f"/operations/consoles/{console.pk}/"
    assert client.post(f"{base}seat/").status_code == 302
    assert (
        client.post(
            f"{base}log/", {"what": "order", "text": "D R,L", "system": "zos1", "answer": "IEE112I"}
        ).status_code
        == 302
    )
    assert client.post(f"{base}messages/", {"text": "IEF238D", "system": "zos1", "reply_id": "12"}).status_code == 302
    entry = ConsoleEntry.objects.get(kind="message")
    assert client.post(f"{base}messages/{entry.pk}/", {"text": "CANCEL"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.answer, entry.answered_by) == ("CANCEL", ops.operator)
    assert client.post(f"{base}log/", {"what": "order", "text": ""}).status_code == 422
    assert client.post(f"{base}seat/", {"leave": "1"}).status_code == 302


def test_nobody_is_put_out_of_a_console_unasked(ops, console, signed):
    services.sit_down(console.pk, actor=ops.admin)
    client, seat = signed("ops"), f"/operations/consoles/{console.pk}/seat/"
    asked = client.post(seat)
    assert asked.status_code == 409
    assert f'name="instead_of" value="{ops.admin.pk}"' in asked.content.decode()
    console.refresh_from_db()
    assert console.operator == ops.admin
    assert client.post(seat, {"instead_of": ops.admin.pk}).status_code == 302
    console.refresh_from_db()
    assert console.operator == ops.operator


def test_setting_up_is_for_who_keeps_the_registers(ops, console, signed):
    address = f"/operations/consoles/{console.pk}/set-up/"
    assert signed("network").get(address).status_code == 404
    client = signed("ops")
    assert client.get(address).status_code == 200
    values = {
        "authority": "sys",
        "severity": ["critical", "major"],
        "team": ["N2-RES"],
        "columns": ["since"],
        "source": "zabbix, icinga",
        "rings": "on",
    }
    assert client.post(address, values).status_code == 302
    console.refresh_from_db()
    assert console.view == "severity=critical&severity=major&team=N2-RES&source=zabbix&source=icinga"
    assert console.columns == ["since"]


def test_who_may_not_work_sees_no_form_and_strangers_no_console(ops, console, signed):
    base = f"/operations/consoles/{console.pk}/"
    page = signed("agent").get(base).content.decode()
    assert "Sit down here" not in page
    for part in ("seat/", "log/", "messages/"):
        assert signed("agent").post(base + part).status_code == 404
        assert signed("foreign").post(base + part).status_code == 404
    for login in ("customer", "stranger", "foreign"):
        assert signed(login).get(base).status_code == 404
        assert signed(login).get(f"{base}wall/").status_code == 404


def test_who_changes_seats_holds_no_lock_that_another_waits_for(ops, console):
    """The person first, then all consoles that change, in their order."""
    item = cmdb.create_ci(actor=ops.admin, ci_class="console", name="ZOS-2", organisation=ops.lumen)
    second = services.set_up(item, actor=ops.operator)
    services.sit_down(second.pk, actor=ops.operator)
    with CaptureQueriesContext(connection) as queries:
        services.sit_down(console.pk, actor=ops.operator)
    locks = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert ["people_user" in sql for sql in locks] == [True, False]
    second.refresh_from_db()
    assert second.operator is None
