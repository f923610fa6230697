"""A merge and its undo: everything goes there, everything comes home, and nothing said in between is lost."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import connections
from django.test import Client

from itsm.audit.models import Entry
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.escalation import returning
from itsm.levels import clocks as levels
from itsm.levels.models import Clock
from itsm.notify import outbox
from itsm.notify.models import Message, Notice
from itsm.records import search
from itsm.records.models import Attachment, Comment, FollowUp, Merge, Record, Silence, Watch
from itsm.records.promises import CHANGED
from itsm.records.timeline import timeline
from servicedesk.desk import policies
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

from .test_families import counts_are_true, family

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEPT = (
    "state", "phase", "assignee_id", "team_id", "parent_id", "merged_into_id", "resolution_code_id", "closed_at", "resolved_at", "due_at",
    "queue_at", "hold_reason_id", "hold_until", "state_before_hold", "child_count", "acknowledged_at", "priority", "reassignment_count",
)  # fmt: skip


def opened(world, title="No mail", person=None):
    person = person or world.customer
    return services.open_incident(actor=person, title=title, requester=person)


@pytest.fixture
def twins(world):
    """The ticket that goes on, and one about the same thing with all that can hang on it."""
    target, source = opened(world, "Mail is down"), opened(world, "No mail here", world.colleague)
    services.acknowledge(source.pk, actor=world.agent)
    services.comment(source.pk, actor=world.colleague, body="Since this morning", public=True)
    services.comment(source.pk, actor=world.agent, body="Same as the other", public=False)
    said = Comment.objects.get(body="Since this morning")
    file = Attachment(record=source, comment=said, name="screen.png", size=1, content_type="image/png", sha256="0" * 64)
    file.file.save("x", ContentFile(b"x"))
    Watch.objects.create(record_id=source.pk, user=world.network)
    return target, source


def fresh(record) -> Incident:
    return Incident.objects.get(pk=record.pk)


def standing(record) -> dict:
    found = fresh(record)
    return {name: getattr(found, name) for name in KEPT} | {
        "clocks": list(Clock.objects.filter(record_id=record.pk).order_by("metric").values(*CHANGED)),
        "comments": list(Comment.objects.filter(record_id=record.pk).order_by("pk").values_list("pk", "origin_id")),
        "files": list(Attachment.objects.filter(record_id=record.pk).order_by("pk").values_list("pk", flat=True)),
        "watches": list(
            Watch.objects.filter(record_id=record.pk).order_by("user_id").values_list("user_id", flat=True)
        ),
        "silence": list(Silence.objects.filter(record_id=record.pk).values()),
    }


def sentences(record, *, agent=True) -> list[str]:
    return [line.sentence for line in timeline(fresh(record), agent=agent) if line.kind == "event"]


@pytest.mark.parametrize("hidden", [0, 1])
def test_a_confidential_ticket_and_one_that_is_not_stay_two(world, twins, hidden):
    world.circle.members.add(world.agent)
    services.edit(twins[hidden].pk, actor=world.agent, confidentiality=world.circle)
    with pytest.raises(DomainError) as refused:
        services.merge(twins[1].pk, actor=world.agent, into=fresh(twins[0]))
    assert refused.value.field == "into"
    assert fresh(twins[1]).merged_into_id is None


def test_a_merge_taken_back_leaves_both_tickets_as_they_were(world, twins):
    target, source = twins
    before = standing(source), standing(target)
    services.merge(source.pk, actor=world.agent, into=target)
    assert standing(source) != before[0]
    services.unmerge(source.pk, actor=world.agent)
    assert (standing(source), standing(target)) == before


def test_what_was_said_in_between_stays_where_it_was_said(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    services.comment(target.pk, actor=world.colleague, body="Any news?", public=True)
    Watch.objects.create(record_id=target.pk, user=world.mainframe)
    services.unmerge(source.pk, actor=world.agent)
    assert list(fresh(target).comments.values_list("body", flat=True)) == ["Any news?"]
    assert set(fresh(target).watches.values_list("user_id", flat=True)) == {world.mainframe.pk}
    assert fresh(source).comments.count() == 2


def test_a_follower_of_both_goes_on_following_both(world, twins):
    target, source = twins
    Watch.objects.create(record_id=target.pk, user=world.network)
    services.merge(source.pk, actor=world.agent, into=target)
    services.unmerge(source.pk, actor=world.agent)
    assert fresh(target).watches.filter(user=world.network).exists()
    assert fresh(source).watches.filter(user=world.network).exists()


def test_the_clocks_have_run_all_the_time(world):
    with time_machine.travel(TUESDAY, tick=False) as now:
        target, source = opened(world), opened(world)
        due = fresh(source).due_at
        now.shift(timedelta(minutes=30))
        services.merge(source.pk, actor=world.agent, into=target)
        assert fresh(source).clocks.get(metric="resolve").state == "cancelled"
        now.shift(timedelta(minutes=9))
        services.unmerge(source.pk, actor=world.agent)
        clock = fresh(source).clocks.get(metric="resolve")
        assert (clock.state, levels.elapsed(clock, TUESDAY + timedelta(minutes=39))) == ("running", 39 * 60)
        assert (clock.due_at, fresh(source).due_at) == (due, due)


def test_a_ticket_that_waited_waits_again_and_its_silence_goes_on(world):
    target, source = opened(world), opened(world)
    services.hold(source.pk, actor=world.agent, reason=world.wait_requester, comment="Which printer?")
    Silence.objects.filter(record_id=source.pk).update(reminders=1)
    before = standing(source)
    assert before["silence"]
    services.merge(source.pk, actor=world.agent, into=target)
    assert not Silence.objects.filter(record_id=source.pk).exists()
    services.unmerge(source.pk, actor=world.agent)
    assert standing(source) == before


def test_a_follow_up_comes_back_and_is_told_on_its_day_or_at_once_when_that_came_meanwhile(world):
    target, planned, due, told = opened(world), opened(world), opened(world), opened(world)
    rows = FollowUp.objects.order_by("pk")
    with time_machine.travel(TUESDAY, tick=False) as clock:
        for source, minutes in ((planned, 60), (due, 5), (told, 1)):
            on = TUESDAY + timedelta(minutes=minutes)
            services.follow_up(source.pk, actor=world.agent, on=on, reason="Call the supplier")
        clock.shift(120)
        assert returning.tell_follow_ups() == 1
        before = list(rows.values())
        for source in (planned, due, told):
            services.merge(source.pk, actor=world.agent, into=target)
        clock.shift(300)
        assert (returning.tell_follow_ups(), rows.count()) == (0, 0)
        for source in (planned, due, told):
            services.unmerge(source.pk, actor=world.teammate)
        assert list(rows.values()) == before
        assert fresh(planned).follow_up_at == TUESDAY + timedelta(minutes=60)
        assert returning.tell_follow_ups() == 1
        clock.shift(3600)
        assert [returning.tell_follow_ups() for _twice in range(2)] == [1, 0]


def test_the_old_number_leads_there_and_comes_back(world, twins, client):
    target, source = twins
    client.force_login(world.agent)
    services.merge(source.pk, actor=world.agent, into=target)
    assert client.get(f"/r/{source.number}")["Location"].endswith(f"{target.number}/")
    services.unmerge(source.pk, actor=world.agent)
    assert client.get(f"/r/{source.number}")["Location"].endswith(f"{source.number}/")


def test_a_chain_is_taken_back_from_its_end(world):
    first, second, third = opened(world), opened(world), opened(world)
    services.merge(first.pk, actor=world.agent, into=second)
    services.merge(second.pk, actor=world.agent, into=third)
    assert fresh(first).merged_into_id == third.pk
    with pytest.raises(IllegalMove, match=second.number):
        services.unmerge(first.pk, actor=world.agent)
    services.unmerge(second.pk, actor=world.agent)
    assert fresh(first).merged_into_id == second.pk
    services.unmerge(first.pk, actor=world.agent)
    assert fresh(first).merged_into_id is None


def test_children_come_home(world):
    source, children = family(world)
    target = opened(world, person=world.colleague)
    services.merge(source.pk, actor=world.agent, into=target)
    services.unmerge(source.pk, actor=world.agent)
    assert {fresh(child).parent_id for child in children} == {source.pk}
    assert (fresh(source).child_count, fresh(target).child_count) == (2, 0)
    assert counts_are_true()


def test_a_child_that_took_its_parents_place_steps_back(world):
    source, (heir, other) = family(world)
    services.merge(source.pk, actor=world.agent, into=heir)
    services.unmerge(source.pk, actor=world.agent)
    assert [fresh(child).parent_id for child in (heir, other)] == [source.pk, source.pk]
    assert counts_are_true()


def test_children_that_moved_on_keep_the_merge_as_it_is(world):
    source, (one, _two) = family(world)
    target, other = opened(world), opened(world)
    services.merge(source.pk, actor=world.agent, into=target)
    services.link(one.pk, actor=world.agent, to=other, type="child_of")
    with pytest.raises(IllegalMove, match=one.number):
        services.unmerge(source.pk, actor=world.agent)
    assert fresh(source).state == "merged"
    assert counts_are_true()


def test_a_child_with_a_family_of_its_own_does_not_become_a_child_again(world):
    source, (heir, _other) = family(world)
    services.merge(source.pk, actor=world.agent, into=heir)
    services.link(opened(world).pk, actor=world.agent, to=fresh(heir), type="child_of")
    with pytest.raises(IllegalMove, match=heir.number):
        services.unmerge(source.pk, actor=world.agent)


def test_a_ticket_does_not_come_back_under_a_parent_that_was_merged(world):
    parent, (source, _other) = family(world)
    services.merge(source.pk, actor=world.agent, into=opened(world, person=world.colleague))
    services.merge(parent.pk, actor=world.agent, into=opened(world, person=world.colleague))
    with pytest.raises(IllegalMove, match=parent.number):
        services.unmerge(source.pk, actor=world.agent)
    services.unmerge(parent.pk, actor=world.agent)
    services.unmerge(source.pk, actor=world.agent)
    assert fresh(source).parent_id == parent.pk
    assert counts_are_true()


def test_after_ten_minutes_it_is_too_late(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    row = Merge.objects.get()
    Merge.objects.update(at=row.at - timedelta(minutes=11))
    with pytest.raises(IllegalMove, match="10"):
        services.unmerge(source.pk, actor=world.agent)


def test_a_merge_of_before_the_log_cannot_be_taken_back(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    Merge.objects.all().delete()
    with pytest.raises(IllegalMove):
        services.unmerge(source.pk, actor=world.agent)


def test_twice_is_refused_and_changes_nothing(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    services.unmerge(source.pk, actor=world.agent)
    before = standing(source)
    with pytest.raises(IllegalMove):
        services.unmerge(source.pk, actor=world.agent)
    assert standing(source) == before


def test_merged_taken_back_and_merged_again(world, twins):
    target, source = twins
    for _time in range(2):
        services.merge(source.pk, actor=world.agent, into=target)
        services.unmerge(source.pk, actor=world.agent)
    assert Merge.objects.filter(undone_at__isnull=False).count() == 2


def test_both_timelines_say_it_both_ways_and_the_requester_reads_it(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    services.unmerge(source.pk, actor=world.agent)
    assert f"{source.number} a été ressorti : la fusion est annulée." in " ".join(sentences(target)).replace(
        "\xa0", " "
    )
    assert any(target.number in text and "annulée" in text for text in sentences(source, agent=False))
    verbs = (
        Entry.objects.filter(subject_kind="record", subject_id=source.pk).order_by("pk").values_list("verb", flat=True)
    )
    assert list(verbs)[-2:] == ["incident.merged", "incident.unmerged"]


def test_the_requester_hears_of_the_merge_and_then_that_it_is_undone(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    outbox.drain()
    told = Message.objects.filter(to_user=world.colleague, record_id=source.pk)
    assert target.number in told.get(template="ticket_merged").body_text
    services.unmerge(source.pk, actor=world.agent)
    outbox.drain()
    assert source.number in told.get(template="ticket_unmerged").body_text
    assert Notice.objects.filter(user=world.colleague, template="unmerged").count() == 1


def test_who_never_heard_of_the_merge_is_not_told_that_it_is_undone(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    services.unmerge(source.pk, actor=world.agent)
    outbox.drain()
    assert not Message.objects.filter(template__in=["ticket_merged", "ticket_unmerged"]).exists()


def test_words_are_found_where_the_messages_are(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    outbox.drain()
    assert search.find_ids("morning", internal=False) == [target.pk]
    services.unmerge(source.pk, actor=world.agent)
    outbox.drain()
    assert search.find_ids("morning", internal=False) == [source.pk]


def test_only_who_works_the_merged_ticket_takes_it_back(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    with pytest.raises(NotAllowed):
        policies.check(world.mainframe, fresh(source), "unmerge")
    with pytest.raises(NotAllowed):
        policies.check(world.colleague, fresh(source), "unmerge")
    policies.check(world.teammate, fresh(source), "unmerge")


def test_the_move_is_offered_for_ten_minutes(world, twins):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    assert "unmerge" in {move.name for move in policies.moves_for(world.agent, fresh(source))}
    early = fresh(source).closed_at - timedelta(minutes=11)
    Record.objects.filter(pk=source.pk).update(opened_at=early, closed_at=early)
    assert "unmerge" not in {move.name for move in policies.moves_for(world.agent, fresh(source))}


def run_together(*acts):
    """Both at once; the errors that came."""
    barrier, errors = threading.Barrier(len(acts)), []

    def run(act):
        barrier.wait(timeout=10)
        try:
            act()
        except DomainError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return errors


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_once_are_one(world, twins):
    target, source = twins
    before = standing(source), standing(target)
    services.merge(source.pk, actor=world.agent, into=target)
    errors = run_together(
        lambda: services.unmerge(source.pk, actor=world.agent), lambda: services.unmerge(source.pk, actor=world.lead)
    )
    assert len(errors) == 1
    assert (standing(source), standing(target)) == before


@pytest.mark.django_db(transaction=True)
def test_an_undo_against_a_message_and_against_another_merge(world):
    """A message stays where it is said; of an undo and a merge of the ticket that goes on, one is refused."""
    for _round in range(3):
        first, second, third = opened(world), opened(world), opened(world)
        services.comment(first.pk, actor=world.customer, body="Mine", public=True)
        services.merge(first.pk, actor=world.agent, into=second)
        run_together(
            lambda pk=first.pk: services.unmerge(pk, actor=world.agent),
            lambda pk=second.pk: services.comment(pk, actor=world.agent, body="Between", public=True),
            lambda pk=second.pk, into=third: services.merge(pk, actor=world.lead, into=into),
        )
        mine = Comment.objects.filter(body="Mine").latest("pk")
        assert mine.record_id == (first.pk if fresh(first).merged_into_id is None else third.pk)
        assert counts_are_true()


def address(incident, rest=""):
    return f"/desk/incidents/{incident.number}/{rest}"


@pytest.fixture
def desk(world):
    client = Client()
    client.force_login(world.agent)
    return client


def test_both_pages_offer_the_way_back_and_it_works_from_each(world, twins, desk):
    target, source = twins
    for page in (source, target):
        desk.post(address(source, "merge/"), {"into": target.number, "sure": target.number})
        text = desk.get(address(page)).content.decode()
        assert f'action="{address(source, "unmerge/")}"' in text
        answer = desk.post(address(source, "unmerge/"), {"from": page.number}, follow=True)
        assert answer.redirect_chain[-1][0] == address(page)
        assert "de nouveau un ticket à part" in answer.content.decode()
        assert fresh(source).state == "in_progress"
        assert "unmerge/" not in desk.get(address(page)).content.decode()


def test_the_toast_of_a_merge_takes_it_back(world, twins, desk):
    target, source = twins
    page = desk.post(
        address(source, "merge/"), {"into": target.number, "sure": target.number}, follow=True
    ).content.decode()
    way = f'action="{address(source, "unmerge/")}"'
    assert way in page.split('class="toasts"')[1].split('id="lost"')[0]
    assert 'id="act-unmerge"' in page


def test_too_late_is_said_on_the_page(world, twins, desk):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    Merge.objects.update(at=Merge.objects.get().at - timedelta(minutes=11))
    page = desk.post(address(source, "unmerge/"), follow=True).content.decode()
    assert "10 minutes" in page
    assert fresh(source).state == "merged"


def test_the_page_of_a_merge_stays_within_its_budget(world, twins, desk, django_assert_max_num_queries):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    desk.get(address(target))
    with django_assert_max_num_queries(12):
        desk.get(address(target))


def test_the_ticket_that_goes_on_is_shown_before_anything_is_merged(world, twins, desk):
    target, source = twins
    sent = {"version": fresh(source).version, "into": target.number}
    answer = desk.post(address(source, "merge/"), sent)
    text = answer.content.decode()
    assert answer.status_code == 200
    for words in (target.title, world.customer.display_name, f"Fusionner avec {target.number}"):
        assert words in text
    assert fresh(source).state == "in_progress"
    other = opened(world, "Another one")
    assert (
        other.title
        in desk.post(address(source, "merge/"), sent | {"into": other.number, "sure": target.number}).content.decode()
    )
    assert fresh(source).state == "in_progress"
    assert desk.post(address(source, "merge/"), sent | {"sure": target.number}).status_code == 302
    assert fresh(source).merged_into_id == target.pk


def test_the_way_back_stands_once_on_the_merged_ticket_and_once_on_the_other(world, twins, desk):
    target, source = twins
    services.merge(source.pk, actor=world.agent, into=target)
    for record in (source, target):
        text = desk.get(address(record)).content.decode()
        assert text.count(f'action="/desk/incidents/{source.number}/unmerge/"') == 1


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_merge_and_its_undo_in_the_browser(world, twins, browse):
    target, source = twins
    page = browse(login="agent", language="en")
    page.goto(address(source))
    page.locator(".tools details.menu summary[aria-label='More']").click()
    page.get_by_role("link", name="Merge").click()
    page.fill("#dialog [name=into]", target.number)
    page.locator("#dialog").get_by_text(f"{target.title}").first.click()  # the picker sends what is picked
    page.locator("#dialog button:focus", has_text=f"Merge into {target.number}").wait_for()
    assert world.customer.display_name in page.locator("#merge-into").inner_text()
    page.keyboard.press("Enter")
    page.locator(".toast-v button").click()
    page.locator(".toasts").get_by_text(f"{source.number} is a ticket of its own again.").wait_for()
    page.get_by_text("Since this morning").wait_for()
    assert fresh(source).state == "in_progress"
