"""Requests by hand in a browser, with a real worker and real mail: a joiner from the order to the first day, a refusal with its
reason, a right from the catalogue until its last day and its proof."""

import re
import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from itsm.core import now
from itsm.records.models import Approval, Task
from servicedesk.access.models import Access
from servicedesk.requests.models import Request
from servicedesk.tasks import sweep_accesses
from tests import processes
from tests.browser import faults, overflows
from tests.cmdb.factories import make_ci
from tests.notify.conftest import office, postman  # noqa: F401 - fixtures
from tests.servicedesk.catalogue.factories import choices, field, make_item, when

pytestmark = [pytest.mark.browser, pytest.mark.processes, pytest.mark.django_db(transaction=True)]
BOTH = pytest.mark.parametrize(("language", "width"), [("fr", 1440), ("en", 390)])
WORDS = {
    "fr": {
        "joiner": "Nouvel arrivant", "send": "Commander", "waits": "attend d’être approuvée", "thanks": "votre réponse est enregistrée",
        "prepared": "Étapes faites : 3 sur 4", "over": "Avez-vous tout reçu ?", "why": "Dites pourquoi vous refusez.", "refused": "Refusée",
        "refused_by": "Refusée par Paul Meyer", "task_done": "La tâche est faite.", "to_revoke": "À retirer", "revoked": "Retiré",
    },
    "en": {
        "joiner": "Joiner", "send": "Order now", "waits": "waits to be approved", "thanks": "your answer is kept",
        "prepared": "3 of 4 steps done", "over": "Is it all there?", "why": "Say why you refuse.", "refused": "Refused",
        "refused_by": "Refused by Paul Meyer", "task_done": "The task is done.", "to_revoke": "To revoke", "revoked": "Revoked",
    },
}  # fmt: skip


@pytest.fixture
def clock(settings, tmp_path):
    """The product's clock, also the worker's: `clock(days=3)`."""
    file = tmp_path / "clock"
    file.write_text("0")
    settings.CLOCK_SHIFT_FILE = str(file)

    def moved(**by) -> None:
        file.write_text(str(float(file.read_text()) + timedelta(**by).total_seconds()))

    moved.file = file
    return moved


@pytest.fixture
def worker(settings, office, clock):  # noqa: F811
    """A real worker that drains the outbox and sends mail to the post office."""
    leader: subprocess.Popen = processes.worker(
        shift_file=clock.file, EMAIL_URL=office.url, SECRET_KEY=settings.SECRET_KEY
    )
    yield leader
    processes.kill(leader)


@pytest.fixture
def cast(world):
    """Whom the customer answers to; everybody reads the language of their page."""
    world.customer.manager = world.colleague
    world.customer.save(update_fields=["manager"])
    return world


def speak(language: str, *people) -> None:
    for each in people:
        each.language = language
        each.save(update_fields=["language"])


def letter_to(postman, person, words: str):  # noqa: F811
    """The mail that the worker brought to this person and that says this, in plain text."""

    def found():
        texts = [each.get_body(("plain",)).get_content() for each in postman.letters if each["To"] == person.email]
        return [text for text in texts if re.search(words, text)]

    processes.wait_until(found, 60)
    return found()[-1]


def well_drawn(page) -> None:
    assert faults(page) == []
    assert overflows(page) <= 0


def finish(page, step: str, language: str) -> None:
    """From one's list of tasks to the task that is done."""
    task = Task.objects.get(step=step)
    page.goto("/tasks/")
    page.locator(f"main a[href='/tasks/{task.pk}/']").click()
    well_drawn(page)
    page.locator("button[value=done]").click()
    page.get_by_text(WORDS[language]["task_done"]).first.wait_for()


JOINER = [
    field("name", required=True, min=3, max=120),
    field("start", "date", required=True, min="today+1"),
    field("contract", "choice", required=True, choices=choices("permanent", "contractor")),
    field("company", required=True, shown_if=when("contract", "contractor")),
    field("workstation", "choice", required=True, choices=choices("laptop", "none", "desktop", "tablet", "thin")),
]


def two(fr: str, en: str) -> dict:
    return {"fr": fr, "en": en}


@pytest.fixture
def joiner(cast):
    """Two approvals one after the other, then three teams side by side, then the welcome."""
    rule = {
        "stages": [
            {"ask": [{"who": "manager"}], "name": two("Accord du responsable", "Manager’s agreement")},
            {"ask": [{"who": "person", "login": "manager"}], "name": two("Accord de la DSI", "IT’s agreement")},
        ]
    }
    tasks = [
        {"key": "account", "title": two("Créer le compte", "Create the account"), "team": "N1-CDS"},
        {"key": "line", "title": two("Attribuer la ligne", "Assign the line"), "team": "N2-RES"},
        {"key": "host", "title": two("Ouvrir le profil hôte", "Open the host profile"), "team": "N3-ZOS"},
        {"key": "welcome", "title": two("Accueillir", "Welcome"), "team": "N1-CDS", "depends_on": ["account", "line", "host"]},
    ]  # fmt: skip
    return make_item(
        "joiner", JOINER, approval=rule, plan={"tasks": tasks}, subject="name", name_fr="Nouvel arrivant", name_en="Joiner",
        summary_fr="Tout pour le premier jour", summary_en="All for the first day", delay_days=5,
    )  # fmt: skip


