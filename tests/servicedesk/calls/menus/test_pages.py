"""The pages of the switchboard: who may enter, what is refused with words, the tree, the simulator."""

import pytest
from django.urls import reverse

from itsm.audit.models import Entry
from servicedesk.calls.models import CallMenu, CallNumber, CallQueue, MenuStep, Operator, PauseReason
from servicedesk.calls.switchboard.services import digest_of
from servicedesk.calls.switchboard.wording import step_name
from tests.world import person

from .factories import codes, fresh, make_board, make_number, make_operator, make_queue, make_step

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world):
    codes()
    return make_board(world)


@pytest.fixture
def lead(client, world):
    client.force_login(world.lead)
    return client


def pages(desk, world) -> list[str]:
    operator = make_operator(world.teammate, desk.desk)
    names = [
        ("overview", []), ("new_number", []), ("number", [desk.number.pk]), ("queues", []), ("new_queue", []), ("queue", ["N1"]),
        ("operators", []), ("new_operator", []), ("operator", [operator.pk]), ("codes", []), ("new_code", ["pauses"]),
        ("code", ["wrap-up", "solved"]), ("try", []), ("new_menu", []), ("menu", ["main"]), ("menu_settings", ["main"]),
        ("new_step", ["main"]), ("step", ["main", desk.nature.pk]),
    ]  # fmt: skip
    return [reverse(f"switchboard:{name}", args=args) for name, args in names]


def test_only_who_manages_the_calls_enters(client, world, desk):
    addresses = pages(desk, world)
    for reader, expected in ((world.customer, 404), (world.agent, 404), (world.lead, 200)):
        client.force_login(reader)
        for address in addresses:
            assert client.get(address).status_code == expected, (reader.username, address)


def test_a_switchboard_of_another_house_does_not_exist(client, world, desk):
    theirs = person(world, "their-lead", "Una", "Lead", [("desk_manager", world.other)], [], organisation=world.other)
    client.force_login(theirs)
    for name, args in (
        ("number", [desk.number.pk]),
        ("queue", ["N1"]),
        ("menu", ["main"]),
        ("step", ["main", desk.nature.pk]),
    ):
        assert client.get(reverse(f"switchboard:{name}", args=args)).status_code == 404
    assert "N1" not in client.get(reverse("switchboard:queues")).content.decode()
    assert client.post(reverse("switchboard:copy_menu", args=["main"])).status_code == 404


def typed(response, **changes) -> dict:
    """What the browser would send back of the form on a page, with some fields changed."""
    form = response.context["form"]
    found = {}
    for bound in form:
        value = bound.value()
        if bound.widget_type == "checkbox":
            if value:
                found[bound.html_name] = "on"
        elif value not in (None, ""):
            found[bound.html_name] = value
    return {name: value for name, value in (found | changes).items() if value is not None}


def sent(client, address, **changes):
    return client.post(address, typed(client.get(address), **changes))


def errors(response) -> dict:
    return {name: " ".join(words) for name, words in response.context["form"].errors.items()}


def test_a_number_is_set_up_in_any_spelling_and_the_same_one_only_once(lead, world, desk):
    new = reverse("switchboard:new_number")
    names = {"name_fr": "Ligne d’Arras", "name_en": "Arras line", "queue": desk.desk.pk, "menu": desk.menu.pk}
    made = sent(lead, new, number="01 55 00 00 07", organisation=world.lumen.pk, **names)
    assert made.status_code == 302
    row = CallNumber.objects.get(number="+33155000007")
    assert row.menu == desk.menu
    assert not row.is_active, "it takes no calls before somebody says so"
    assert Entry.objects.filter(verb="call_number.created", actor=world.lead, subject_id=row.pk).exists()
    again = sent(lead, new, number="+33 1 55 00 00 07", organisation=world.lumen.pk, **names)
    assert again.status_code == 422
    assert "number" in errors(again)
    assert "number" in errors(sent(lead, new, number="hello", organisation=world.lumen.pk, **names))
    closed = sent(lead, reverse("switchboard:number", args=[row.pk]), when_closed="queue")
    assert (closed.status_code, list(errors(closed))) == (422, ["closed_queue"])


def test_who_was_slower_is_told_and_loses_nothing(lead, world, desk):
    for address, changes in (
        (reverse("switchboard:number", args=[desk.number.pk]), {"name_fr": "A"}),
        (reverse("switchboard:queue", args=["N1"]), {"name_fr": "B"}),
        (reverse("switchboard:menu_settings", args=["main"]), {"name_fr": "C"}),
        (reverse("switchboard:step", args=["main", desk.nature.pk]), {"say_fr": "D"}),
        (reverse("switchboard:code", args=["pauses", "lunch"]), {"name_fr": "E"}),
    ):
        old = typed(lead.get(address))
        assert sent(lead, address, **changes).status_code == 302, address
        slow = lead.post(address, old | dict.fromkeys(changes, "Mine"))
        assert slow.status_code == 409, address
        assert "Mine" in slow.content.decode()


