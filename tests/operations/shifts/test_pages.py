"""The pages of shifts and checks, as people of each role meet them."""

from datetime import timedelta

import pytest
from django.test import Client

from itsm.core import now
from itsm.events.services import raise_event
from itsm.people.models import User
from itsm.records.models import Record, Watch
from operations.control.shifts import checking, handing, printing, rostering, services
from operations.control.shifts.models import CheckResult, Handover, LogEntry, Shift, ShiftPattern
from servicedesk.incidents import services as incidents
from tests.cmdb.factories import make_ci
from tests.world import person


@pytest.fixture
def live(ops):
    """Two shifts around the present instant: Sékou is on, Maud comes."""
    from zoneinfo import ZoneInfo

    w, at = ops, now()
    w.sekou = person(w, "sekou", "Sékou", "Diallo", [("ops", w.lumen)], [w.pilots])
    w.maud = person(w, "maud", "Maud", "Roy", [("ops", w.lumen)], [w.pilots])
    local = at.astimezone(ZoneInfo("Europe/Paris")).replace(minute=0, second=0, microsecond=0)
    begins, ends, later = local - timedelta(hours=3), local + timedelta(hours=3), local + timedelta(hours=9)
    w.pattern = services.save_pattern(
        None, actor=None, organisation_id=w.lumen.pk, team_id=w.pilots.pk, name_fr="Quart du jour", name_en="Day shift", starts=begins.time(),
        ends=ends.time(), turns=[{"user_id": w.sekou.pk}],
    )  # fmt: skip
    w.next = services.save_pattern(
        None, actor=None, organisation_id=w.lumen.pk, team_id=w.pilots.pk, name_fr="Quart suivant", name_en="Next shift", starts=ends.time(),
        ends=later.time(), turns=[{"user_id": w.maud.pk}],
    )  # fmt: skip
    rostering.plan()
    w.shift = Shift.objects.at(at).get(pattern=w.pattern)
    w.checklist = checking.save_list(
        None, actor=None, organisation_id=w.lumen.pk, name_fr="Contrôles du matin", name_en="Morning checks", due=local.time(),
        checks=[{"name_fr": "Sauvegardes", "name_en": "Backups"}, {"name_fr": "Majeurs", "name_en": "Majors", "rule": "majors"}],
    )  # fmt: skip
    w.backups, w.majors = w.checklist.checks.order_by("position")
    return w


@pytest.fixture
def signed(live):
    def opened(login: str) -> Client:
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(User.objects.get(username=login))
        return client

    return opened


def pages(w) -> list[str]:
    return [
        "/operations/shifts/", f"/operations/shifts/{w.shift.pk}/", "/operations/shifts/patterns/", "/operations/checks/",
        f"/operations/checks/lists/{w.checklist.pk}/trend/", f"/operations/checks/lists/{w.checklist.pk}/pdf/",
    ]  # fmt: skip


def kept(w) -> list[str]:
    return [
        "/operations/shifts/patterns/new/", f"/operations/shifts/patterns/{w.pattern.pk}/", "/operations/checks/lists/new/",
        f"/operations/checks/lists/{w.checklist.pk}/",
    ]  # fmt: skip


def test_who_has_no_role_in_operations_finds_nothing(live, signed):
    for login in ("customer", "stranger"):
        assert {signed(login).get(path).status_code for path in pages(live) + kept(live)} == {404}
    foreign = signed("foreign")
    assert foreign.get(f"/operations/shifts/{live.shift.pk}/").status_code == 404
    assert "Quart du jour" not in foreign.get("/operations/shifts/").content.decode()
    assert foreign.get(f"/operations/checks/lists/{live.checklist.pk}/pdf/").status_code == 404


def test_an_agent_reads_and_acts_on_nothing(live, signed):
    client = signed("agent")
    for path in pages(live):
        assert client.get(path).status_code == 200
    for path in kept(live):
        assert client.get(path).status_code == 404
    for path in (
        "/operations/shifts/log/", f"/operations/shifts/{live.shift.pk}/sign/", f"/operations/shifts/{live.shift.pk}/accept/",
        f"/operations/shifts/{live.shift.pk}/people/", f"/operations/checks/{live.backups.pk}/tick/",
        f"/operations/checks/lists/{live.checklist.pk}/run/",
    ):  # fmt: skip
        assert client.post(path, {"text": "x", "colour": "green"}).status_code == 404
    for path in pages(live)[:5]:
        assert "csrfmiddlewaretoken" not in client.get(path).content.decode().split("<main")[1]
    assert not LogEntry.objects.exists()


def test_every_page_is_drawn_for_who_keeps_operations_in_both_languages(live, signed):
    client = signed("sekou")
    checking.tick(live.backups.pk, actor=live.sekou, colour="amber", note="À revoir")
    checking.run_rules(live.checklist)
    for language in ("fr", "en"):
        for path in pages(live) + kept(live):
            answer = client.get(path, headers={"Accept-Language": language})
            assert answer.status_code == 200, path