def order_joiner(page, words: dict) -> str:
    """From the home of the portal to the request; its number."""
    page.goto("/portal/")
    page.locator("main a[href^='/portal/catalogue/']").first.click()
    page.goto("/portal/catalogue/?q=" + words["joiner"].split()[-1])
    page.get_by_role("link", name=words["joiner"]).first.click()
    page.wait_for_url("**/portal/catalogue/joiner/")
    well_drawn(page)
    page.get_by_label("Name").fill("Ana Lopez")
    page.get_by_label("Start").fill((timezone.localdate(now()) + timedelta(days=9)).isoformat())
    assert page.get_by_label("Company").count() == 0 or not page.get_by_label("Company").is_visible()
    page.get_by_label("Contractor").check()
    page.get_by_label("Company").fill("Sopra")
    page.get_by_label("Laptop").check()
    page.get_by_role("button", name=words["send"], exact=True).click()
    page.wait_for_url("**/portal/orders/ORD*/")
    well_drawn(page)
    page.locator("main a[href^='/portal/tickets/REQ']").first.click()
    page.wait_for_url("**/portal/tickets/REQ*/")
    return re.search(r"REQ\d{7}", page.url)[0]


@BOTH
def test_a_joiner_is_approved_twice_prepared_side_by_side_and_welcomed(
    browse, cast, joiner, worker, postman, language, width  # noqa: F811
):  # fmt: skip
    words, height = WORDS[language], 900 if width > 500 else 844
    speak(language, cast.customer, cast.colleague, cast.manager, cast.agent, cast.network, cast.mainframe)
    user = browse(login="customer", language=language, width=width, height=height)
    number = order_joiner(user, words)
    user.get_by_text(words["waits"]).first.wait_for()
    assert "Ana Lopez" in user.locator("h1").inner_text()
    well_drawn(user)

    boss = browse(login="colleague", language=language, width=width, height=height)
    letter_to(postman, cast.colleague, "/approve/")
    boss.goto("/approvals/")
    well_drawn(boss)
    boss.locator("main a", has_text=number).click()
    well_drawn(boss)
    assert "Sopra" in boss.locator("main").inner_text()
    boss.locator("button[value=approve]").click()
    processes.wait_until(lambda: Approval.objects.filter(state="approved").exists())

    mail = letter_to(postman, cast.manager, "/approve/")
    anywhere = browse(language=language, width=width, height=height)
    anywhere.goto(re.search(r"/approve/[\w:.-]+/", mail)[0])
    well_drawn(anywhere)
    assert "Sopra" in anywhere.locator("main").inner_text()
    assert not Task.objects.exists(), "looking at a link answers nothing"
    anywhere.locator("button[value=approve]").click()
    anywhere.get_by_text(words["thanks"]).wait_for()
    well_drawn(anywhere)

    assert set(Task.objects.filter(opened_at__isnull=False).values_list("step", flat=True)) == {
        "account",
        "line",
        "host",
    }
    agent = browse(login="agent", language=language, width=width, height=height)
    for login, step in (("mainframe", "host"), ("network", "line")):
        finish(browse(login=login, language=language, width=width, height=height), step, language)
        assert Task.objects.get(step="welcome").opened_at is None
    finish(agent, "account", language)
    user.reload()
    user.get_by_text(words["prepared"]).wait_for()
    well_drawn(user)
    finish(agent, "welcome", language)
    assert Request.objects.get(number=number).state == "resolved"
    letter_to(postman, cast.customer, number)
    user.goto("/portal/tickets/")
    user.locator(f"main a[href='/portal/tickets/{number}/#solved']").click()
    user.get_by_text(words["over"]).first.wait_for()
    well_drawn(user)
    user.locator("form[action='confirm/'] button").click()
    user.wait_for_selector("form[action='confirm/']", state="detached")
    assert Request.objects.get(number=number).phase == "closed"
    well_drawn(user)