def test_a_queue_has_its_operators_and_cannot_send_callers_round(lead, world, desk):
    operator = make_operator(world.teammate)
    address = reverse("switchboard:queue", args=["N1"])
    on = {"overflow": "queue", "overflow_queue": desk.english.pk, "max_wait_seconds": "60"}
    assert sent(lead, address, **on, **{f"skill-{operator.pk}": "1"}).status_code == 302
    assert list(operator.queues.values_list("queue__code", "skill")) == [("N1", 1)]
    back = sent(
        lead,
        reverse("switchboard:queue", args=["EN"]),
        overflow="queue",
        overflow_queue=desk.desk.pk,
        max_wait_seconds="60",
    )
    assert (back.status_code, list(errors(back))) == (422, ["overflow_queue"])
    full = sent(lead, reverse("switchboard:queue", args=["VIP"]), most_waiting="3")
    assert list(errors(full)) == ["overflow"]
    used = sent(lead, address, is_active=None)
    assert list(errors(used)) == ["is_active"], "a menu leads to it"
    assert digest_of(CallQueue.objects.get(code="N1"))


def test_an_operator_is_somebody_who_may_take_calls(lead, world, desk):
    nadia = person(world, "nadia", "Nadia", "Petit", [("operator", world.lumen)], [])
    new = reverse("switchboard:new_operator")
    assert "person" in errors(sent(lead, new, person=world.customer.pk, extension="4101"))
    assert sent(lead, new, person=nadia.pk, extension="4101", **{f"skill-{desk.desk.pk}": "2"}).status_code == 302
    made = Operator.objects.get(person=nadia)
    assert list(made.queues.values_list("queue__code", "skill")) == [("N1", 2)]
    other = make_operator(world.teammate)
    same = sent(lead, reverse("switchboard:operator", args=[other.pk]), extension="4101")
    assert list(errors(same)) == ["extension"]


def test_codes_are_added_and_put_out_of_use(lead, world, desk):
    new = reverse("switchboard:new_code", args=["pauses"])
    made = sent(
        lead, new, code="coach", name_fr="Tutorat", name_en="Coaching", most_minutes="30", position="9", is_active="on"
    )
    assert made.status_code == 302
    address = reverse("switchboard:code", args=["pauses", "coach"])
    assert sent(lead, address, is_active=None).status_code == 302
    assert not PauseReason.objects.get(code="coach").is_active
    assert "code" in errors(sent(lead, new, code="coach", name_fr="X", name_en="X", position="1"))
    assert lead.get(reverse("switchboard:new_code", args=["others"])).status_code == 404


def add(client, **values):
    return sent(client, reverse("switchboard:new_step", args=["main"]), **{"tries": "2", **values})


def test_steps_that_cannot_be_are_refused_with_words(lead, world, desk):
    nature, root = desk.nature.pk, desk.root.pk
    key_twice = add(lead, kind="voicemail", place=f"{nature}:1")
    assert list(errors(key_twice)) == ["place"], "the way is taken: it is not even offered"
    no_language = add(lead, kind="queue", place=f"{root}:3", queue=desk.desk.pk)
    assert list(errors(no_language)) == ["language"]
    no_queue = add(lead, kind="queue", place=f"{nature}:3")
    assert list(errors(no_queue)) == ["queue"]
    nothing_said = add(lead, kind="ask", place=f"{nature}:3")
    assert list(errors(nothing_said)) == ["say_fr"]
    CallQueue.objects.filter(pk=desk.vip.pk).update(is_active=False)
    gone = add(lead, kind="queue", place=f"{nature}:3", queue=desk.vip.pk)
    assert list(errors(gone)) == ["queue"]
    silent = MenuStep.objects.get(parent=desk.nature, branch="none")
    circle = sent(lead, reverse("switchboard:step", args=["main", silent.pk]), kind="goto", goto=desk.major.pk)
    assert (circle.status_code, list(errors(circle))) == (422, ["goto"]), "who presses nothing would go round"
    assert add(lead, kind="goto", place=f"{nature}:9", goto=desk.root.pk).status_code == 302, "a key leads back"
    orphans = sent(lead, reverse("switchboard:step", args=["main", desk.is_vip.pk]), kind="announce", say_fr="A")
    assert list(errors(orphans)) == ["kind"]
    below = sent(lead, reverse("switchboard:step", args=["main", desk.is_vip.pk]), place=f"{nature}:5")
    assert list(errors(below)) == ["place"]


