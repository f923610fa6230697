"""The on-call pages, the signed link, the calendar file, the settings and REST, over HTTP."""

import re
from datetime import time, timedelta

import pytest
from django.core import signing
from django.urls import reverse

from itsm.audit.models import Entry
from itsm.core import now
from itsm.escalation import ical, links, paging, rotas, staffing
from itsm.escalation.models import Chain, Override, Page, PageCall, Policy, Rota, Swap
from itsm.people.models import Absence
from itsm.records.models import Record
from servicedesk.incidents import services

from . import oncall

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def duty(world):
    return oncall.rota(world, world.agent, world.teammate)


@pytest.fixture
def called(world, duty):
    """agent or teammate (whose week it is) was called for a P2; who."""
    incident = services.open_incident(
        actor=world.customer, requester=world.customer, title="Down <b>", urgency=1, impact=2
    )
    page = paging.call_now(incident.pk, oncall.chain(("first", 5), ("manager", 5)), actor=world.lead)
    paging.sweep()
    return incident, page, PageCall.objects.get(page=page).user


def test_the_phone_page_shows_the_call_and_takes_it(client, world, called, django_assert_max_num_queries):
    incident, page, person = called
    client.force_login(person)
    client.get("/oncall/")
    with django_assert_max_num_queries(45):
        answer = client.get("/oncall/")
    body = answer.content.decode()
    assert "Down &lt;b&gt;" in body
    assert "Je prends" in body
    assert len(body) < 60_000
    answer = client.post(reverse("oncall:take", args=[page.pk]))
    assert answer["Location"] == f"/r/{incident.number}"
    assert Record.objects.get(pk=incident.pk).assignee == person
    assert client.post(reverse("oncall:take", args=[page.pk])).status_code == 302, "twice is harmless"


def test_who_was_not_called_does_not_answer_by_the_phone_page(client, world, called):
    _incident, page, _person = called
    for other in (world.network, world.lead):
        client.force_login(other)
        assert client.post(reverse("oncall:take", args=[page.pk])).status_code == 404
        assert client.post(reverse("oncall:pass", args=[page.pk])).status_code == 404
    client.force_login(world.customer)
    assert client.get("/oncall/").status_code == 404


def test_the_link_of_the_mail_asks_first_and_answers_once(client, world, called):
    incident, page, person = called
    address = f"/oncall/a/{links.call_token(PageCall.objects.get(page=page))}/"
    assert b"<form" in client.get(address).content, "looking changes nothing"
    assert Page.objects.get(pk=page.pk).state == "running"
    first, second = client.post(address), client.post(address)
    assert (first.status_code, second.status_code) == (200, 200)
    assert b"<form method" not in second.content.split(b"<main")[1]
    assert (Page.objects.get(pk=page.pk).answered_by, Record.objects.get(pk=incident.pk).assignee) == (person, person)
    assert Entry.objects.filter(verb="incident.page_answered").count() == 1


def test_a_link_out_of_date_forged_or_of_a_closed_account_is_no_good(client, world, called, monkeypatch):
    _incident, page, person = called
    token = links.call_token(PageCall.objects.get(page=page))
    forged = signing.dumps(PageCall.objects.get(page=page).pk, salt="other")
    for bad in (token[:-1], forged, "x"):
        assert client.post(f"/oncall/a/{bad}/").status_code == 404
    monkeypatch.setattr(links, "HOURS", -1)
    assert client.post(f"/oncall/a/{token}/").status_code == 404
    monkeypatch.undo()
    person.is_active = False
    person.save()
    assert client.post(f"/oncall/a/{token}/").status_code == 404
    assert Page.objects.get(pk=page.pk).state == "running"


