"""Where calls go: the hours, the menu, the shortcuts, and that every walk ends in a decision."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from itsm.calendars.models import Calendar
from itsm.people.directory import directory
from servicedesk.calls.models import Call, CallMenu, CallQueue
from servicedesk.calls.routes import Asked
from servicedesk.calls.switchboard import board, shapes, surroundings
from servicedesk.calls.switchboard.deciding import decide, walk
from servicedesk.calls.switchboard.surroundings import Back, OpenMajor, Surroundings

from .factories import fresh, make_board, make_call, make_number, make_operator, make_queue, make_step

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 30, 11, 40, tzinfo=UTC)  # 12:40 in Paris
SUNDAY = datetime(2026, 11, 29, 11, 40, tzinfo=UTC)
ARMISTICE = datetime(2026, 11, 11, 11, 40, tzinfo=UTC)
CALM = Surroundings(lambda _pk: [], dict, lambda _pk, _number: None)
MAIL_DOWN = OpenMajor(7, "INC0004812", {"fr": "La messagerie est arrêtée.", "en": "Mail is down."})


@pytest.fixture
def desk(world):
    return make_board(world)


def asked(world, *pressed, at=MONDAY, **more) -> Asked:
    return Asked(world.lumen.pk, "+33612008803", "+33155000000", at, pressed=pressed, **more)


def test_the_menu_asks_then_sorts(world, desk):
    first = decide(asked(world))
    assert (first.action, first.keys) == ("menu", {"1": "Français", "2": "English"})
    assert first.say == "Français 1, anglais 2."
    english = decide(asked(world, "2"))
    assert (english.action, english.queue_id, english.language) == ("queue", desk.english.pk, "en")
    nature = decide(asked(world, "1", caller_id=world.customer.pk))
    assert (nature.action, nature.keys) == ("menu", {"1": "Panne", "2": "Demande"})
    fault = decide(asked(world, "1", "1", caller_id=world.customer.pk))
    assert (fault.queue_id, fault.say) == (desk.desk.pk, "Un opérateur va vous répondre.")
    assert decide(asked(world, "1", "2", caller_id=world.customer.pk)).action == "call_back"


def test_a_wrong_key_asks_again_and_the_last_try_goes_the_way_without_a_choice(world, desk):
    again = decide(asked(world, "9"))
    assert (again.action, list(again.keys)) == ("menu", ["1", "2"])
    silent = decide(asked(world, "9", "", caller_id=world.customer.pk))
    assert silent.keys == {"1": "Panne", "2": "Demande"}
    assert decide(asked(world, "1", "", "", caller_id=world.customer.pk)).action == "voicemail"


def test_the_shortcuts_of_vips_and_of_numbers_that_are_being_called_back(world, desk):
    assert decide(asked(world, "1", vip=True)).queue_id == desk.vip.pk
    assert decide(asked(world, "1")).queue_id == desk.desk.pk, "not recognised: no question"
    operator = make_operator(world.agent, desk.english)
    make_call(
        world, desk.english, state="call_back_due", ended_at=MONDAY, started_at=MONDAY, call_back_at=MONDAY, call_back_by=operator
    )  # fmt: skip
    fresh()
    back = decide(asked(world, "1"))
    assert (back.action, back.queue_id, back.operator_id) == ("queue", desk.english.pk, operator.pk)


def test_a_call_to_another_house_never_goes_to_who_calls_the_number_back_for_ours(world, desk):
    operator = make_operator(world.agent, desk.english)
    make_call(
        world, desk.english, state="call_back_due", ended_at=MONDAY, started_at=MONDAY, call_back_at=MONDAY, call_back_by=operator
    )  # fmt: skip
    menu = CallMenu.objects.create(organisation=world.other, code="other", name="Autre", name_fr="Autre")
    make_step(menu, "known")
    make_number(world, "+33155009900", organisation=world.other, menu=menu, calendar=desk.number.calendar)
    fresh()
    elsewhere = decide(Asked(world.other.pk, "+33612008803", "+33155009900", MONDAY))
    assert (elsewhere.queue_id, elsewhere.operator_id, elsewhere.through_menu) == (None, None, True)
    assert decide(asked(world, "1")).operator_id == operator.pk


@pytest.mark.parametrize("at", [SUNDAY, ARMISTICE], ids=["sunday", "public holiday"])
def test_a_closed_number_says_so(world, desk, at):
    closed = decide(asked(world, at=at))
    assert (closed.action, closed.reason, closed.in_hours) == ("reject", "closed", False)
    assert closed.say == "Nous sommes fermés."
    desk.number.when_closed = "call_back"
    desk.number.save()
    fresh()
    assert decide(asked(world, at=at)).action == "call_back"


def test_an_open_major_incident_is_announced_and_a_key_puts_on_its_list(world, desk):
    storm = replace(CALM, majors=lambda _pk: [MAIL_DOWN])
    said, _why = walk(asked(world, "1"), board.board.get(), storm)
    assert (said.action, said.say, said.major_id) == ("menu", "La messagerie est arrêtée.", 7)
    listed, _why = walk(asked(world, "1", "1"), board.board.get(), storm)
    assert (listed.action, listed.major_id) == ("register", 7)
    other, _why = walk(asked(world, "1", ""), board.board.get(), storm)
    assert (other.action, other.queue_id, other.say) == ("queue", desk.desk.pk, "Un opérateur va vous répondre.")


def test_what_was_said_with_an_earlier_answer_is_not_said_again_after_a_key(world, desk):
    desk.number.welcome_fr = "Bonjour, centre de services."
    desk.number.save()
    fresh()
    assert decide(asked(world)).say == "Bonjour, centre de services.\nFrançais 1, anglais 2."
    assert decide(asked(world, "9")).say == "Français 1, anglais 2.", "a wrong key: the question only"
    assert decide(asked(world, "1")).say == "Un opérateur va vous répondre."


def test_each_reason_holds_what_the_caller_hears_and_presses_before_it(world, desk):
    storm = replace(CALM, majors=lambda _pk: [MAIL_DOWN])
    _decision, why = walk(asked(world, "9", "2"), board.board.get(), storm)
    heard = [(reason.heard, reason.pressed) for reason in why if reason.heard or reason.pressed is not None]
    question = (("fr", "Français 1, anglais 2."),)
    assert heard == [(question, "9"), (question, "2")]
    _decision, why = walk(asked(world, "1", "1"), board.board.get(), storm)
    assert (("fr", "La messagerie est arrêtée."),) in [reason.heard for reason in why]
    assert (why[-1].pressed, why[-1].heard[-1][1]) == ("1", "Merci. Vous serez prévenu dès le retour à la normale.")


def test_a_queue_that_is_full_or_closed_overflows(world, desk):
    CallQueue.objects.filter(pk=desk.desk.pk).update(
        most_waiting=2, overflow="queue", overflow_queue=desk.english, max_wait_seconds=60
    )
    CallQueue.objects.filter(pk=desk.english.pk).update(most_waiting=1, overflow="voicemail", max_wait_seconds=60)
    fresh()

    def with_waiting(**numbers):
        around = replace(CALM, waiting=lambda: {getattr(desk, name).pk: n for name, n in numbers.items()})
        return walk(asked(world, "1"), board.board.get(), around)[0]

    assert with_waiting(desk=1).queue_id == desk.desk.pk
    assert with_waiting(desk=2).queue_id == desk.english.pk
    assert with_waiting(desk=2, english=1).action == "voicemail"


def test_a_site_chooses_the_language(world):
    queue = make_queue(world, "N1")
    menu = CallMenu.objects.create(code="sites", name_fr="Sites", name="Sites", organisation=world.lumen)
    root = make_step(menu, "site")
    make_step(menu, "queue", root, f"site-{world.paris.pk}", language="en", queue=queue)
    make_step(menu, "queue", root, "else", queue=queue)
    make_number(world, menu=menu, calendar=Calendar.objects.get(code="ONCALL24"))
    fresh()
    assert decide(asked(world, site_id=world.paris.pk)).language == "en"
    assert decide(asked(world)).language == "fr"


def test_a_number_of_another_organisation_is_not_answered_for(world, desk):
    unknown = decide(replace(asked(world), organisation_id=world.other.pk))
    assert (unknown.action, unknown.queue_id) == ("accept", None)
    below = decide(replace(asked(world), organisation_id=world.finance.pk))
    assert below.action == "menu", "the group's number also serves its subsidiaries"


def test_a_decision_costs_no_query_once_warm(world, desk, django_assert_num_queries):
    CallQueue.objects.update(most_waiting=50, overflow="voicemail", max_wait_seconds=60)
    fresh()
    ways = [
        asked(world),
        asked(world, "1"),
        asked(world, "1", "1", caller_id=world.customer.pk),
        asked(world, at=SUNDAY),
    ]
    for each in ways:
        decide(each)
    with django_assert_num_queries(0):
        for each in ways:
            assert decide(each).because


def test_reasons_are_told_in_the_language_of_the_organisation(world, desk):
    with translation.override("en"):
        assert "Ouvert : Centre de services étendu" in decide(asked(world)).because


# Any tree whatever: of any shape, with ways that lead nowhere, to steps that are gone, round in circles.
KINDS = [*shapes.SHAPES, "a kind of a later version"]
WAYS = [
    *shapes.KEYS,
    "none",
    "open",
    "closed",
    "next",
    "yes",
    "no",
    "known",
    "unknown",
    "full",
    "free",
    "else",
    "site-1",
]


@st.composite
def trees(draw):
    n = draw(st.integers(1, 12))
    keys = st.integers(0, n + 1)

    def step(pk):
        return board.Step(
            pk=pk,
            kind=draw(st.sampled_from(KINDS)),
            ways=draw(st.dictionaries(st.sampled_from(WAYS), keys, max_size=5)),
            labels=board.both(draw(st.sampled_from(["", "Panne"])), ""),
            says=board.both(draw(st.sampled_from(["", "Bonjour"])), ""),
            language=draw(st.sampled_from(["", "fr", "en"])),
            queue_id=draw(st.sampled_from([None, 1, 2, 3, 99])),
            goto_id=draw(st.one_of(st.none(), keys)),
            number=draw(st.sampled_from(["", "+33155000042"])),
            tries=draw(st.integers(0, 3)),
            register_key=draw(st.sampled_from(["", "1", "#", "x"])),
        )

    return board.Menu(1, "any", board.both("", ""), draw(keys), {pk: step(pk) for pk in range(1, n + 1)})


@st.composite
def boards(draw):
    ends = ["none", "queue", "call_back", "voicemail"]
    queues = {
        pk: board.Queue(
            pk, f"Q{pk}", board.both("", ""), None, draw(st.sampled_from(ends)), draw(st.sampled_from([None, 1, 2, 3])),
            draw(st.sampled_from([None, 1])), is_active=draw(st.booleans()),
        )
        for pk in (1, 2, 3)
    }  # fmt: skip
    number = board.Number(
        1, "+33155000000", board.both("", ""), 0, menu_id=1, queue_id=draw(st.sampled_from([None, 1, 2])),
        when_closed=draw(st.sampled_from(["reject", "voicemail", "call_back", "queue", "menu"])),
    )  # fmt: skip
    return number, draw(trees()), queues


ACTIONS = {"accept", "queue", "reject", "dial", "menu", "call_back", "voicemail", "register"}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=boards(),
    pressed=st.lists(st.sampled_from([*shapes.KEYS, "", "77"]), max_size=8),
    vip=st.booleans(),
    caller=st.sampled_from([None, 1]),
    majors=st.sampled_from([[], [MAIL_DOWN], [MAIL_DOWN, MAIL_DOWN]]),
    back=st.sampled_from([None, Back(1), Back(1, 1)]),
    full=st.booleans(),
    at=st.sampled_from([MONDAY, SUNDAY]),
)
def test_every_walk_through_any_tree_ends_in_a_decision(world, made, pressed, vip, caller, majors, back, full, at):
    number, menu, queues = made
    directory.get()
    number = replace(number, organisation_id=world.lumen.pk)
    on = board.Board({number.number: number}, {1: menu}, queues)
    around = Surroundings(lambda _pk: majors, lambda: dict.fromkeys(queues, 1 if full else 0), lambda _pk, _n: back)
    given_call = asked(world, *pressed, at=at, vip=vip, caller_id=caller)
    decision, reasons = walk(given_call, on, around)
    assert decision.action in ACTIONS
    assert reasons
    assert decision.because
    if decision.action == "queue":
        assert queues[decision.queue_id].is_active
    assert walk(given_call, on, around)[0] == decision, "the same call goes the same way"


def test_calls_that_wait_are_counted_by_queue(world, desk):
    for _n in range(2):
        make_call(world, desk.desk)
    make_call(world, desk.english, state="closed", ended_at=MONDAY, started_at=MONDAY)
    assert surroundings.waiting() == {desk.desk.pk: 2}
    assert Call.objects.count() == 3
