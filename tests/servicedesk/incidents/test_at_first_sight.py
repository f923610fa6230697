"""What a first reader stumbled over: tickets on the next page, blind merges, unread bells, dumb likeness, timers that stay."""

import pytest
from django.test import Client
from django.utils.translation import override

from itsm.core import now
from itsm.notify import notices
from itsm.notify.models import Notice
from itsm.records import search, timekeeping
from servicedesk.desk import queuepane
from servicedesk.incidents import services
from servicedesk.macros import words
from servicedesk.macros.models import ChecklistTemplate, Macro

GONE, FURTHER = "No longer in this queue", "On another page of this queue"


def report(world, title: str, **more):
    return services.open_incident(actor=world.customer, requester=world.customer, title=title, urgency=3, **more)


def signed(person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def test_a_ticket_on_the_next_page_has_not_left_the_queue(world, monkeypatch):
    made = [report(world, f"Écran noir {n}") for n in range(5)]
    monkeypatch.setattr(queuepane, "SIZE", 2)
    desk = signed(world.agent)
    assert [row["number"] for row in desk.get("/desk/?tab=open").context["list"].rows] == [i.number for i in made[:2]]
    last = desk.get(f"/desk/{made[-1].number}/?tab=open").content.decode()
    assert FURTHER in last
    assert GONE not in last
    services.acknowledge(made[-1].pk, actor=world.agent)
    taken = desk.get(
        f"/desk/{made[-1].number}/?tab=unassigned", headers={"Referer": "http://testserver/desk/"}
    ).content.decode()
    assert GONE in taken
    assert FURTHER not in taken


def test_a_merge_offers_what_is_like_the_ticket_then_what_is_typed(world):
    one, other = report(world, "Imprimante bloquée au 4e"), report(world, "Imprimante du 4e : file bloquée")
    report(world, "VPN coupé")
    search.index([one.pk, other.pk])
    desk = signed(world.agent)
    at = f"/desk/incidents/pick/tickets/?for={one.number}"
    offered = desk.get(at).content.decode()
    assert other.number in offered
    assert world.customer.display_name in offered
    assert one.number not in offered
    assert other.number in desk.get(f"{at}&q=file bloq").content.decode()
    assert other.number in desk.get(f"{at}&q={other.number[:8].lower()}").content.decode()
    assert other.number not in desk.get(f"{at}&q=INC9²").content.decode()
    foreign = signed(world.foreign_agent).get("/desk/incidents/pick/tickets/?q=imprimante")
    assert other.number not in foreign.content.decode()


def test_who_opens_a_ticket_has_read_its_bell(world):
    incident, other = report(world, "Écran noir"), report(world, "Clavier")
    for n, of in enumerate((incident, other)):
        notices.tell(f"x{n}", [world.agent.pk], "assigned", record_id=of.pk)
    desk = signed(world.agent)
    desk.post(f"/desk/incidents/{incident.number}/presence/", {"mode": "viewing"})
    unread = Notice.objects.filter(user=world.agent, read_at=None)
    assert list(unread.values_list("record_id", flat=True)) == [other.pk]
    notices.tell("y", [world.customer.pk], "replied", record_id=incident.pk)
    signed(world.customer).get(f"/portal/tickets/{incident.number}/")
    assert not Notice.objects.filter(user=world.customer, record_id=incident.pk, read_at=None).exists()


def test_a_rare_word_makes_tickets_alike_and_a_common_one_does_not(world):
    common = [report(world, f"Je ne reçois plus rien, message {n}") for n in range(12)]
    printer = report(world, "Imprimante en panne")
    search.index([each.pk for each in [*common, printer]])
    search.refresh_lexemes()
    found = search.similar_ids("L’imprimante du 4e n’imprime plus rien", internal=True)
    assert found[0] == printer.pk


def test_the_requester_still_reads_what_was_done_once_it_is_closed(world):
    incident = report(world, "Bourrage")
    services.resolve(incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Bourrage retiré.")
    services.close(incident.pk, actor=world.customer)
    assert "Bourrage retiré." in signed(world.customer).get(f"/portal/tickets/{incident.number}/").content.decode()


def test_a_merged_ticket_takes_no_more_time(world):
    one, other = report(world, "Écran noir"), report(world, "Écran toujours noir")
    services.merge(one.pk, actor=world.agent, into=other)
    assert "act-time" not in signed(world.agent).get(f"/desk/incidents/{one.number}/").content.decode()


def test_resolving_takes_the_timer_off_the_page(world):
    incident = report(world, "Écran noir")
    timekeeping.start(incident.pk, actor=world.agent)
    desk = signed(world.agent)
    page = f"http://testserver/desk/incidents/{incident.number}/"
    answer = desk.post(
        f"/desk/incidents/{incident.number}/resolve/",
        {"resolution_code": world.solved.code, "resolution": "Fait.", "version": incident.version, "minutes": "5"},
        headers={"hx-request": "true", "hx-current-url": page, "hx-target": "move-form"},
    )
    assert '<span id="my-timer" hx-swap-oob="true"></span>' in answer.content.decode()


def test_what_a_macro_does_can_be_read_by_who_may_not_change_it(world):
    steps = ChecklistTemplate.objects.create(name="Départ", lines="Rendre le badge")
    macro = Macro.objects.create(
        name="Relancer", take=True, urgency=2, reply="Bonjour {requester}", public=False, task="Rappeler", checklist=steps,
        hold_reason=world.wait_requester, hold_days=2, follow_up_days=3,
    )  # fmt: skip
    with override("en"):
        told = words.does(macro)
    assert told[0] == "Takes charge"
    assert "Writes an internal note: Bonjour {requester}" in told
    assert f"Holds for 2 days: {world.wait_requester.name_en}" in told
    assert told[-1] == "Sets a follow-up in 3 working days"
    page = signed(world.agent).get("/desk/macros/").content.decode()
    assert "Writes an internal note: Bonjour {requester}" in page
    assert f'href="/desk/macros/macros/{macro.pk}/"' not in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_after_a_ticket_has_left_one_goes_on_with_the_next(world, browse):
    made = [report(world, f"Écran noir {n}") for n in range(4)]
    page = browse(login="agent", language="en")
    page.goto(f"/desk/{made[1].number}/?tab=unassigned")
    page.keyboard.press("a")
    page.get_by_text(GONE).wait_for()
    page.keyboard.press("j")
    page.locator(f"#q-{made[2].number}:focus").wait_for()
    page.goto(f"/desk/{made[2].number}/?tab=unassigned")
    page.keyboard.press("a")
    page.get_by_text(GONE).wait_for()
    page.keyboard.press("k")
    page.locator(f"#q-{made[0].number}:focus").wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_many_are_assigned_to_a_person_picked_from_the_list(world, browse):
    made = [report(world, f"Écran noir {n}") for n in range(4)]
    page = browse(login="agent", language="en")
    page.goto("/desk/incidents/?tab=open")
    page.keyboard.press("j")
    page.keyboard.press("x")
    for _n in range(2):
        page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    page.wait_for_function("document.querySelectorAll('input[form=bulk]:checked').length === 3")
    page.keyboard.press("a")
    page.locator("#dialog [name=assignee]").press_sequentially(world.teammate.first_name[:3])
    page.locator("#dialog [role=option]").first.click()
    assert page.locator("#dialog [name=assignee]").input_value() == world.teammate.username
    assert len(made) == 4


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_long_canned_text_is_seen_whole_before_it_is_sent(world, browse):
    incident = report(world, "Écran noir", at=now())
    page = browse(login="agent", language="en")
    page.goto(f"/desk/incidents/{incident.number}/")
    page.fill("#body", "\n".join(f"Ligne {n}" for n in range(9)))
    page.wait_for_function(
        "document.getElementById('body').scrollHeight <= document.getElementById('body').clientHeight"
    )