def test_a_link_answers_only_for_who_was_called_and_only_their_call(client, world, called):
    incident, page, person = called
    other = world.teammate if person == world.agent else world.agent
    address = f"/oncall/a/{links.call_token(PageCall.objects.get(page=page))}/"
    client.force_login(other)
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 403
        assert incident.title not in answer.content.decode()
    assert Page.objects.get(pk=page.pk).state == "running"
    # The link of a call that went to somebody else answers in that person's name, and never in that of the first.
    later = PageCall.objects.create(page=page, user=other, round=1, step=2, who="person", at=now())
    client.logout()
    assert client.post(f"/oncall/a/{links.call_token(later)}/").status_code == 200
    page.refresh_from_db()
    assert (page.state, page.answered_by) == ("answered", other)
    client.force_login(person)
    answer = client.get(address)
    assert answer.status_code == 200
    assert other.display_name in answer.content.decode()
    assert b"<form method" not in answer.content.split(b"<main")[1]


def test_the_link_of_a_call_that_is_long_over_takes_nothing(client, world, called):
    incident, page, person = called
    token = links.call_token(PageCall.objects.get(page=page))
    services.resolve(incident.pk, actor=world.lead, resolution_code=world.solved, resolution="ok")
    answer = client.post(f"/oncall/a/{token}/")
    assert "Plus personne n’a besoin de répondre." in answer.content.decode()
    assert Page.objects.get(pk=page.pk).state == "ended"
    assert Record.objects.get(pk=incident.pk).assignee != person
    assert not Entry.objects.filter(verb="incident.page_answered").exists()


def test_the_link_speaks_the_language_of_who_was_called(client, world, called):
    _incident, page, person = called
    person.language = "en"
    person.save()
    body = client.get(f"/oncall/a/{links.call_token(PageCall.objects.get(page=page))}/").content.decode()
    assert "I take it" in body