def test_a_line_is_written_with_its_ticket_and_found_again(live, signed):
    client = signed("sekou")
    assert client.post("/operations/shifts/log/", {"text": "Pont audio 2", "follow": "on"}).status_code == 302
    answer = client.post("/operations/shifts/log/", {"text": "Gardé", "record": "INC9999999"})
    assert answer.status_code == 422
    assert "Gardé" in answer.content.decode()
    assert "Pont audio 2" in client.get("/operations/shifts/?q=PONT").content.decode()
    assert (
        "<li"
        not in client.get("/operations/shifts/?q=absent")
        .content.decode()
        .split("sh-find")[1]
        .split("pl-two")[0]
        .split("</section>")[0]
    )
    entry = LogEntry.objects.get()
    client.post(f"/operations/shifts/log/{entry.pk}/settle/")
    entry.refresh_from_db()
    assert entry.done_by == live.sekou


def test_what_is_wrong_with_the_ticket_or_the_item_of_a_line_is_said_beside_it(live, signed):
    client = signed("sekou")
    page = client.post(
        "/operations/shifts/log/", {"text": "Kept", "record": "inc9999999", "item": "nowhere"}
    ).content.decode()
    for name, words in (("record", "There is no ticket INC9999999."), ("item", "There is no single item “nowhere”.")):
        assert words in page.split(f'id="id_{name}_error"')[1].split("</div>")[0]
        assert f'aria-describedby="id_{name}_error"' in page


def test_a_line_takes_an_item_in_any_case_and_a_number_without_its_prefix(live, signed):
    client, item = signed("sekou"), make_ci(organisation=live.lumen, name="STOCK_MES")
    incident = incidents.open_incident(actor=live.agent, title="x", requester=live.customer)
    ticket = Record.objects.get(pk=incident.pk)
    answer = client.post(
        "/operations/shifts/log/", {"text": "x", "record": ticket.number[3:].lstrip("0"), "item": "stock_mes"}
    )
    assert answer.status_code == 302
    entry = LogEntry.objects.get()
    assert (entry.record_id, entry.item) == (ticket.pk, item)


def test_the_shift_is_handed_over_on_its_page(live, signed):
    raise_event(organisation=live.lumen, source="t", key="k", severity="critical", title="Tablespace full")
    leaving, coming = signed("sekou"), signed("maud")
    page = leaving.get(live.shift.get_absolute_url()).content.decode()
    assert "Tablespace full" in page
    assert "/sign/" in page
    assert "/sign/" not in coming.get(live.shift.get_absolute_url()).content.decode()
    assert coming.post(f"{live.shift.get_absolute_url()}sign/", {"text": "x"}).status_code == 403
    early = leaving.post(f"{live.shift.get_absolute_url()}sign/", {"text": "Watch DB2"})
    assert early.status_code == 422
    assert "Watch DB2" in early.content.decode()
    assert 'name="early"' in early.content.decode()
    data = {"text": "Watch DB2", "early": "1"}
    assert leaving.post(f"{live.shift.get_absolute_url()}sign/", data).status_code == 302
    waiting = coming.get("/operations/shifts/").content.decode()
    assert "Sékou Diallo" in waiting
    handover = Handover.objects.get()
    data = {"text": "Read", "signed_at": handover.signed_at.isoformat()}
    assert leaving.post(f"{live.shift.get_absolute_url()}accept/", data).status_code == 403
    assert coming.post(f"{live.shift.get_absolute_url()}accept/", data | {"signed_at": "nonsense"}).status_code == 404
    assert coming.post(f"{live.shift.get_absolute_url()}accept/", data).status_code == 302
    assert coming.post(f"{live.shift.get_absolute_url()}accept/", data).status_code == 409
    handover.refresh_from_db()
    assert (handover.accepted_by, handover.answer) == (live.maud, "Read")


def test_checks_are_ticked_and_a_bad_one_opens_an_incident(live, signed):
    client = signed("sekou")
    refused = client.post(f"/operations/checks/{live.backups.pk}/tick/", {"colour": "red", "note": ""})
    assert refused.status_code == 422
    client.post(f"/operations/checks/{live.backups.pk}/tick/", {"colour": "red", "note": "Two nights failed"})
    result = CheckResult.objects.get()
    assert client.post(f"/operations/checks/results/{result.pk}/incident/").status_code == 302
    assert client.post(f"/operations/checks/results/{result.pk}/incident/").status_code == 409
    assert Record.objects.get().title == "Sauvegardes"
    client.post(f"/operations/checks/lists/{live.checklist.pk}/run/")
    assert CheckResult.objects.get(check_of=live.majors).colour == "green"
    assert "2 / 2" in client.get("/operations/checks/").content.decode()