def test_the_tree_draws_the_key_and_the_choice_and_then_the_step_once(lead, desk):
    step = desk.menu.steps.get(parent=desk.nature, branch="2")
    page = " ".join(lead.get(reverse("switchboard:menu", args=["main"])).content.decode().split())
    line = page[page.index(f'id="step-{step.pk}"') :][:1500]
    assert line.index(">2</kbd>") < line.index("Demande") < line.index('<span class="strong">Rappel</span>')
    assert line.split('<span class="strong">')[0].count("Demande") == 1
    assert step_name(step) == "Rappel (Demande)", "the step, and the choice that leads to it"


def test_what_is_tried_first_is_the_number_in_service_with_a_menu(lead, world, desk):
    make_number(world, number="+15145550100", queue=desk.desk)
    page = lead.get(reverse("switchboard:try")).content.decode()
    assert f'<option value="{desk.number.pk}" selected>' in page


def test_the_tree_shows_what_leads_nowhere_and_grows_from_there(lead, world, desk):
    address = reverse("switchboard:menu", args=["main"])
    MenuStep.objects.filter(parent=desk.known, branch="unknown").delete()
    page = lead.get(address).content.decode()
    assert f'href="{reverse("switchboard:new_step", args=["main"])}?place={desk.known.pk}:unknown"' in page
    assert page.count('<li id="step-') == MenuStep.objects.filter(menu=desk.menu).count()
    assert add(lead, kind="voicemail", place=f"{desk.known.pk}:unknown").status_code == 302
    moved = sent(
        lead, reverse("switchboard:step", args=["main", desk.nature.pk]), place=f"{desk.root.pk}:3", language="fr"
    )
    assert moved.status_code == 302
    desk.nature.refresh_from_db()
    assert (desk.nature.parent_id, desk.nature.branch) == (desk.root.pk, "3")
    version = CallMenu.objects.get(code="main").version
    lead.post(reverse("switchboard:remove_step", args=["main", desk.nature.pk]), {"seen": version})
    assert not MenuStep.objects.filter(pk=desk.nature.pk).exists()
    assert Entry.objects.filter(verb="call_menu.step_removed").latest("pk").data["removed"] == 4


def test_a_menu_is_copied_whole_and_removed_only_when_no_number_leads_to_it(lead, world, desk):
    before = MenuStep.objects.filter(menu=desk.menu).count()
    lead.post(reverse("switchboard:copy_menu", args=["main"]))
    copy = CallMenu.objects.get(code="main-2")
    assert copy.steps.count() == before
    assert copy.steps.get(kind="goto").goto.menu_id == copy.pk
    assert copy.steps.filter(parent__menu=desk.menu).count() == 0
    lead.post(reverse("switchboard:remove_menu", args=["main"]))
    assert CallMenu.objects.filter(code="main").exists()
    lead.post(reverse("switchboard:remove_menu", args=["main-2"]))
    assert not CallMenu.objects.filter(code="main-2").exists()


def test_what_is_not_set_up_is_listed(lead, world, desk, django_assert_max_num_queries):
    empty = make_queue(world, "EMPTY", announcement_fr="Bonjour")
    CallMenu.objects.create(code="unused", name="Vide", name_fr="Vide", name_en="Empty", organisation=world.lumen)
    make_number(world, "+33155000099")
    make_step(desk.menu, "announce", desk.nature, "7", say="Seulement en français")
    with django_assert_max_num_queries(30):
        page = lead.get(reverse("switchboard:overview")).content.decode()
    for words in (
        "+33155000099 ne mène à aucun menu ni à aucune file", "Personne ne répond à la file EMPTY", "L’annonce de la file EMPTY n’existe pas dans les deux langues",
        "Aucun numéro ne mène à ce menu", "Ce menu n’a encore aucune étape", "ne mène nulle part pour : Ensuite", "n’est pas dit en anglais",
    ):  # fmt: skip
        assert words in page, words
    assert empty.code in page


def test_the_simulator_says_where_a_call_goes_and_why(lead, world, desk):
    world.customer.phone = "+33612008803"
    world.customer.save()
    fresh()
    address = reverse("switchboard:try")
    call = {"number": desk.number.pk, "caller": "06 12 00 88 03", "at": "2026-11-30T12:40"}
    assert "caller" in lead.get(address, call | {"caller": "0612"}).context["form"].errors, "cut short"
    asked = lead.get(address, call)
    assert "une touche est attendue" in asked.content.decode()
    assert "keys=2" in asked.content.decode()
    told = lead.get(address, call | {"keys": "11"})
    page = told.content.decode()
    assert told.context["told"].decision.queue_id == desk.desk.pk
    assert "Claire Fontaine" in page
    for link in (
        reverse("switchboard:number", args=[desk.number.pk]), reverse("switchboard:step", args=["main", desk.nature.pk]),
        reverse("switchboard:queue", args=["N1"]), reverse("web:calendar", args=["DESK-EXT"]),
    ):  # fmt: skip
        assert f'href="{link}"' in page
    closed = lead.get(address, call | {"at": "2026-11-29T12:40"}).context["told"]
    assert (closed.decision.action, closed.decision.in_hours) == ("reject", False)
    storm = lead.get(address, call | {"keys": "1", "major": "on"}).context["told"].decision
    assert (storm.action, list(storm.keys)) == ("menu", ["1"])
    assert lead.get(address, {"number": "x", "at": "never"}).status_code == 422


