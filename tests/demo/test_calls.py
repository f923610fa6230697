"""The switchboard of the demo: its ninety days hang together, this moment is there, and it goes on by itself."""

from collections import Counter
from datetime import timedelta

import pytest

from demo import callplay
from itsm.people.models import User
from itsm.records.models import Record
from kpis.models import Fact
from servicedesk.calls import figures
from servicedesk.calls.campaigns.models import CallCampaign, CampaignAttempt, CampaignTarget
from servicedesk.majors.models import MajorIncident
from servicedesk.models import Call, CallLink, CallNumber, MajorCaller, Operator, OperatorSpan

pytestmark = pytest.mark.usefixtures("lumen")


def test_the_major_incident_has_its_calls_and_everybody_was_told():
    major = Record.objects.get(major=True)
    assert Call.objects.filter(major=major).count() == 146
    assert set(MajorCaller.objects.filter(major__record=major).values_list("outcome", flat=True)) <= {"told", "failed"}
    children = Record.objects.filter(parent=major, channel="phone").values("pk")
    assert CallLink.objects.filter(record__in=children, how="created").count() == len(children)


def test_each_ticket_of_the_telephone_has_the_call_that_opened_it(lumen):
    rows = CallLink.objects.filter(how="created").select_related("call", "record")
    assert rows
    for link in rows:
        assert link.record.channel == "phone"
        assert link.call.caller_id == link.record.requester_id
        assert link.call.started_at < link.record.opened_at
        assert link.call.answered_at is not None
    assert not Call.objects.filter(started_at__gt=lumen).exists()


def test_mondays_are_the_peak_and_figures_are_those_of_a_desk():
    days = Counter(
        at.weekday() for at in Call.objects.filter(major=None, call_id="").values_list("started_at", flat=True)
    )
    assert max(days, key=days.__getitem__) == 0
    assert days[6] < days[2]
    offered = Fact.objects.filter(kpi="abandon-rate")
    given_up = offered.filter(numerator=1).count() / offered.count()
    assert 0.01 < given_up < 0.25
    assert Fact.objects.filter(kpi="occupancy").exists()
    assert Fact.objects.filter(kpi="calls-to-records", numerator=1).exists()


def test_spans_of_operators_follow_each_other():
    for operator in Operator.objects.all():
        last = None
        for span in OperatorSpan.objects.filter(operator=operator).order_by("began_at", "ended_at"):
            assert last is None or span.began_at >= last - timedelta(seconds=1), (operator, span.began_at)
            last = span.ended_at or last


def test_this_moment_is_the_mock_up():
    found = figures.live(User.objects.get(username="operator"))
    assert (found["waiting"], found["call_backs"], found["call_backs_late"]) == (5, 6, 0)
    assert [row["code"] for row in found["queues"]] == ["N1", "EN"]
    nadia = Operator.objects.get(person__username="operator")
    assert (nadia.extension, nadia.state, nadia.call.caller.username) == ("4102", "in_call", "tgarnier")
    assert Call.objects.waiting().filter(vip=True).get().caller.last_name == "Meyer"
    assert CallNumber.objects.filter(menu__isnull=False).count() == 1


def test_it_goes_on_by_itself_and_leaves_the_accounts_alone(lumen, time_machine):
    busy = Call.objects.filter(operator__person__username="operator", state="in_progress").values_list("pk", flat=True)
    mine = list(busy)
    for minutes in (1, 4, 8, 12, 16):
        time_machine.move_to(lumen + timedelta(minutes=minutes), tick=False)
        callplay.play()
    assert list(busy) == mine
    assert not Call.objects.waiting().filter(queued_at__lt=lumen).exists(), "those who waited were answered or gave up"
    assert Call.objects.filter(call_id="demo", state="closed").exists()


def test_campaigns_are_there_one_finished_and_one_draft_and_nothing_is_to_be_sent():
    assert Counter(CallCampaign.objects.values_list("state", flat=True)) == {"finished": 1, "draft": 1}
    finished = CallCampaign.objects.get(state="finished")
    assert finished.is_all_clear
    assert finished.ended_at > finished.started_at
    states = Counter(CampaignTarget.objects.filter(campaign=finished).values_list("state", flat=True))
    assert states["reached"] > 0
    assert set(states) <= {"reached", "failed", "skipped"}
    assert CampaignAttempt.objects.filter(target__campaign=finished).count() == states["reached"] + states["failed"]


def test_what_is_proposed_as_major_is_a_surge_on_one_service():
    proposed = MajorIncident.objects.get(state="proposed")
    assert proposed.record.service.item.name == "Finance (FinSuite)"
    assert proposed.record.child_count == 8
    assert proposed.why[0]["calls"] == 9