def test_a_ticket_that_the_reader_may_not_see_is_not_named_beside_its_check(live, signed, monkeypatch):
    client = signed("sekou")
    checking.tick(live.backups.pk, actor=live.sekou, colour="red", note="Two nights failed")
    result = CheckResult.objects.get()
    number = checking.open_incident(result.pk, actor=live.sekou).record.number
    assert number in client.get("/operations/checks/").content.decode()
    Record.objects.update(confidentiality=live.circle, requester=live.agent, opened_by=live.agent, assignee=None)
    Watch.objects.all().delete()
    page = client.get("/operations/checks/").content.decode()
    assert number not in page
    assert "An incident stands for it" in page or "Un incident" in page
    again = client.post(f"/operations/checks/results/{result.pk}/incident/")
    assert (again.status_code, number in again.content.decode()) == (409, False)
    set_with = []
    monkeypatch.setattr(
        printing.typst, "compile", lambda _page, sys_inputs: set_with.append(sys_inputs["data"]) or b"%PDF"
    )
    client.get(f"/operations/checks/lists/{live.checklist.pk}/pdf/")
    assert number not in set_with[0]


def test_the_pdf_holds_the_checks(live, signed):
    answer = signed("agent").get(f"/operations/checks/lists/{live.checklist.pk}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def test_markup_in_a_remark_stays_words_in_the_pdf(live, signed):
    checking.tick(live.backups.pk, actor=live.sekou, colour="red", note='#panic("x") ] $ \\ " é')
    assert signed("agent").get(f"/operations/checks/lists/{live.checklist.pk}/pdf/").content.startswith(b"%PDF")


def test_a_shift_and_a_list_are_set_up_on_their_pages(live, signed):
    client = signed("sekou")
    data = {
        "name_fr": "Week-end", "name_en": "", "team_id": live.pilots.pk, "starts": "08:00", "ends": "20:00", "time_zone": "Europe/Paris",
        "weekdays": ["5", "6"], "is_active": "on", "turn-TOTAL_FORMS": "1", "turn-INITIAL_FORMS": "0", "turn-0-person": "maud",
    }  # fmt: skip
    for login in ("nobody", "stranger"):
        assert client.post("/operations/shifts/patterns/new/", data | {"turn-0-person": login}).status_code == 422
    assert client.post("/operations/shifts/patterns/new/", data).status_code == 302
    made = ShiftPattern.objects.get(name_fr="Week-end")
    assert (made.weekdays, made.turns.get().user) == ([5, 6], live.maud)
    form = {
        "name_fr": "Soir", "team_id": live.pilots.pk, "due": "20:00", "time_zone": "Europe/Paris", "is_active": "on", "check-TOTAL_FORMS": "2",
        "check-INITIAL_FORMS": "0", "check-0-name_fr": "Baies", "check-0-rule": "item-state", "check-1-name_fr": "",
    }  # fmt: skip
    assert client.post("/operations/checks/lists/new/", form).status_code == 422, "the rule reads an item"
    assert client.post("/operations/checks/lists/new/", form | {"check-0-rule": ""}).status_code == 302


def test_the_page_of_operations_says_who_is_on_and_shows_the_log(live, signed):
    services.note(organisation=live.lumen, text="Messagerie : cellule ouverte", actor=live.sekou)
    page = signed("sekou").get("/operations/").content.decode()
    for words in ("S. Diallo", "Messagerie : cellule ouverte", "Morning checks 0 / 2", "Hand over"):
        assert words in page
    handing.sign(live.shift.pk, actor=live.sekou, early=True)
    assert "Take over" in signed("maud").get("/operations/").content.decode()


def test_the_page_of_an_item_fetches_what_the_log_says_of_it(live, signed):
    item, other = make_ci(organisation=live.lumen), make_ci(organisation=live.lumen)
    services.note(organisation=live.lumen, text="Ventilateur bruyant", actor=live.sekou, item=item)
    client = signed("agent")
    address = f"/operations/shifts/log/item/?item={item.pk}"
    assert address in client.get(item.get_absolute_url()).content.decode()
    assert "Ventilateur bruyant" in client.get(address).content.decode()
    assert client.get(f"/operations/shifts/log/item/?item={other.pk}").content == b""
    assert "Ventilateur" not in signed("foreign").get(address).content.decode()
    assert signed("customer").get(address).status_code == 404
    assert client.get("/operations/shifts/log/item/").status_code == 404


def test_the_log_costs_the_same_for_few_lines_and_for_many(live, signed, django_assert_max_num_queries):
    for n in range(60):
        services.note(organisation=live.lumen, text=f"Ligne {n}", actor=live.sekou)
    client = signed("sekou")
    client.get("/operations/shifts/")
    with django_assert_max_num_queries(32):
        client.get("/operations/shifts/")
