"""A call from its first ring to its code, by keyboard alone, on the page where one happens to be; and with a major incident open."""

import pytest
from django.core.cache import cache

from itsm.records.models import Record
from servicedesk.calls import presence, services
from servicedesk.calls.models import Call
from servicedesk.majors import services as majors
from tests.browser import faults_in_both_themes, overflows
from tests.servicedesk.calls.switchboard import build, incident

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
JANE, NOBODY = "+33155000010", "+33612008803"


@pytest.fixture
def desk(db):
    """Committed, for a browser reads it."""
    found = build()
    presence.set_state(found.nadia_operator, "available")
    return found


class Keys:
    """Counts what is pressed."""

    def __init__(self, page):
        self.page, self.pressed = page, 0

    def __call__(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1


def ring(desk, number=JANE) -> Call:
    return services.ring(organisation=desk.lumen, from_number=number, to_number="4000", queue=desk.queue)


def test_a_call_pops_up_elsewhere_and_becomes_an_incident_by_keyboard_alone(desk, browse):
    page = browse(login="nadia")
    page.goto("/desk/")
    page.focus("[data-search]")
    page.keyboard.type("impr")
    call = ring(desk)
    page.wait_for_selector("[data-rings]", timeout=3500)
    assert "Jane Doe" in page.inner_text("#ringing")
    assert page.evaluate("document.activeElement.matches('[data-search]')"), "the call takes no focus from who types"
    assert page.input_value("[data-search]") == "impr"
    assert page.title().startswith("☎ Jane Doe")
    keys = Keys(page)
    keys("F2")
    page.wait_for_selector("#calls-now .call-now.is-on")
    keys("t")
    page.wait_for_url("**/desk/incidents/new/**")
    assert page.evaluate("document.activeElement.name") == "title", "the caller is there: one writes at once"
    page.keyboard.type("Messagerie muette depuis ce matin")
    keys("Control+Enter")
    page.wait_for_url("**/calls/")
    record = Record.objects.get(title__startswith="Messagerie muette")
    assert record.number in page.inner_text("#calls-now")
    keys("q")
    page.wait_for_selector("#wrap-form[data-wraps]")
    assert page.get_attribute("#code-ticket", "aria-pressed") == "true"
    keys("w")
    page.wait_for_selector("#calls-now h2:has-text('Vous êtes libre')")
    assert keys.pressed == 5, "besides the words of the ticket"
    call.refresh_from_db()
    link = call.links.get()
    assert (call.state, call.wrap_up_code.code, link.record, link.how) == ("closed", "ticket", record, "created")
    assert (record.channel, record.requester) == ("phone", desk.jane)


@pytest.mark.parametrize(
    ("key", "field"), [("l", "hand_person"), ("i", "who_person"), ("a", "attach_record"), ("e", "transfer_to_queue")]
)
def test_a_question_of_the_console_is_answered_without_the_mouse(desk, browse, key, field):
    page = browse(login="nadia")
    if key != "l":  # who is in a call begins no other
        services.answer(ring(desk), operator=desk.nadia_operator, actor=desk.nadia)
    page.goto("/calls/")
    page.keyboard.press(key)
    page.wait_for_selector("dialog#dialog[open]")
    assert page.evaluate("document.activeElement.id") == field


def test_only_keys_that_do_something_now_are_offered_and_the_menu_counts_at_once(desk, browse):
    page = browse(login="nadia")
    page.goto("/calls/")

    def keys():
        found = "[...document.querySelectorAll('#calls [data-key]')].map(e => e.dataset.key).sort().join('')"
        return page.evaluate(found)

    assert keys() == "l"
    ring(desk)
    page.wait_for_selector("#calls-now .is-ringing", timeout=3500)
    page.wait_for_selector("#count-calls:has-text('1')", timeout=15000)
    assert keys() == "dd"
    page.keyboard.press("d")
    page.wait_for_selector("#hold")
    page.wait_for_selector("#count-calls:not(:has-text('1'))", timeout=5000, state="attached")
    ring(desk, NOBODY)
    page.wait_for_selector("#calls-queue .w-item")
    assert keys() == "aehiqrtw", "nobody is answered, and no call is begun, in a call"
    page.keyboard.press("l")
    page.wait_for_selector(".toasts :text('puis tapez L')")
    page.keyboard.press("q")
    page.wait_for_selector("#wrap-form[data-wraps]")
    page.keyboard.press("h")
    page.wait_for_selector("#wrap-resume")
    page.keyboard.press("h")
    page.wait_for_selector("#wrap-hold")


def test_with_a_major_incident_the_script_comes_first_and_m_attaches(desk, browse):
    record = incident(desk)
    majors.accept(record.pk, actor=desk.lead)
    page = browse(login="nadia")
    page.goto("/calls/")
    call = ring(desk)
    page.wait_for_selector("#calls-now .is-ringing", timeout=3500)
    keys = Keys(page)
    keys("d")
    page.wait_for_selector(".script")
    keys("m")
    page.wait_for_selector("#code-major[aria-pressed=true]")
    call.refresh_from_db()
    assert call.major_id == record.pk
    keys("q")
    page.wait_for_selector("#wrap-form[data-wraps]")
    # Words of a note hold the countdown, and outlive what the poll draws meanwhile.
    page.fill("#wrap-note", "prévenue")
    page.wait_for_selector("#wrap-hold", state="detached")
    ring(desk, NOBODY)
    page.wait_for_selector("#calls-queue .w-item")
    assert page.input_value("#wrap-note") == "prévenue"
    page.click("#code-major")
    page.wait_for_selector("#calls-now .is-ringing")
    call.refresh_from_db()
    assert (call.state, call.note, keys.pressed) == ("closed", "prévenue", 3)


def test_the_console_is_read_by_everybody_and_fits_a_telephone(desk, browse):
    cache.clear()
    majors.accept(incident(desk).pk, actor=desk.lead)
    page = browse(login="nadia")
    page.goto("/calls/")
    assert faults_in_both_themes(page) == []
    ring(desk)
    page.wait_for_selector("#calls-now .is-ringing", timeout=3500)
    page.keyboard.press("d")
    page.wait_for_selector(".script")
    assert faults_in_both_themes(page) == []
    phone = browse(login="nadia", width=320, height=700)
    phone.goto("/calls/")
    phone.wait_for_selector(".call-now.is-on .l5")
    assert not overflows(phone)
    assert phone.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
    numbers = phone.evaluate(
        "[...document.querySelectorAll('.calls .btn')].filter(b => b.checkVisibility()).map(b => b.offsetHeight)"
    )
    assert min(numbers) >= 44


def test_enter_in_the_note_never_writes_another_code_than_the_one_proposed(desk, browse):
    page = browse(login="nadia")
    call = services.answer(ring(desk), operator=desk.nadia_operator, actor=desk.nadia)
    page.goto("/calls/")
    page.fill("#wrap-note", "rappelle demain")
    page.press("#wrap-note", "Enter")
    page.wait_for_selector("#calls-now .note:has-text('rappelle demain')")
    call.refresh_from_db()
    assert (call.wrap_up_code, call.state, page.input_value("#wrap-note")) == (None, "in_progress", "")
    services.attach(call, record=incident(desk), how="attached", actor=desk.nadia)
    page.click("#end")
    page.wait_for_selector("#wrap-form[data-wraps] #code-chased[aria-pressed=true]")
    page.fill("#wrap-note", "informée")
    page.wait_for_selector("#wrap-hold", state="detached")
    page.press("#wrap-note", "Enter")
    page.wait_for_selector("#calls-now h2:has-text('Vous êtes libre')")
    call.refresh_from_db()
    assert (call.wrap_up_code.code, call.state, call.note) == ("chased", "closed", "rappelle demain\ninformée")


def test_two_calls_to_wrap_up_are_told_apart_and_the_second_press_is_for_the_second(desk, browse):
    page = browse(login="nadia")
    first = services.answer(ring(desk), operator=desk.nadia_operator, actor=desk.nadia)
    services.hang_up(first, actor=desk.nadia)
    second = services.start_by_hand(actor=desk.nadia, from_number=NOBODY)
    services.hang_up(second, actor=desk.nadia)
    page.goto("/calls/")
    ring(desk, NOBODY)
    assert second.number in page.inner_text("#calls-wrap header")
    page.fill("#wrap-note", "vu")
    page.wait_for_selector("#wrap-hold", state="detached")
    page.press("#wrap-note", "Enter")
    page.wait_for_selector("#calls-now .note:has-text('vu')")
    page.fill("#wrap-note", "pour le second")
    page.focus("#wrap-free")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#wrap-form [name=call][value={first.number}]", state="attached")
    page.wait_for_selector(".toasts :text('reste à coder')")
    assert page.evaluate("document.activeElement.id") == "now-h", "what one types next is for no other call"
    desk.nadia_operator.refresh_from_db()
    assert (desk.nadia_operator.state, desk.nadia_operator.call) == ("wrap_up", first), "nobody rings meanwhile"
    page.click("#wrap-free")
    page.wait_for_selector("#calls-now .is-ringing")
