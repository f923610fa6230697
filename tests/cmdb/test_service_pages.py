"""Services on pages: the list, the figures to the minute, what was agreed, and who may change it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from itsm.calendars.models import Calendar
from itsm.cmdb import availabilitycard, figures, itempage, services
from itsm.cmdb.models import CIHistory, Outage, Service
from tests.cmdb.factories import make_ci, make_service

pytestmark = pytest.mark.django_db
# A Friday; November began on a Sunday. Office hours of the tests' calendar are those of the set-up.
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as traveller, translation.override("en"):
        yield traveller


@pytest.fixture
def office(world):
    return Calendar.objects.get(code="OFFICE")


@pytest.fixture
def pay(world, office):
    return make_service(
        name="Paie", organisation=world.lumen,
        service={"customer": world.lumen, "owner": world.agent, "agreed_hours": office, "availability_target": Decimal("99.5")},
    )  # fmt: skip


def signed(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026 on the clocks of Paris."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def down(service, start, end=None, **more) -> Outage:
    return Outage.objects.create(item_id=service.pk, starts_at=start, ends_at=end, **more)


def shown(service) -> dict:
    return availabilitycard.card(
        itempage.service(service.pk), itempage.outage_rows(service.pk, availabilitycard.since())
    )


def line(card: dict, name: str) -> list[str]:
    found = next(each for each in card["lines"] if each["name"] == name)
    return [cell["text"].replace("\xa0", " ") for cell in found["cells"]]


def minutes(hours, start, end) -> int:
    return figures.of(figures.Terms(0, hours), [], start, end).agreed // 60


def test_the_figures_of_the_month_to_the_minute(pay, office):
    down(pay, paris(17, 10), paris(17, 11, 30))  # a Tuesday: 90 agreed minutes
    down(pay, paris(18, 20), paris(19, 9, 30))  # from the evening on: only the morning counts
    down(pay, paris(18, 14), paris(18, 16), planned=True)
    down(pay, paris(19, 14), paris(19, 14, 45), degraded=True)
    morning = minutes(office.pk, paris(18, 20), paris(19, 9, 30))
    assert 0 < morning < 120
    agreed = minutes(office.pk, figures.month()[0], NOON) - 120
    found = figures.of(figures.terms_of(pay), figures.failures([pay.pk], *figures.month())[pay.pk], *figures.month())
    assert (found.agreed, found.down, found.degraded, found.planned) == (
        agreed * 60, (90 + morning) * 60, 45 * 60, 120 * 60,
    )  # fmt: skip
    card = shown(pay)
    assert line(card, "Breaks") == ["2", "0", "2"]
    assert line(card, "MTRS")[0] == "7h 30m"
    assert card["missed"]
    assert card["share"] == figures.percent((agreed - 90 - morning) / agreed)


def test_a_service_counts_from_the_day_it_went_live(pay):
    services.update_service(pay.pk, actor=None, live_on=date(2026, 11, 16))
    down(pay, paris(10, 9), paris(10, 17))
    terms = figures.terms_of(Service.objects.get(pk=pay.pk))
    rows = figures.failures([pay.pk], *figures.month())[pay.pk]
    assert figures.of(terms, rows, *figures.month()).down == 0
    assert figures.of(terms, rows, *figures.month(1)) is None
    card = shown(pay)
    assert [m["share"] for m in card["months"]][:11] == ["—"] * 11


def test_what_was_out_of_order_for_a_minute_is_never_a_hundred_per_cent():
    assert figures.percent(1.0) == figures.percent(1)
    assert figures.percent(0.9999999).startswith("99")
    assert figures.percent(None) == "—"


def test_the_list_shows_the_worst_first_with_the_month_and_its_target(world, pay):
    calm = make_service(name="Annuaire", organisation=world.lumen)
    services.open_outage(pay.item, actor=None, starts_at=NOON - 2 * HOUR)
    page = signed(world.agent).get("/services/")
    text = page.content.decode()
    assert text.index("Paie") < text.index("Annuaire")
    assert "10:00" in text  # since when, in Paris
    row = text[text.index(f'href="/cmdb/{pay.pk}/"') :]
    assert "99,5" in row[: row.index("</tr>")]
    assert "Sous l’objectif" in row[: row.index("</tr>")]
    other = text[text.index(f'href="/cmdb/{calm.pk}/"') :]
    assert "—" in other[: other.index("</tr>")]


def test_what_is_down_comes_first_then_what_lies_furthest_below_its_target(world, office):
    def made(name, target=None, lost=0, state=""):
        terms = {"agreed_hours": office} if target else {}
        service = make_service(name=name, organisation=world.lumen, service=terms | {"availability_target": target})
        if lost:
            down(service, paris(3, 9), paris(3, 9) + lost * MINUTE)
        if state:
            services.set_state(service.pk, state, actor=None)

    made("Sans cible, du temps perdu", lost=60)
    made("Atteint de peu", Decimal("99.0"), lost=30)
    made("Manqué de beaucoup", Decimal("99.9"), lost=120)
    made("Manqué de peu", Decimal("99.9"), lost=30)
    made("En panne, à l’heure", Decimal("90.0"), state="down")
    made("En maintenance", Decimal("90.0"), state="maintenance")
    made("Dégradé", Decimal("90.0"), state="degraded")
    rows = [row["name"] for row in signed(world.agent).get("/services/").context["list"].rows]
    assert rows == [
        "En panne, à l’heure", "Dégradé", "Manqué de beaucoup", "Manqué de peu", "Atteint de peu", "En maintenance",
        "Sans cible, du temps perdu",
    ]  # fmt: skip


def test_the_list_narrows_by_words_customer_stage_and_state(world, pay):
    make_service(name="Annuaire", organisation=world.lumen, service={"stage": "plan"})
    gone = make_service(name="Télex", organisation=world.lumen)
    services.retire_ci(gone.pk, actor=None, reason="Fini")
    client = signed(world.agent)

    def names(query: str) -> list[str]:
        rows = client.get(f"/services/?{query}").context["list"].rows
        return [row["name"] for row in rows]

    assert names("") == ["Paie", "Annuaire"]
    assert names("q=PAI") == ["Paie"]
    assert names("stage=plan") == ["Annuaire"]
    assert names("stage=retired") == ["Télex"]
    assert names(f"customer={world.lumen.code}") == ["Paie"]
    assert names("customer=-") == ["Annuaire"]
    assert names("state=down") == []
    assert client.get("/services/?state=odd").status_code == 422
    assert client.get("/services/?q=%00").status_code == 200


def test_the_list_and_the_page_stay_within_their_budgets(world, pay, django_assert_max_num_queries):
    for n in range(30):
        service = make_service(
            name=f"Service {n:02}", organisation=world.lumen, service={"customer": world.lumen, "owner": world.agent}
        )
        down(service, paris(3, 9), paris(3, 10))
        down(service, paris(20, 9))
    client = signed(world.agent)
    # One of them: which agreements this reader may open.
    for address, most in (("/services/", 6), (f"/cmdb/{pay.pk}/", 13)):
        client.get(address)
        with django_assert_max_num_queries(most):
            page = client.get(address)
        assert page.status_code == 200
        assert len(page.content) < 60_000


def test_the_page_says_what_lasts_what_is_planned_and_what_is_agreed(world, pay):
    services.open_outage(pay.item, actor=None, starts_at=NOON - 30 * MINUTE, public_fr="On cherche.")
    services.open_outage(pay.item, actor=None, starts_at=NOON + 24 * HOUR, ends_at=NOON + 26 * HOUR, planned=True)
    text = signed(world.agent).get(f"/cmdb/{pay.pk}/").content.decode()
    assert "On cherche." in text
    assert text.index("On cherche.") < text.index("Ce qui est convenu")
    assert "MTBSI" in text
    for person in (world.agent, world.admin):
        assert 'href="/settings/agreements/STANDARD/"' in signed(person).get(f"/cmdb/{pay.pk}/").content.decode()
    past = signed(world.agent).get(f"/cmdb/{pay.pk}/?at=2026-11-19").content.decode()
    assert "MTBSI" not in past


def test_an_item_that_is_no_service_has_no_figures(world):
    server = make_ci(name="SRV-1", organisation=world.lumen)
    text = signed(world.agent).get(f"/cmdb/{server.pk}/").content.decode()
    assert "MTBSI" not in text
    assert "Ce qui est convenu" not in text
    assert signed(world.network).get(f"/cmdb/{server.pk}/service/").status_code == 404


def form(pay, **more) -> dict:
    version = Service.objects.select_related("item").get(pk=pay.pk).item.version
    return {
        "customer": "", "owner": "", "agreed_hours": "", "availability_target": "", "stage": "live", "live_on": "", "retired_on": "",
        "description_fr": "", "description_en": "", "reason": "", "version": version,
    } | more  # fmt: skip


def test_a_keeper_changes_what_is_agreed_and_the_history_keeps_it(world, pay, office):
    client = signed(world.network)
    path = f"/cmdb/{pay.pk}/service/"
    assert client.get(path).status_code == 200
    done = client.post(
        path,
        form(
            pay,
            agreed_hours=office.pk,
            availability_target="99,9",
            live_on="2026-01-05",
            owner="agent",
            reason="Comité",
        ),
    )
    assert done.status_code == 302
    service = Service.objects.get(pk=pay.pk)
    assert (service.availability_target, service.live_on, service.owner) == (
        Decimal("99.9"), date(2026, 1, 5), world.agent,
    )  # fmt: skip
    newest = CIHistory.objects.filter(item_id=pay.pk).latest("pk")
    assert newest.changes["service.availability_target"] == ["99.5", "99.9"]
    assert newest.reason == "Comité"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("availability_target", "100,5"),
        ("availability_target", "0"),
        ("owner", "personne"),
        ("retired_on", "2020-01-01"),
        ("stage", "retired"),
    ],
)
def test_what_makes_no_sense_stays_in_the_form(world, pay, field, value):
    answer = signed(world.network).post(f"/cmdb/{pay.pk}/service/", form(pay, live_on="2026-01-05", **{field: value}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_somebody_was_faster(world, pay):
    stale = form(pay)
    services.update_service(pay.pk, actor=world.admin, stage="sunset")
    answer = signed(world.network).post(f"/cmdb/{pay.pk}/service/", stale)
    assert answer.status_code == 409
    assert Service.objects.get(pk=pay.pk).stage == "sunset"


def test_an_item_is_offered_as_a_service(world):
    item = make_ci(ci_class="it_service", name="Fax", organisation=world.lumen)
    client = signed(world.network)
    assert f"/cmdb/{item.pk}/service/" in client.get(f"/cmdb/{item.pk}/").content.decode()
    done = client.post(f"/cmdb/{item.pk}/service/", {"stage": "live", "version": item.version, "public": "on"})
    assert done.status_code == 302
    assert Service.objects.get(pk=item.pk).public


def test_who_may_not_edit_finds_no_form(world, pay):
    for person in (world.agent, world.customer, world.foreign_agent):
        assert signed(person).get(f"/cmdb/{pay.pk}/service/").status_code == 404