def test_the_calendar_file_holds_my_shifts_by_a_secret_address(client, world, duty):
    client.force_login(world.agent)
    page = client.post("/oncall/feed/").content.decode()
    address = re.search(r"/oncall/feed/[\w-]+\.ics", page)[0]
    client.logout()
    answer = client.get(address)
    assert answer["Content-Type"].startswith("text/calendar")
    lines = answer.content.decode().split("\r\n")
    assert (lines[0], lines[-2], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert lines.count("BEGIN:VEVENT") > 5
    client.force_login(world.agent)
    client.post("/oncall/feed/")
    client.logout()
    assert client.get(address).status_code == 404, "a new one ends the one before"


def test_lines_fold_at_75_octets_and_between_characters():
    line = "SUMMARY:" + "é😀" * 60
    folded = ical.folded(line)
    assert all(len(piece.encode()) <= 75 for piece in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == line
    assert ical.text("a;b,c\\d\ne\x07") == "a\\;b\\,c\\\\d\\ne"


def test_a_shift_ahead_is_taken_whole_and_a_gap_by_an_override(client, world, duty):
    at = now()
    ahead = next(
        s for s in rotas.shifts(duty, at, at + timedelta(days=30)) if s.user_id == world.agent.pk and s.begins > at
    )
    client.force_login(world.teammate)
    address = reverse("oncall:rota-take", args=[duty.code])
    given = {"begins": ahead.begins.isoformat(), "rank": 1, "seen": world.agent.pk}
    assert client.post(address, given).status_code == 302
    assert Swap.objects.get().user == world.teammate
    assert client.post(address, given).status_code == 409, "it is no longer the agent's"
    Absence.objects.create(user=world.teammate, starts_at=ahead.begins, ends_at=ahead.begins + timedelta(days=2))
    client.force_login(world.agent)
    assert client.post(address, given | {"seen": ""}).status_code == 302
    made = Override.objects.get()
    assert (made.user, made.starts_at, made.ends_at) == (world.agent, ahead.begins, ahead.begins + timedelta(days=2))


@pytest.mark.parametrize(
    "begins", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:00+00:00", "2026-11-20T09:00:00", "x"]
)
def test_a_shift_of_no_time_that_can_be_is_no_shift(client, world, duty, begins):
    client.force_login(world.agent)
    given = {"begins": begins, "rank": 1, "seen": world.teammate.pk}
    assert client.post(reverse("oncall:rota-take", args=[duty.code]), given).status_code == 404


def test_only_the_leader_gives_shifts_to_others(client, world, duty):
    shift = rotas.shifts(duty, now(), now() + timedelta(days=1))[0]
    address = reverse("oncall:rota-take", args=[duty.code])
    given = {"begins": now().isoformat(), "rank": 1, "seen": shift.user_id}
    other = world.teammate if shift.user_id == world.agent.pk else world.agent
    client.force_login(world.agent)
    assert client.post(address, given | {"person": world.lead.pk}).status_code == 404
    client.force_login(world.network)
    assert client.post(address, given).status_code == 404, "not of the team"
    client.force_login(world.lead)
    assert client.post(address, given | {"person": world.network.pk}).status_code == 422, "no member of the team"
    assert client.post(address, given | {"person": ""}).status_code == 404, "nobody was named"
    shown = client.get(reverse("oncall:rota", args=[duty.code])).content.decode()
    assert f'<option value="{other.pk}" selected' not in shown
    assert client.post(address, given | {"person": other.pk}).status_code == 302
    assert Override.objects.get().user == other


def test_two_shifts_change_hands(client, world, duty):
    client.force_login(world.agent)
    address = reverse("oncall:rota-swap", args=[duty.code])
    page = client.get(address)
    form = page.context["form"]
    given = {"mine": form.fields["mine"].choices[0][0], "other": form.fields["other"].choices[0][0]}
    assert client.post(address, given).status_code == 302
    assert {swap.user for swap in Swap.objects.all()} == {world.agent, world.teammate}
    assert client.post(address, {"mine": "1:1", "other": "x"}).status_code == 422


def test_the_exchange_proposes_two_shifts_of_two_people(client, world, duty):
    client.force_login(world.lead)
    form = client.get(reverse("oncall:rota-swap", args=[duty.code])).context["form"]
    mine, other = form["mine"].value(), form["other"].value()
    assert mine != other
    holders = {f"{layer.pk}:{turn}": rotas.holder(layer, turn) for layer in rotas.layers_of(duty) for turn in range(60)}
    assert holders[mine] != holders[other]
    answer = client.post(reverse("oncall:rota-swap", args=[duty.code]), {"mine": mine, "other": other})
    assert answer.status_code == 302


def test_the_page_says_where_a_shift_truly_ends_and_which_one_is_now(client, world):
    start = (now() - 3 * DAY).replace(microsecond=0)
    made = oncall.rota(
        world, world.agent, world.teammate, code="LONG", first_day=start.date(), handover=start.time(), days=30
    )
    client.force_login(world.agent)
    [mine, *_rest] = client.get("/oncall/").context["shifts"]
    whole = rotas.turn_span(rotas.layers_of(made)[0], made, 0)
    assert (mine["begins"], mine["ends"], mine["now"], mine["goes_on"]) == (*whole, True, False)
    page = client.get(f"/oncall/rotas/{made.code}/").content.decode()
    assert page.count("rt-now") == 1
    assert page.count('class="is-today"') == 1
    assert "rt-now" not in client.get(f"/oncall/rotas/{made.code}/?from={(now() + 14 * DAY).date()}").content.decode()


def test_a_gap_without_end_says_that_it_goes_on(client, world):
    made = oncall.rota(
        world, world.agent, code="GONE", first_day=(now() - 60 * DAY).date(), last_day=(now() - 2 * DAY).date()
    )
    client.force_login(world.agent)
    [gap] = client.get("/oncall/").context["shifts"]
    assert (gap["gap"], gap["goes_on"], gap["rota"]) == (True, True, made)
    assert re.search("à partir d[ue’]", client.get("/oncall/").content.decode())


def test_hours_that_differ_from_day_to_day_survive_an_edit_of_something_else(client, world):
    hours = [[0, 1080, 480], [5, 480, 480]]
    made = staffing.create_rota(
        actor=world.lead, code="NUIT", name_fr="Nuit", name_en="Night", team_id=world.n1.pk, always=False,
        layers=[{"people": [world.agent.pk], "first_day": now().date(), "handover": time(8), "days": 7, "hours": hours}],
    )  # fmt: skip
    client.force_login(world.lead)
    address = f"/oncall/rotas/{made.code}/edit/"
    page = client.get(address)
    assert "Ces jours ont des heures différentes" in page.content.decode()
    [layer, _empty] = page.context["formset"]
    given = {
        "layer-TOTAL_FORMS": 1, "layer-INITIAL_FORMS": 1, "version": 1, "code": "NUIT", "name_fr": "Nuits", "name_en": "Night",
        "team_id": world.n1.pk, "time_zone": "Europe/Paris", "active": "on", "layer-0-rank": 1, "layer-0-people": "agent",
        "layer-0-first_day": now().date().isoformat(), "layer-0-handover": "08:00", "layer-0-days": 7,
        "layer-0-weekdays": [0, 5], "layer-0-from_time": layer["from_time"].value().strftime("%H:%M"),
        "layer-0-to_time": layer["to_time"].value().strftime("%H:%M"),
    }  # fmt: skip
    assert client.post(address, given).status_code == 302
    assert made.layers.get().hours == hours
    assert client.post(address, given | {"version": 2, "layer-0-to_time": "18:00"}).status_code == 302
    assert made.layers.get().hours == [[0, 1080, 1080], [5, 1080, 1080]], "24 hours"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [1440, 390])
def test_no_name_is_cut_in_the_calendar_of_a_rota(world, browse, width):
    nights = [[day, 18 * 60, 8 * 60] for day in range(5)] + [[day, 8 * 60, 8 * 60] for day in (5, 6)]
    made = oncall.rota(world, world.agent, world.teammate, code="NUIT", always=False, hours=nights)
    page = browse(login="agent", width=width)
    page.goto(f"/oncall/rotas/{made.code}/")
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".rt-cal svg svg")].filter((bar) => [...bar.querySelectorAll("text")].some((text) =>
        getComputedStyle(text).display !== "none" && text.textContent
        && text.getBoundingClientRect().right > bar.querySelector("rect").getBoundingClientRect().right + 1)).length"""
    )
    assert cut == 0
    assert page.locator(".rt-cal text:visible", has_text="L").count() > 3
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_override_is_made_in_the_time_of_the_rota_and_ended(client, world, duty):
    client.force_login(world.agent)
    address = reverse("oncall:rota-override", args=[duty.code])
    given = {
        "person": world.agent.pk,
        "rank": 1,
        "begins": "2031-01-06T18:00",
        "ends": "2031-01-07T08:00",
        "reason": "Formation",
    }
    assert client.post(address, given | {"ends": "2031-01-06T17:00"}).status_code == 422
    assert client.post(address, given | {"person": world.lead.pk}).status_code == 422, "for others the leader"
    assert client.post(address, given).status_code == 302
    made = Override.objects.get()
    assert made.starts_at.isoformat() == "2031-01-06T17:00:00+00:00"
    client.force_login(world.teammate)
    assert client.post(reverse("oncall:override-end", args=[made.pk])).status_code == 404
    client.force_login(world.agent)
    assert client.post(reverse("oncall:override-end", args=[made.pk])).status_code == 302
    assert not Override.objects.exists()


def rota_form(world, **more):
    return {
        "code": "NUIT", "name_fr": "Nuits", "name_en": "Nights", "team_id": world.n1.pk, "time_zone": "Europe/Paris", "always": "on",
        "active": "on", "layer-TOTAL_FORMS": 2, "layer-INITIAL_FORMS": 0, "layer-0-rank": 1, "layer-0-people": "agent\nteammate",
        "layer-0-first_day": "2026-11-02", "layer-0-handover": "09:00", "layer-0-days": 7, "layer-1-rank": 1, "layer-1-people": "",
        "layer-1-days": 7,
    } | more  # fmt: skip


def test_the_leader_makes_and_changes_a_rota(client, world):
    client.force_login(world.agent)
    assert client.get("/oncall/rotas/new/").status_code == 404
    client.force_login(world.lead)
    assert client.post("/oncall/rotas/new/", rota_form(world, **{"layer-0-people": "agent\nnobody"})).status_code == 422
    assert client.post("/oncall/rotas/new/", rota_form(world, **{"layer-0-people": "network"})).status_code == 422
    assert client.post("/oncall/rotas/new/", rota_form(world)).status_code == 302
    made = Rota.objects.get(code="NUIT")
    assert [rotas.holder(rotas.layers_of(made)[0], turn) for turn in (0, 1)] == [world.agent.pk, world.teammate.pk]
    Swap.objects.create(layer=made.layers.get(), turn=3, user=world.lead)
    changed = rota_form(
        world, version=1, **{"layer-0-handover": "18:00", "layer-0-weekdays": [5, 6], "layer-INITIAL_FORMS": 1}
    )
    assert client.post("/oncall/rotas/NUIT/edit/", changed).status_code == 302
    made.refresh_from_db()
    assert (made.version, made.layers.get().hours, made.layers.get().swaps.count()) == (
        2,
        [[5, 0, 1440], [6, 0, 1440]],
        1,
    )
    assert client.post("/oncall/rotas/NUIT/edit/", changed).status_code == 409, "somebody was faster"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_is_drawn_within_its_budget(client, world, duty, language, django_assert_max_num_queries):
    oncall.chain(("first", 5))
    Absence.objects.create(user=world.agent, starts_at=now(), ends_at=now() + timedelta(days=60))
    world.lead.language = world.admin.language = language
    for person in (world.lead, world.admin):
        person.save()
    for person, addresses in (
        (world.lead, ["/oncall/", "/oncall/rotas/", f"/oncall/rotas/{duty.code}/", f"/oncall/rotas/{duty.code}/edit/", f"/oncall/rotas/{duty.code}/swap/", f"/oncall/rotas/{duty.code}/override/", "/oncall/rotas/new/"]),
        (world.admin, ["/settings/escalation/", "/settings/escalation/policies/new/", "/settings/escalation/policies/RESOLUTION/", "/settings/escalation/chains/new/", "/settings/escalation/chains/CALL/"]),
    ):  # fmt: skip
        client.force_login(person)
        for address in addresses:
            client.get(address)
            with django_assert_max_num_queries(30):
                answer = client.get(address)
            assert answer.status_code == 200, address
            assert len(answer.content) < 100_000, address


def step_form(**more):
    return {
        "code": "VIP", "name_fr": "VIP", "name_en": "VIP", "clock": "sla", "metric": "resolve", "priorities": [1, 2], "active": "on",
        "step-TOTAL_FORMS": 2, "step-INITIAL_FORMS": 0, "step-0-percent": 50, "step-0-warn": ["assignee"], "step-0-page": "CALL",
        "step-1-every_hours": "2", "step-1-most": 3, "step-1-wall": "on", "step-1-alert": ["manager"], "step-1-vip": "yes",
    } | more  # fmt: skip


def test_policies_are_edited_in_the_product(client, world):
    oncall.chain(("first", 5))
    client.force_login(world.lead)
    new = "/settings/escalation/policies/new/"
    assert client.get("/settings/escalation/").status_code == 200, "who works by them reads them"
    assert client.post(new, step_form()).status_code == 404
    client.force_login(world.admin)
    assert client.post(new, step_form(**{"step-0-warn": [], "step-0-page": ""})).status_code == 422, (
        "a step without action"
    )
    assert client.post(new, step_form(**{"step-0-note_fr": "Oui"})).status_code == 422, "one language only"
    assert client.post(new, step_form()).status_code == 302
    made = Policy.objects.get(code="VIP")
    assert list(made.steps.order_by("percent").values_list("percent", "every_seconds", "most", "wall", "vip", "actions")) == [
        (50, None, None, False, None, [{"do": "warn", "who": ["assignee"]}, {"do": "page", "chain": "CALL"}]),
        (None, 7200, 3, True, True, [{"do": "alert", "who": ["manager"]}]),
    ]  # fmt: skip
    page = client.get("/settings/escalation/policies/VIP/").content.decode()
    assert 'value="50"' in page
    assert (
        client.post("/settings/escalation/policies/VIP/", step_form(version=1, **{"step-INITIAL_FORMS": 2})).status_code
        == 302
    )
    assert (
        client.post("/settings/escalation/policies/VIP/", step_form(version=1, **{"step-INITIAL_FORMS": 2})).status_code
        == 409
    )
    assert client.post(new, step_form()).status_code == 422, "the code is taken"
    assert client.post("/settings/escalation/policies/VIP/delete/").status_code == 302
    assert not Policy.objects.filter(code="VIP").exists()


def test_a_chain_that_somebody_changed_meanwhile_is_not_written_over(client, world):
    made = oncall.chain(("leader", 5), code="NIGHT")
    client.force_login(world.admin)
    address = f"/settings/escalation/chains/{made.code}/"
    given = {
        "code": "NIGHT", "name_fr": "Nuit", "name_en": "Night", "rounds": 2, "active": "on", "step-TOTAL_FORMS": 1, "step-INITIAL_FORMS": 0,
        "step-0-who": "manager", "step-0-wait_minutes": 5, "seen": client.get(address).context["seen"],
    }  # fmt: skip
    assert client.post(address, given).status_code == 302
    assert client.post(address, given | {"step-0-who": "leader"}).status_code == 409
    assert made.steps.get().who == "manager"


def test_chains_are_edited_in_the_product(client, world, duty):
    client.force_login(world.admin)
    given = {
        "code": "NIGHT", "name_fr": "Nuit", "name_en": "Night", "rounds": 2, "active": "on", "step-TOTAL_FORMS": 3,
        "step-INITIAL_FORMS": 0, "step-0-who": "first", "step-0-rota_id": duty.pk, "step-0-wait_minutes": 5, "step-1-who": "person",
        "step-1-user": "lead", "step-1-wait_minutes": 5, "step-2-who": "", "step-2-wait_minutes": 5,
    }  # fmt: skip
    assert client.post("/settings/escalation/chains/new/", given | {"step-1-user": "x"}).status_code == 422
    assert client.post("/settings/escalation/chains/new/", given).status_code == 302
    made = Chain.objects.get(code="NIGHT")
    assert list(made.steps.order_by("position").values_list("who", "user__username")) == [
        ("first", None),
        ("person", "lead"),
    ]
    client.post("/settings/escalation/policies/new/", step_form(**{"step-0-page": "NIGHT"}))
    assert client.post("/settings/escalation/chains/NIGHT/", given | {"active": ""}).status_code == 422, (
        "a policy calls it"
    )


def test_rotas_over_rest(client, world, duty):
    client.force_login(world.network)
    row = client.get(f"/api/v1/rotas/{duty.code}/?at=2026-11-03T12:00:00Z").json()
    assert [(each["line"], each["person"]) for each in row["on_call"]] == [(1, "agent")]
    assert row["layers"][0]["people"] == ["agent", "teammate"]
    assert client.get("/api/v1/rotas/?at=never").status_code == 400
    body = {
        "code": "API", "name_fr": "A", "name_en": "A", "team": "N1-CDS",
        "layers": [{"people": ["agent"], "first_day": "2026-11-02", "handover": "09:00", "hours": [[0, 0, 600]]}],
    }  # fmt: skip
    assert client.post("/api/v1/rotas/", body, "application/json").status_code == 403
    client.force_login(world.lead)
    made = client.post("/api/v1/rotas/", body, "application/json")
    assert (made.status_code, made.json()["layers"][0]["hours"]) == (201, [[0, 0, 600]])
    again = client.patch(
        "/api/v1/rotas/API/",
        {"layers": [{"people": ["network"], "first_day": "2026-11-02", "handover": "09:00"}]},
        "application/json",
    )
    assert again.status_code == 400, "no member of the team"
    assert client.patch("/api/v1/rotas/API/", {"always": False}, "application/json").json()["always"] is False
    assert (
        client.patch(
            "/api/v1/rotas/API/", {"always": True}, "application/json", headers={"If-Match": '"1"'}
        ).status_code
        == 412
    )
    client.force_login(world.foreign_agent)
    assert client.get("/api/v1/rotas/API/").status_code == 404


def test_the_shift_of_another_rota_cannot_be_exchanged(world, duty):
    from itsm.core.errors import DomainError

    other = oncall.rota(world, world.network, code="R-N2", team=world.n2)
    with pytest.raises(DomainError):
        staffing.swap_shifts(
            duty.pk, actor=world.lead, first=(other.layers.get().pk, 60), second=(duty.layers.get().pk, 60)
        )