def test_a_menu_is_tried_by_itself_before_a_number_leads_to_it(lead, world, desk):
    lead.post(reverse("switchboard:copy_menu", args=["main"]))
    copy = CallMenu.objects.get(code="main-2")
    address = reverse("switchboard:try")
    assert f'href="{address}?menu={copy.pk}"' in lead.get(reverse("switchboard:menu", args=["main-2"])).content.decode()
    alone = lead.get(address, {"menu": copy.pk})
    assert alone.status_code == 200, "a link without an hour means now"
    assert (alone.context["told"].decision.action, list(alone.context["told"].decision.keys)) == ("menu", ["1", "2"])
    english = lead.get(address, {"menu": copy.pk, "keys": "2"}).context["told"]
    assert english.decision.queue_id == desk.english.pk
    MenuStep.objects.filter(menu=copy, branch="2", parent__parent=None).update(queue=desk.vip)
    fresh()
    in_front = {"number": desk.number.pk, "menu": copy.pk, "at": "2026-11-30T12:40", "keys": "2"}
    assert lead.get(address, in_front).context["told"].decision.queue_id == desk.vip.pk
    del in_front["menu"]
    assert lead.get(address, in_front).context["told"].decision.queue_id == desk.english.pk
    assert lead.get(address, {"number": "", "menu": ""}).status_code == 422


def test_a_number_out_of_service_is_tried_as_if_it_were_in_service(lead, world, desk):
    CallNumber.objects.filter(pk=desk.number.pk).update(is_active=False)
    fresh()
    told = lead.get(reverse("switchboard:try"), {"number": desk.number.pk, "at": "2026-11-30T12:40"})
    assert told.context["told"].decision.action == "menu"
    assert "(hors service)" in told.content.decode()


def test_the_simulator_shows_step_by_step_what_is_heard_and_pressed(lead, world, desk):
    desk.number.welcome_fr = "Bienvenue au centre de services."
    desk.number.save()
    silent = MenuStep.objects.get(parent=desk.nature, branch="1")
    MenuStep.objects.filter(pk=silent.pk).update(label="", label_fr="", label_en="")
    world.customer.phone = "+33612008803"
    world.customer.save()
    fresh()
    address, call = (
        reverse("switchboard:try"),
        {"number": desk.number.pk, "caller": "06 12 00 88 03", "at": "2026-11-30T12:40"},
    )
    told = lead.get(address, call | {"keys": "9111"}).context["told"]
    heard = [text for step in told.steps for _language, text in step.heard]
    assert heard == [
        "Bienvenue au centre de services.", "Français 1, anglais 2.", "Français 1, anglais 2.", "Panne 1, demande 2.",
        "Un opérateur va vous répondre.",
    ]  # fmt: skip
    assert [step.pressed for step in told.steps if step.pressed is not None] == ["9", "1", "1"]
    words = [step.words for step in told.steps]
    assert any("Vers une file N1" in each for each in words), "a choice without a name is called by what it does"
    assert not any(each.endswith("—") for each in words)
    CallNumber.objects.update(closed_text="", closed_text_fr="", closed_text_en="")
    fresh()
    closed = lead.get(address, call | {"at": "2026-11-29T12:40"}).content.decode()
    assert "Aucun texte n’est écrit pour les heures de fermeture" in closed


def test_a_house_without_a_switchboard_is_told_how_to_begin(lead, world):
    page = lead.get(reverse("switchboard:overview")).content.decode()
    assert "Aucun numéro n’est configuré" in page
    for name in ("queues", "operators", "codes", "try"):
        assert lead.get(reverse(f"switchboard:{name}")).status_code == 200


@pytest.mark.parametrize(("language", "words"), [("fr", "Attend dans la file"), ("en", "Waits in")])
def test_the_simulator_speaks_the_reader_s_language_whatever_the_organisation_s(lead, world, desk, language, words):
    world.lumen.language = "fr" if language == "en" else "en"
    world.lumen.save()
    world.lead.language = language
    world.lead.save()
    fresh()
    asked = {"number": desk.number.pk, "caller": "06 12 00 88 03", "at": "2026-11-30T12:40", "keys": "111"}
    told = lead.get(reverse("switchboard:try"), asked, headers={"Accept-Language": language})
    assert words in told.content.decode()
