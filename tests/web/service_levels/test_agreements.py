"""Agreements edited in the product, tried on an imagined ticket, replayed against a month, applied to what runs on request."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from itsm.audit.models import Entry
from itsm.calendars.models import Calendar
from itsm.core import now, reference, versions
from itsm.levels import agreements as engine
from itsm.levels import lengths
from itsm.levels.models import Agreement, Clock, Target
from itsm.records import repairing, replaying
from itsm.records.models import Record
from servicedesk.incidents import services as incidents
from tests.levels.agreed import HOUR, agree, contract, olas

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
FRIDAY = datetime(2026, 11, 13, 17, 50, tzinfo=PARIS)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=PARIS)


@pytest.fixture
def admin(world):
    client = Client()
    client.force_login(world.admin)
    return client


def typed(**more) -> dict:
    data = {
        "code": "GOLD", "kind": "sla", "name_fr": "Or", "name_en": "Gold", "on_change": "retroactive", "on_reopen": "continue", "active": "on",
        "t-2-own": "20 min", "t-2-resolve": "4 h", "t-5-resolve": "planifié", "t-0-response": "2 jours",
    }  # fmt: skip
    return data | more


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4 h", 14400),
        ("1 h 30", 5400),
        ("1h30", 5400),
        ("20 min", 1200),
        ("2 days", 57600),
        ("2 jours", 57600),
        ("1,5 h", 5400),
        ("1 j 2 h", 36000),
    ],
)
def test_lengths_are_read_as_people_write_them_and_read_back(text, seconds):
    assert lengths.parse(text) == seconds
    assert lengths.parse(lengths.written(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "0 h", "4", "h", "4 weeks", "-4 h", "4 h x", "99999999 h", "4 h 4 h x"])
def test_lengths_that_are_none(text):
    with pytest.raises(ValueError):
        lengths.parse(text)


def test_an_agreement_is_made_whole_and_audited(admin, world):
    answer = admin.post("/settings/agreements/new/", typed(organisation=world.finance.pk))
    assert (answer.status_code, answer.url) == (302, "/settings/agreements/GOLD/")
    made = Agreement.objects.get(code="GOLD")
    assert set(made.targets.values_list("priority", "metric", "seconds")) == {
        (2, "own", 1200), (2, "resolve", 14400), (5, "resolve", None), (None, "response", 57600),
    }  # fmt: skip
    assert Entry.objects.get(verb="agreement.created").actor == world.admin
    text = admin.get("/settings/agreements/GOLD/").content.decode()
    assert 'value="2 jours"' in text
    assert "Finance" in admin.get("/settings/agreements/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"t-2-own": "bientôt"}, "bientôt"),
        ({"kind": "ola"}, "quelle équipe"),
        ({"kind": "uc"}, "quel fournisseur"),
        ({"valid_from": "2026-12-01", "valid_until": "2026-11-01"}, "précède le début"),
        ({"code": "STANDARD"}, "Un autre engagement"),
        ({"t-2-own": "", "t-2-resolve": "", "t-5-resolve": "", "t-0-response": ""}, "au moins une cible"),
        ({"service": "99999"}, "corriger"),
    ],
)
def test_what_is_wrong_says_so(admin, wrong, said):
    answer = admin.post("/settings/agreements/new/", typed(**wrong))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Agreement.objects.filter(code="GOLD").exists()


def test_two_people_at_once_the_second_is_told(admin):
    admin.post("/settings/agreements/new/", typed())
    page = admin.get("/settings/agreements/GOLD/")
    data = typed(seen=page.context["seen"])
    assert admin.post("/settings/agreements/GOLD/", data | {"name_fr": "A"}).status_code == 302
    assert admin.post("/settings/agreements/GOLD/", data | {"name_fr": "B"}).status_code == 409
    assert Agreement.objects.get(code="GOLD").name_fr == "A"


def test_duplicate_and_out_of_force(admin):
    assert admin.post("/settings/agreements/STANDARD/duplicate/").url == "/settings/agreements/STANDARD-2/"
    copy = Agreement.objects.get(code="STANDARD-2")
    assert not copy.active
    assert copy.targets.count() == Agreement.objects.get(code="STANDARD").targets.count()
    admin.post("/settings/agreements/STANDARD-2/switch/", {"active": "yes"})
    copy.refresh_from_db()
    assert copy.active


def test_calendars_that_differ_inside_a_row_are_kept(admin):
    standard = Agreement.objects.get(code="STANDARD")
    before = set(standard.targets.values_list("priority", "metric", "seconds", "calendar_id"))
    Target.objects.filter(agreement=standard, priority=1, metric="own").update(calendar=None)
    mixed = set(standard.targets.values_list("priority", "metric", "seconds", "calendar_id"))
    page = admin.get("/settings/agreements/STANDARD/")
    data = typed(code="STANDARD") | {key: "" for key in typed() if key.startswith("t-")}
    for row in page.context["matrix"]:
        data |= {cell["name"]: cell["text"] for cell in row["cells"]} | {f"c-{row['n']}": row["calendar"]}
    assert admin.post("/settings/agreements/STANDARD/", data).status_code == 302
    assert set(standard.targets.values_list("priority", "metric", "seconds", "calendar_id")) == mixed != before


def tried(admin, **more):
    data = typed(act="try", **{"sim-opened": "2026-11-13T17:50", "sim-priority": "2", **more})
    return admin.post("/settings/agreements/new/", data)


def test_the_simulator_says_which_applies_why_and_how_it_is_counted(admin, world):
    answer = tried(admin, **{"sim-organisation": str(world.finance.pk), "organisation": str(world.lumen.pk)})
    assert answer.status_code == 200
    found = {each["name"]: each for each in answer.context["promised"]}
    resolve = found["Résolution"]
    assert resolve["due_at"] == datetime(2026, 11, 16, 12, tzinfo=PARIS)
    assert resolve["rule"].code == "GOLD"
    assert resolve["why"] == ["pour Groupe Lumen"]
    assert [each.code for each in resolve["others"]] == ["STANDARD"]
    assert resolve["rows"][-1]["why"].endswith("Temps écoulé")
    assert found["Prise en charge"]["due_at"] == datetime(2026, 11, 16, 8, 20, tzinfo=PARIS)
    assert not Agreement.objects.filter(code="GOLD").exists()


def test_the_simulator_asks_the_others_where_the_draft_does_not_fit(admin, world):
    answer = tried(admin, **{"sim-organisation": str(world.other.pk), "organisation": str(world.lumen.pk)})
    assert {each["rule"].code for each in answer.context["promised"]} == {"STANDARD"}
    assert tried(admin, **{"sim-organisation": "x"}).status_code == 422


def resolved(world, hours: int):
    at = now() - timedelta(days=6)
    incident = incidents.open_incident(
        actor=world.agent, requester=world.customer, title="Lent", urgency=1, impact=3, channel="phone", at=at
    )
    incidents.resolve(
        incident.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.", at=at + timedelta(hours=hours)
    )
    return incident


def test_a_month_replayed_shows_compliance_before_and_after(admin, world):
    for hours in (1, 200, 300):
        incident = resolved(world, hours) if hours < 100 else resolved(world, 5 * 24)
        assert incident.priority == 2
    page = admin.post("/settings/agreements/new/", typed(act="replay", **{"t-2-resolve": "60 h"}))
    assert page.status_code == 200
    line = next(row["line"] for row in page.context["replay"]["lines"] if row["line"].metric == "resolve")
    assert (line.n, line.before, line.after) == (3, 1, 3)
    assert page.context["replay"]["found"].touched == 3


def replayed_lines(draft, world) -> dict:
    """{metric: (settled, kept before, kept with it, changed)} of one priority."""
    lines = replaying.replay(draft, world.admin).lines
    return {line.metric: (line.n, line.before, line.after, line.changed) for line in lines}


def test_a_draft_between_teams_is_replayed_on_their_legs_and_a_contract_on_its_waits(world):
    olas()
    signed = contract(4 * HOUR)
    Agreement.objects.exclude(kind="sla").update(calendar=Calendar.objects.get(code="ONCALL24"))
    reference.forget_everything()
    at = now() - timedelta(days=6)
    incident = incidents.open_incident(
        actor=world.agent, requester=world.customer, title="Lent", urgency=1, impact=3, channel="phone", at=at
    )
    incidents.escalate(incident.pk, actor=world.agent, reason="Réseau", to_team=world.n2, at=at + timedelta(minutes=30))
    incidents.acknowledge(incident.pk, actor=world.network, at=at + timedelta(minutes=90))
    incidents.hold(
        incident.pk,
        actor=world.network,
        reason=world.wait_supplier,
        supplier=signed.supplier,
        at=at + timedelta(hours=2),
    )
    incidents.resume(incident.pk, actor=world.network, at=at + timedelta(hours=5))
    incidents.resolve(
        incident.pk, actor=world.network, resolution_code=world.solved, resolution="Fait.", at=at + timedelta(hours=6)
    )
    rules = {rule.code: rule for rule in engine.rules.get()}
    assert replayed_lines(rules["OLA-N1"], world)["transfer"] == (1, 0, 0, 0)
    wider = replace(rules["OLA-N1"], targets={(None, "transfer"): (HOUR, None)})
    assert replayed_lines(wider, world)["transfer"] == (1, 0, 1, 1)
    assert replayed_lines(replace(rules["OLA-N2"], targets={(None, "own"): (HOUR // 2, None)}), world)["own"] == (
        1,
        1,
        0,
        1,
    )
    assert replayed_lines(replace(rules["UC-OP"], targets={(None, "resolve"): (HOUR, None)}), world)["resolve"] == (
        1,
        1,
        0,
        1,
    )


def test_what_counted_under_an_agreement_and_no_longer_would_is_replayed_too(world):
    agree("GOLD", {(None, "resolve"): 60 * HOUR}, organisation=world.finance)
    resolved(world, 5 * 24)
    narrowed = replace(next(r for r in engine.rules.get() if r.code == "GOLD"), organisation_id=world.other.pk)
    assert replayed_lines(narrowed, world)["resolve"] == (1, 1, 0, 1), "the standard one would have been missed"


def test_a_replay_asks_the_database_no_more_often_for_more_records(world, django_assert_max_num_queries):
    gold = agree("GOLD", {(None, "resolve"): 60 * HOUR}, organisation=world.finance)
    for _n in range(6):
        resolved(world, 5)
    draft = next(r for r in engine.rules.get() if r.pk == gold.pk)
    with django_assert_max_num_queries(6):
        assert replaying.replay(draft, world.admin).touched == 6


def test_what_runs_is_chosen_again_only_on_request(admin, world):
    incident = incidents.open_incident(
        actor=world.agent, requester=world.customer, title="Lent", urgency=1, impact=3, channel="phone", at=now()
    )
    admin.post("/settings/agreements/new/", typed())
    reference.forget_everything()
    clock = Clock.objects.get(record=incident, metric="resolve")
    assert clock.target_seconds == 8 * HOUR
    data = {"how": "choose", "agreement": "GOLD", "act": "dry"}
    page = admin.post("/settings/repair/", data)
    assert (page.context["touched"], page.context["total"]) == (1, 1)
    clock.refresh_from_db()
    assert clock.target_seconds == 8 * HOUR
    answer = admin.post("/settings/repair/", data | {"act": "apply", "reason": "Nouveau contrat"})
    assert answer.status_code == 302
    clock.refresh_from_db()
    assert (clock.target_seconds, clock.agreement.code) == (4 * HOUR, "GOLD")
    assert "1" in admin.get(answer.url).content.decode()
    assert Record.objects.get(pk=incident.pk).due_at == clock.due_at


def test_a_repair_shows_what_would_change_then_does_it_once_with_a_reason(admin, world):
    incident = incidents.open_incident(
        actor=world.agent, requester=world.customer, title="Lent", urgency=2, channel="phone", at=MONDAY
    )
    incidents.resolve(
        incident.pk,
        actor=world.agent,
        resolution_code=world.solved,
        resolution="Fait.",
        at=MONDAY + timedelta(days=2, hours=1),
    )
    clock = Clock.objects.get(record=incident, metric="resolve")
    assert (clock.met, clock.elapsed_seconds) == (False, 19 * HOUR)
    clock.calendar.openings.filter(weekday=1).delete()
    versions.bump("calendars")
    reference.forget_everything()
    data = {"how": "count", "numbers": f"voir {incident.number.lower()}, {incident.number}", "act": "dry"}
    page = admin.post("/settings/repair/", data)
    assert (incident.number, True) in [(line["number"], line["flips"]) for line in page.context["lines"]]
    clock.refresh_from_db()
    assert clock.met is False
    assert admin.post("/settings/repair/", data | {"act": "apply"}).status_code == 422
    admin.post("/settings/repair/", data | {"act": "apply", "reason": "Mardi fermé"})
    clock.refresh_from_db()
    assert (clock.met, clock.elapsed_seconds) == (True, 10 * HOUR)
    assert clock.events[-1]["what"] == "repaired"
    entry = Entry.objects.get(verb="incident.clocks_repaired")
    assert entry.data == {"reason": "Mardi fermé", "how": "count"}
    assert repairing.repair(incident.pk, "count", actor=world.admin, reason="Encore") == 0
    client = Client()
    client.force_login(world.agent)
    assert "Mardi fermé" in client.get(f"/desk/incidents/{incident.number}/clocks/").content.decode()
    assert "Mardi fermé" in client.get(f"/desk/incidents/{incident.number}/").content.decode()


def test_only_administrators_change(world):
    for who in ("agent", "lead", "manager", "customer", "stranger"):
        client = Client()
        client.force_login(getattr(world, who))
        for address in ("/settings/agreements/new/", "/settings/repair/", "/settings/repair/abc/"):
            assert client.get(address).status_code == 404, (who, address)
        for act in ("save", "try", "replay"):
            assert client.post("/settings/agreements/STANDARD/", typed(act=act)).status_code == 404, (who, act)
        for address in ("duplicate", "switch"):
            assert client.post(f"/settings/agreements/STANDARD/{address}/").status_code == 404, (who, address)


def test_the_pages_in_few_queries_and_bytes(admin, django_assert_max_num_queries):
    contract()
    agree("VIP", {(None, "resolve"): HOUR}, vip=True)
    admin.get("/settings/agreements/")
    with django_assert_max_num_queries(8):
        assert admin.get("/settings/agreements/").status_code == 200
    with django_assert_max_num_queries(12):
        page = admin.get("/settings/agreements/STANDARD/")
    assert len(page.content) < 60_000


def obeyed(n: int, metric: str, when: str, field: str, how: str, value: str) -> dict:
    parts = {"metric": metric, "when": when, "field": field, "how": how, "value": value}
    return {f"o-{name}-{n}": text for name, text in parts.items()}


def test_conditions_of_clocks_are_typed_as_rows_and_shown_again(admin, world):
    rows = obeyed(0, "resolve", "pause", "hold_reason", "in", "supplier, Attente demandeur") | obeyed(
        1, "resolve", "pause", "priority", "above", "P2"
    )
    rows |= obeyed(2, "response", "stop", "vip", "equals", "oui") | obeyed(3, "", "pause", "", "equals", "")
    answer = admin.post("/settings/agreements/new/", typed(**rows))
    assert answer.status_code == 302
    from itsm.levels.services import terms_of

    assert terms_of(Agreement.objects.get(code="GOLD")).conditions == {
        "response": {"stop": [{"field": "vip", "equals": True}]},
        "resolve": {"pause": [{"field": "hold_reason", "in": ["supplier", "requester"]}, {"field": "priority", "above": 2}]},
    }  # fmt: skip
    page = admin.get("/settings/agreements/GOLD/").content.decode()
    assert 'value="supplier, requester"' in page
    entry = Entry.objects.filter(verb="agreement.created").latest("pk")
    again = admin.post("/settings/agreements/GOLD/", typed(active=""))
    assert again.status_code == 302
    assert terms_of(Agreement.objects.get(code="GOLD")).conditions == {}
    changed = Entry.objects.filter(verb="agreement.changed").latest("pk")
    assert changed.pk > entry.pk
    assert "conditions" in changed.changes


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("resolve", "pause", "hold_reason", "equals", "Vacances"), "Vacances"),
        (("resolve", "pause", "", "equals", "x"), "champ"),
        (("resolve", "pause", "priority", "equals", ""), "valeur"),
        (("resolve", "pause", "vip", "equals", "peut-être"), "oui"),
        (("resolve", "never", "vip", "equals", "oui"), "listes"),
        (("response", "pause", "priority", "equals", "3"), "jamais"),
        (("update", "pause", "priority", "equals", "3"), "cible"),
        (("resolve", "pause", "team", "above", "N1-CDS"), "compare"),
    ],
)
def test_conditions_that_say_nothing_are_told_where_they_are(admin, world, row, words):
    answer = admin.post("/settings/agreements/new/", typed(**obeyed(0, *row)))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Agreement.objects.filter(code="GOLD").exists()


def test_the_simulator_says_what_a_clock_waits_for(admin, world):
    asked = {"act": "try", "sim-opened": "2026-11-13T17:50", "sim-priority": "3", "sim-organisation": world.lumen.pk}
    rows = obeyed(0, "resolve", "start", "priority", "equals", "P2")
    data = typed(**rows, **asked) | {"t-0-resolve": "8 h"}
    waits = admin.post("/settings/agreements/new/", data).content.decode()
    assert "Pas encore démarrée" in waits
    assert "commence quand «\u00a0priorité\u00a0» est P2" in waits
    runs = admin.post("/settings/agreements/new/", data | {"sim-priority": "2"}).content.decode()
    assert "Ouverture, «\u00a0priorité\u00a0» est P2" in runs


def test_a_month_is_replayed_with_the_pauses_that_the_draft_asks_for(world):
    """Held an hour for the supplier and two with N2: the draft counts the first and not the second."""
    agree(
        "OLD", {(None, "resolve"): 4 * HOUR}, organisation=world.lumen, calendar=Calendar.objects.get(always_open=True)
    )
    at = now() - timedelta(days=3)
    made = incidents.open_incident(
        actor=world.agent, requester=world.customer, title="Lent", urgency=3, channel="phone", at=at
    )
    incidents.hold(made.pk, actor=world.agent, reason=world.wait_supplier, at=at + timedelta(hours=1))
    incidents.resume(made.pk, actor=world.agent, at=at + timedelta(hours=2))
    incidents.escalate(made.pk, actor=world.agent, to_team=world.n2, reason="R", at=at + timedelta(hours=3))
    incidents.assign(made.pk, actor=world.network, team=world.n1, at=at + timedelta(hours=5))
    incidents.resolve(
        made.pk, actor=world.agent, resolution_code=world.solved, resolution="Fait.", at=at + timedelta(hours=6)
    )
    assert Clock.objects.get(record=made, metric="resolve", kind="sla").elapsed_seconds == 5 * HOUR
    old = next(rule for rule in engine.rules.get() if rule.code == "OLD")
    in_n2 = {"resolve": {"pause": [{"field": "team", "equals": "N2-RES"}]}}
    for conditions, kept in (
        (in_n2, True),
        ({"resolve": {"pause": [{"field": "level", "equals": 3}]}}, False),
        ({}, False),
    ):
        draft = replace(old, conditions=conditions)
        line = next(each for each in replaying.replay(draft, world.admin).lines if each.metric == "resolve")
        assert (line.n, line.after) == (1, int(kept))
