"""Who calls, in whatever way the number is written."""

import pytest

from itsm.people import services as people
from servicedesk.calls import matching, numbers, services


@pytest.mark.parametrize(
    "written",
    ["+33155000010", "01 55 00 00 10", "0155000010", "0033 1 55 00 00 10", "33155000010", "+33 (0)1 55 00 00 10", " 33155000010", "sip:+33155000010@pbx.example:5060", "01.55.00.00.10"],
)  # fmt: skip
def test_a_number_is_known_however_it_is_written(desk, written):
    match = matching.find(written, organisation=desk.lumen)
    assert (match.certain, match.maybes, match.vip, match.number) == (desk.jane, [], True, "+33155000010")


@pytest.mark.parametrize("written", ["", "anonymous", "Unknown", " "])
def test_a_withheld_number_is_nobody(desk, written):
    assert matching.find(written, organisation=desk.lumen) == matching.Match()


def test_two_who_share_a_number_are_both_only_maybe(desk):
    paul = people.create_person(
        actor=None, username="paul2", last_name="Meyer", organisation=desk.lumen, mobile="+33155000010"
    )
    match = matching.find("+33155000010", organisation=desk.lumen)
    assert (match.certain, set(match.maybes)) == (None, {desk.jane, paul})


def test_a_site_is_recognised_by_its_number_and_by_its_block(desk):
    desk.paris.phone = "01 42 00 12 00"
    desk.paris.save()
    assert matching.find("+33142001200", organisation=desk.lumen).site == desk.paris
    near = matching.find("+33142001277", organisation=desk.finance)
    assert (near.certain, near.site, near.organisation) == (None, desk.paris, desk.lumen)


def test_a_short_number_proposes_whose_number_ends_so(desk):
    assert matching.find("0010", organisation=desk.lumen).maybes == [desk.jane]


def test_people_of_another_house_are_never_proposed(desk):
    desk.stranger.phone = "+33155009999"
    desk.stranger.save()
    assert matching.find("+33155009999", organisation=desk.lumen).certain is None
    assert matching.find("+33155009999", organisation=desk.other).certain == desk.stranger


def test_whom_an_operator_recognised_is_proposed_the_next_time(desk):
    call = services.start_by_hand(actor=desk.nadia, from_number="+33612345678")
    assert matching.find("+33612345678", organisation=desk.lumen).maybes == []
    services.say_who(call, caller=desk.colleague, actor=desk.nadia)
    again = matching.find("+33612345678", organisation=desk.lumen)
    assert (again.certain, again.maybes) == (None, [desk.colleague])


def test_a_known_number_costs_one_look_at_the_people(desk, django_assert_num_queries):
    matching.find("+33155000010", organisation=desk.lumen)
    with django_assert_num_queries(1):
        matching.find("0155000010", organisation=desk.lumen)


def test_a_number_shows_only_its_end_to_who_need_not_call_it():
    assert numbers.masked("+33155000010") == "••• 0010"
    assert numbers.masked("4102") == "4102"
    assert numbers.spoken("+33155000010") == "+33 1 55 00 00 10"
