"""The operator's console over plain requests: every act, every state, with and without scripts."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from itsm.audit.models import Entry
from itsm.cmdb.models import ConfigurationItem
from itsm.core import now
from itsm.core import reference as kept
from itsm.notify.models import Notice
from itsm.records.models import Category, CategoryTeam, Record
from servicedesk.calls import presence, services
from servicedesk.calls.console import natures
from servicedesk.calls.models import Call, CallLink, Exchange, Operator
from servicedesk.majors import services as majors
from tests.servicedesk.calls.switchboard import incident

pytestmark = pytest.mark.django_db
JANE, NOBODY = "+33155000010", "+33612008803"
IN_PLACE = {"HTTP_HX_REQUEST": "true", "HTTP_HX_CURRENT_URL": "http://testserver/calls/"}


@pytest.fixture
def nadia(desk, client):
    """Nadia at her console, free."""
    presence.set_state(desk.nadia_operator, "available")
    client.force_login(desk.nadia)
    return client


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


# ---- states of the page


def test_the_page_is_for_those_who_take_calls_or_manage_them(desk, client):
    for login in ("customer", "agent", "stranger"):
        client.force_login(getattr(desk, login))
        for address in ("/calls/", "/calls/live/", "/calls/presence/", "/calls/natures/", "/calls/ask/by-hand/"):
            assert client.get(address).status_code == 404, (login, address)
        assert client.post("/calls/act/answer/").status_code == 404
        assert client.post("/calls/dial/", {"number": JANE}).status_code == 404
    client.force_login(desk.nadia)
    assert client.get("/calls/").status_code == 200
    assert client.get("/calls/natures/").status_code == 404, "the order of natures is the manager's"


def test_without_calls_the_page_says_that_nobody_waits(nadia):
    assert "Personne n’attend" in part(nadia, "queue")
    assert "Vous êtes libre" in part(nadia, "now")


def test_who_may_take_calls_but_never_did_sits_down(desk, client):
    client.force_login(desk.lead)
    assert "Vous n’êtes pas encore au standard" in part(client, "now")
    assert client.post("/calls/act/sit-down/", {"back": "/calls/"}).status_code == 302
    assert Operator.objects.get(person=desk.lead).state == "available"
    assert "Vous êtes libre" in part(client, "now")


def test_an_operator_without_a_queue_is_told_so_and_can_still_note_a_call(desk, client):
    client.force_login(desk.ines)
    assert "Vous ne répondez à aucune file" in part(client, "queue")
    assert "/calls/ask/by-hand/" in part(client, "head")


def test_an_exchange_that_has_been_silent_for_long_is_told(desk, nadia):
    assert "central" not in part(nadia, "head")
    Exchange.objects.create(source=desk.source, heard_at=now() - timedelta(minutes=42))
    desk.source.last_seen_at = now() - timedelta(minutes=42)
    desk.source.save()
    assert "n’a rien dit depuis 42" in part(nadia, "head")


# ---- who waits


def test_the_longest_wait_stands_first_in_its_colour(desk, nadia):
    presence.set_state(desk.nadia_operator, "away")
    for number, seconds in (("+33320001240", 134), ("+33155004177", 68), (NOBODY, 41)):
        ring(desk, number, at=now() - timedelta(seconds=seconds))
    shown = part(nadia, "queue")
    waits = re.findall(r'class="wait tx (\w+)"[^>]*>([\d:]+)<', shown)
    assert [tone for tone, _time in waits] == ["red", "amber", "green"]
    assert waits[0][1].startswith("2:1"), "and as long as the page took to draw"


def test_a_line_says_what_to_expect(desk, nadia):
    presence.set_state(desk.nadia_operator, "away")
    opened = incident(desk)
    ring(desk, JANE)
    assert f"Ticket ouvert {opened.number}" in part(nadia, "queue")
    assert "VIP" in part(nadia, "queue")
    ring(desk, JANE)
    assert "appel n° 2" in part(nadia, "queue").replace("\u00a0", " ")


def test_one_sees_the_calls_of_one_s_queues_and_a_manager_all(desk, nadia, client):
    presence.set_state(desk.nadia_operator, "away")
    services.ring(organisation=desk.lumen, from_number=NOBODY, to_number="4001", queue=desk.night)
    assert "Personne n’attend" in part(nadia, "queue")
    client.force_login(desk.lead)
    assert "6 12 00 88 03" in part(client, "queue")
    assert "Personne n’attend" in part(client, "queue", "/calls/?queue=n1")


# ---- a call rings, is answered, held, handed on, ended


def test_a_call_rings_at_one_operator_only_and_is_answered_in_place(desk, nadia):
    call = ring(desk)
    assert "Un appel sonne" in part(nadia, "now")
    other = type(nadia)()
    other.force_login(desk.hugo)
    assert "Un appel sonne" not in part(other, "now")
    answer = do(nadia, "answer")
    assert answer.status_code == 200
    assert 'id="calls-now" data-part hx-swap-oob="true"' in answer.content.decode()
    call.refresh_from_db()
    assert (call.state, call.operator.person) == ("in_progress", desk.nadia)
    shown = part(nadia, "now")
    assert "Jane Doe" in shown
    assert "Numéro reconnu" in shown
    assert "VIP" in shown


def test_d_answers_the_longest_wait_when_none_rings_here(desk, client):
    late, early = ring(desk, NOBODY), ring(desk, "+33320001240", at=now() - timedelta(minutes=3))
    client.force_login(desk.hugo)
    do(client, "answer")
    early.refresh_from_db()
    late.refresh_from_db()
    assert (early.state, late.state) == ("in_progress", "queued")


def test_what_a_colleague_took_is_said_and_nothing_moves(desk, nadia):
    call = ring(desk)
    services.answer(call, operator=desk.hugo_operator)
    answer = do(nadia, "answer", call=call.number)
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()


def test_hold_resume_and_end(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    for what, state in (("hold", "on_hold"), ("resume", "in_progress"), ("end", "wrap_up")):
        assert do(nadia, "line", call=call.number, what=what).status_code == 200
        call.refresh_from_db()
        assert call.state == state


def test_a_call_goes_to_a_colleague_with_a_note(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    presence.set_state(desk.hugo_operator, "available")
    dialog = nadia.get(f"/calls/ask/transfer/?call={call.number}", **IN_PLACE).content.decode()
    assert "Hugo Blanc" in dialog
    refused = nadia.post("/calls/ask/transfer/", {"call": call.number, "note": "Imprimante"}, **IN_PLACE)
    assert refused.status_code == 422
    sent = {"call": call.number, "note": "Imprimante du 4e", "to_operator": desk.hugo_operator.pk, "back": "/calls/"}
    assert nadia.post("/calls/ask/transfer/", sent, **IN_PLACE).status_code == 200
    other = type(nadia)()
    other.force_login(desk.hugo)
    assert "Imprimante du 4e" in part(other, "now")


def test_without_scripts_each_act_leads_back_to_the_console(desk, nadia):
    call = ring(desk)
    answer = nadia.post("/calls/act/answer/", {"back": "/calls/?queue=n1"})
    assert (answer.status_code, answer["Location"]) == (302, "/calls/?queue=n1")
    page = nadia.get(f"/calls/ask/transfer/?call={call.number}").content.decode()
    assert "<h1>Transférer l’appel</h1>" in page
    away = nadia.post("/calls/act/answer/", {"back": "https://elsewhere.example/"})
    assert away["Location"] == "/calls/"


# ---- who it is


def test_maybes_stand_apart_and_one_press_picks(desk, nadia):
    for login in ("agent", "teammate"):
        person = getattr(desk, login)
        person.phone = NOBODY
        person.save()
    call = ring(desk, NOBODY)
    do(nadia, "answer")
    shown = part(nadia, "now")
    assert "Ce peut être l’une de ces personnes" in shown
    assert "Numéro reconnu" not in shown
    do(nadia, "who", call=call.number, person="teammate")
    call.refresh_from_db()
    assert call.caller == desk.teammate
    assert "Tom Girard" in part(nadia, "now")


def test_the_card_shows_records_items_and_how_to_receive(desk, nadia):
    opened = incident(desk)
    ConfigurationItem.objects.create(
        ci_class="workstation", key="PC-20931", name="PC-20931", organisation=desk.lumen, user=desk.jane
    )
    call = ring(desk)
    do(nadia, "answer")
    sent = {"call": call.number, "text": "Malentendante, parler lentement.", "back": "/calls/"}
    assert nadia.post("/calls/ask/note/", sent, **IN_PLACE).status_code == 200
    shown = part(nadia, "now")
    assert opened.number in shown
    assert "PC-20931" in shown
    assert "Malentendante" in shown
    nadia.post("/calls/ask/note/", sent | {"text": ""}, **IN_PLACE)
    assert "Malentendante" not in part(nadia, "now")
    verbs = list(Entry.objects.filter(verb__startswith="person.note").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["person.note_written", "person.note_removed"]
    assert not Entry.objects.filter(verb__startswith="person.note", data__icontains="Malentendante").exists()


# ---- records from the call


@pytest.fixture
def mail(desk):
    """A category, with the team that takes it first."""
    found = Category.objects.create(code="mail", name_fr="Messagerie", name_en="Mail")
    CategoryTeam.objects.create(category=found, level=1, team=desk.n1)
    kept.forget_everything()
    return found


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


# ---- the end


def test_a_code_ends_the_wrap_up_and_the_operator_is_free(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    do(nadia, "line", call=call.number, what="end")
    assert "data-left-until" in part(nadia, "wrap")
    do(nadia, "wrap-up", call=call.number, code="solved", note="Mot de passe redonné")
    call.refresh_from_db()
    assert (call.state, call.wrap_up_code.code, call.note) == ("closed", "solved", "Mot de passe redonné")
    desk.nadia_operator.refresh_from_db()
    assert desk.nadia_operator.state == "available"


def test_the_countdown_can_be_held(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    do(nadia, "line", call=call.number, what="end")
    do(nadia, "wrap-up", call=call.number, hold="1")
    held = part(nadia, "wrap")
    assert "data-left-until" not in held
    assert 'name="resume" value="1" data-key="h"' in held
    do(nadia, "wrap-up", call=call.number, resume="1")
    assert "data-left-until" in part(nadia, "wrap")
    do(nadia, "wrap-up", call=call.number, free="1")
    call.refresh_from_db()
    assert (call.state, call.wrap_up_code) == ("closed", None)


def test_a_code_chosen_during_the_call_is_kept_for_its_end(desk, nadia):
    call = ring(desk)
    do(nadia, "answer")
    do(nadia, "wrap-up", call=call.number, code="silent")
    call.refresh_from_db()
    assert (call.state, call.wrap_up_code.code) == ("in_progress", "silent")
    assert 'value="silent" aria-pressed="true"' in part(nadia, "wrap")


# ---- without an exchange, calling back, calling out


def test_a_call_by_hand_needs_no_exchange(desk, client):
    client.force_login(desk.lead)
    answer = client.post("/calls/ask/by-hand/", {"number": "01 55 00 00 10", "direction": "in"})
    assert answer.status_code == 302
    call = mine(desk)
    assert (call.state, call.caller, call.operator.person) == ("in_progress", desk.jane, desk.lead)
    assert "Jane Doe" in part(client, "now")


def test_a_call_back_is_taken_tried_and_done(desk, nadia):
    call = ring(desk)
    services.owe_call_back(call, at=now() + timedelta(minutes=5))
    assert "Jane Doe" in part(nadia, "backs")
    do(nadia, "back", call=call.number, what="take")
    assert "Pas joint" in part(nadia, "backs")
    made = mine(desk)
    assert (made.direction, made.state, made.answers, made.caller) == ("out", "in_progress", call, desk.jane)
    assert f'href="tel:{JANE}" data-by-hand' in part(nadia, "now"), (
        "no exchange takes orders: the number is there to dial"
    )
    do(nadia, "back", call=call.number, what="missed")
    do(nadia, "line", call=made.number, what="end")
    assert "1 essai" in part(nadia, "backs").replace("\u00a0", " ")
    do(nadia, "back", call=call.number, what="take")
    do(nadia, "back", call=call.number, what="reached")
    call.refresh_from_db()
    assert call.state == "closed"


def test_calling_back_goes_through_the_exchange_where_one_takes_orders(desk, nadia):
    Exchange.objects.create(source=desk.source, order_url="https://pbx.example.net/orders")
    call = ring(desk)
    services.owe_call_back(call)
    told = do(nadia, "back", call=call.number, what="take").headers["HX-Trigger-After-Settle"]
    made = mine(desk)
    assert (made.state, made.source, made.answers) == ("ringing", desk.source, call)
    assert "data-by-hand" not in part(nadia, "now")
    assert "sonne d" in told
    busy = do(nadia, "back", call=call.number, what="take")
    assert busy.status_code == 409, "one call at a time"


def test_a_number_is_called_by_who_is_an_operator(desk, nadia):
    answer = nadia.post("/calls/dial/", {"number": JANE}, HTTP_X_DIAL="1")
    assert (answer.status_code, answer["X-By-Hand"]) == (200, "1"), "no exchange takes orders: it is counted by hand"
    call = mine(desk)
    assert (call.direction, call.to_number, call.operator.person) == ("out", JANE, desk.nadia)
    again = nadia.post("/calls/dial/", {"number": JANE}, HTTP_X_DIAL="1")
    assert again.status_code == 409


# ---- presence, and what a poll costs


def test_presence_stands_in_the_top_bar_of_operators_only(desk, nadia, client):
    page = nadia.get("/desk/").content.decode()
    assert 'id="presence"' in page
    assert "4101" in page
    nadia.post("/calls/presence/", {"state": "pause:lunch", "back": "/desk/"})
    desk.nadia_operator.refresh_from_db()
    assert (desk.nadia_operator.state, desk.nadia_operator.pause_reason.code) == ("pause", "lunch")
    assert "Déjeuner" in nadia.get("/desk/").content.decode()
    client.force_login(desk.agent)
    assert 'id="presence"' not in client.get("/desk/").content.decode()


def test_the_pop_up_comes_by_the_poll_of_any_page_to_who_is_rung_only(desk, nadia, django_capture_on_commit_callbacks):
    page = nadia.get("/desk/").content.decode()
    address = re.search(r'id="bar-poll"[^>]*hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    assert nadia.get(address).status_code == 204
    with django_capture_on_commit_callbacks(execute=True):
        ring(desk)
    shown = nadia.get(address).content.decode()
    assert "data-rings" in shown
    assert "Jane Doe" in shown
    assert 'data-key="p"' in shown
    other = type(nadia)()
    other.force_login(desk.hugo)
    assert "data-rings" not in other.get("/desk/").content.decode()


def counted(monkeypatch) -> list[str]:
    """The reads of Redis that a request makes."""
    reads: list[str] = []
    for name in ("get", "get_many"):
        real = getattr(cache, name)
        monkeypatch.setattr(
            cache, name, lambda *a, _real=real, _name=name, **k: reads.append(f"{_name} {a}") or _real(*a, **k)
        )
    return reads


def test_a_poll_costs_one_read_of_redis_while_nothing_changed(desk, nadia, monkeypatch, django_assert_max_num_queries):
    ring(desk)
    nadia.get("/calls/")
    page = nadia.get("/calls/").content.decode()
    bar = re.search(r'id="bar-poll"[^>]*hx-get="([^"]+)"', nadia.get("/desk/").content.decode())[1].replace(
        "&amp;", "&"
    )
    address = re.search(r'id="calls-poll"[^>]*hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    for asked in (address, bar):
        nadia.get(asked)
        reads = counted(monkeypatch)
        with django_assert_max_num_queries(2):  # the session and the person
            assert nadia.get(asked).status_code == 204
        # Who asks, and what they may, is read for every request alike; reference data once a second in a process.
        own = [read for read in reads if not re.search(r"sessions|scope:|^get \('version:", read)]
        assert len(own) == 1, (asked, reads)
        monkeypatch.undo()


def test_only_what_changed_is_sent_again(desk, nadia, django_assert_max_num_queries):
    page = nadia.get("/calls/").content.decode()
    sums = re.findall(r'name="sum" value="([^"]+)"', page)
    assert len(sums) == 7
    same = nadia.get("/calls/live/", {"sum": sums, "v": "old"}, **IN_PLACE).content.decode()
    assert "data-part" not in same
    ring(desk)
    with django_assert_max_num_queries(45):
        other = nadia.get("/calls/live/", {"sum": sums, "v": "old"}, **IN_PLACE).content.decode()
    assert 'id="calls-queue"' in other
    assert 'id="calls-now"' in other
    assert 'id="calls-wrap"' not in other


def test_who_pauses_is_asked_for_help_once_in_ten_minutes(desk, nadia):
    presence.set_state(desk.hugo_operator, "pause", reason=desk.lunch)
    ring(desk)
    do(nadia, "answer")
    ring(desk, NOBODY)
    cache.clear()  # nothing commits in a test, so that nobody says that figures have changed
    assert "Appeler du renfort" in part(nadia, "operators")
    assert do(nadia, "help").status_code == 200
    assert list(Notice.objects.values_list("user__username", "url")) == [("hugo", "/calls/")]
    assert do(nadia, "help").status_code == 422


# ---- the order of natures


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