@BOTH
def test_a_refusal_needs_a_reason_and_the_requester_reads_it(
    browse, cast, joiner, worker, postman, language, width  # noqa: F811
):  # fmt: skip
    words, height = WORDS[language], 900 if width > 500 else 844
    speak(language, cast.customer, cast.colleague)
    user = browse(login="customer", language=language, width=width, height=height)
    number = order_joiner(user, words)
    link = re.search(r"/approve/[\w:.-]+/", letter_to(postman, cast.colleague, "/approve/"))[0]
    boss = browse(language=language, width=width, height=height)
    boss.goto(link)
    boss.locator("button[value=refuse]").click()
    boss.get_by_text(words["why"]).wait_for()
    well_drawn(boss)
    boss.locator("textarea").fill("Le budget <b>2026</b> est épuisé.")
    boss.locator("button[value=refuse]").click()
    boss.get_by_text(words["thanks"]).wait_for()
    assert Request.objects.get(number=number).state == "refused"
    assert "Le budget <b>2026</b> est épuisé." in letter_to(postman, cast.customer, "épuisé")
    user.reload()
    text = user.locator("main").inner_text()
    assert "Le budget <b>2026</b> est épuisé." in text
    assert words["refused_by"] in text
    well_drawn(user)
    assert not Task.objects.exists()
    boss.goto(link)
    assert boss.locator("button[value=approve]").count() == 0


@BOTH
def test_a_right_of_the_catalogue_ends_by_the_clock_and_keeps_its_proofs(
    browse, cast, clock, worker, postman, language, width  # noqa: F811
):  # fmt: skip
    words, height = WORDS[language], 900 if width > 500 else 844
    speak(language, cast.customer, cast.manager, cast.network)
    make_ci(
        ci_class="application",
        name="PaieNet",
        key="paie",
        organisation=cast.lumen,
        support_team=cast.n2,
        owner=cast.manager,
    )
    step = {
        "kind": "access",
        "item_field": "app",
        "right_field": "profile",
        "until_field": "until",
        "reason_field": "why",
    }
    plan = {"tasks": [{"key": "right", "title": two("Ouvrir le droit", "Open the right"), "action": step}]}
    fields = [
        field("app", "application", required=True), field("profile", required=True), field("until", "date", required=True), field("why", "long", required=True),
    ]  # fmt: skip
    make_item("rights", fields, plan=plan)
    last = timezone.localdate(now()) + timedelta(days=10)

    user = browse(login="customer", language=language, width=width, height=height)
    user.goto("/portal/catalogue/rights/")
    user.locator("[name$=app]").select_option("paie")
    user.locator("[name$=profile]").fill("Lecture")
    user.locator("[name$=until]").fill(last.isoformat())
    user.locator("[name$=why]").fill("Clôture de fin d’année")
    user.get_by_role("button", name=words["send"], exact=True).click()
    user.wait_for_url("**/portal/orders/ORD*/")

    mail = letter_to(postman, cast.manager, "/approve/")
    owner = browse(language=language, width=width, height=height)
    owner.goto(re.search(r"/approve/[\w:.-]+/", mail)[0])
    well_drawn(owner)
    owner.locator("button[value=approve]").click()
    owner.get_by_text(words["thanks"]).wait_for()

    team = browse(login="network", language=language, width=width, height=height)
    prove(team, "Profil PAIE_LECT donné", language)
    processes.wait_until(lambda: Request.objects.get().state == "resolved", 60)

    clock(days=12)

    def to_revoke() -> bool:
        sweep_accesses.delay()
        return Access.objects.get().state == "to_revoke"

    processes.wait_until(to_revoke)
    prove(team, "Profil retiré", language)
    processes.wait_until(lambda: Access.objects.get().state == "revoked")
    gone = Access.objects.get()
    assert (gone.grant_proof, gone.revoke_proof) == ("Profil PAIE_LECT donné", "Profil retiré")
    user.goto("/portal/tickets/?tab=all")
    user.locator(f"main a[href='/portal/tickets/{gone.number}/']").first.click()
    assert "Profil retiré" in user.locator("main").inner_text()
    well_drawn(user)
    agent = browse(login="agent", language=language, width=width, height=height)
    agent.goto(f"/desk/access/{gone.number}/")
    assert {"Profil PAIE_LECT donné", "Profil retiré"} <= set(
        re.findall(r"Profil PAIE_LECT donné|Profil retiré", agent.locator("main").inner_text())
    )
    well_drawn(agent)


def prove(page, proof: str, language: str) -> None:
    """The one task that is open: done, with its proof."""
    processes.wait_until(
        lambda: Task.objects.filter(done_at=None, opened_at__isnull=False, team__code="N2-RES").exists()
    )
    task = Task.objects.get(done_at=None, opened_at__isnull=False, team__code="N2-RES")
    page.goto("/tasks/")
    page.locator(f"main a[href='/tasks/{task.pk}/']").click()
    page.locator("#said").fill(proof)
    well_drawn(page)
    page.locator("button[value=done]").click()
    page.get_by_text(WORDS[language]["task_done"]).first.wait_for()
