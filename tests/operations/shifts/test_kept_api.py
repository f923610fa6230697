"""Shifts that come back, who is in them, and lists of checks, kept over REST."""

import pytest

from itsm.audit.models import Entry
from itsm.gateway import tokens
from operations.control.shifts.models import Check, CheckList, Shift, ShiftPattern
from tests.api.client import Rest
from tests.cmdb.factories import make_ci

PATTERNS, LISTS = "/api/v1/shift-patterns/", "/api/v1/check-lists/"


@pytest.fixture(autouse=True)
def _forget_tokens():
    tokens.forget_all()
    yield
    tokens.forget_all()


@pytest.fixture
def keeper(watch):
    return Rest(watch.sekou)


def test_patterns_are_read_with_their_turns_and_filtered(watch):
    found = Rest(watch.agent).get(f"{PATTERNS}?team=EXP-PIL&active=true").json()["results"]
    assert [row["name"] for row in found] == ["Morning shift", "Afternoon shift", "Quart de nuit"]
    assert (found[0]["starts"], found[0]["team"], found[0]["organisation"]) == ("06:00:00", "EXP-PIL", "LUMEN")
    assert found[1]["turns"] == [{"person": "maud", "weekdays": [0, 1, 2, 3, 4], "first_day": None, "last_day": None}]
    assert Rest(watch.agent).get(f"{PATTERNS}?team=N1-CDS").json()["results"] == []
    assert Rest(watch.foreign_agent).get(f"{PATTERNS}{watch.morning.pk}/").status_code == 404
    assert Rest(watch.customer).get(PATTERNS).status_code == 403


def test_a_pattern_is_made_changed_and_its_shifts_follow(watch, keeper):
    body = {
        "name_fr": "Astreinte", "team": "EXP-PIL", "starts": "10:00", "ends": "12:00", "weekdays": [1, 2],
        "turns": [{"person": "maud", "weekdays": [1], "first_day": "2026-03-01", "last_day": None}],
    }  # fmt: skip
    made = keeper.post(PATTERNS, body)
    assert made.status_code == 201, made.json()
    pk = made.json()["id"]
    assert made["Location"].endswith(f"{PATTERNS}{pk}/")
    ahead = Shift.objects.filter(pattern=pk).count()
    assert ahead
    tag = keeper.get(f"{PATTERNS}{pk}/")["ETag"]
    changed = keeper.patch(f"{PATTERNS}{pk}/", {"weekdays": [2], "turns": []}, headers={"If-Match": tag})
    assert (changed.json()["weekdays"], changed.json()["turns"], changed.json()["version"]) == ([2], [], 2)
    assert Shift.objects.filter(pattern=pk).count() < ahead
    assert keeper.patch(f"{PATTERNS}{pk}/", {"active": False}, headers={"If-Match": tag}).status_code == 412
    assert keeper.patch(f"{PATTERNS}{pk}/", {"active": False}).json()["active"] is False
    assert Entry.objects.filter(verb="shift_pattern.saved", actor=watch.sekou).count() == 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends": "10:00"}, "ends"), ({"team": "NOPE"}, "team"), ({"weekdays": [7]}, "weekdays.0"), ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"turns": [{"person": "nobody"}]}, "turns.0.person"), ({"name_fr": "Quart du matin"}, "name_fr"),
        ({"turns": [{"person": "maud", "first_day": "2026-03-02", "last_day": "2026-03-01"}]}, "turns.0.last_day"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(watch, keeper, wrong, field):
    body = {"name_fr": "Astreinte", "team": "EXP-PIL", "starts": "10:00", "ends": "12:00"} | wrong
    answer = keeper.post(PATTERNS, body)
    assert (answer.status_code, field in answer.json()["errors"]) == (400, True), answer.json()
    assert ShiftPattern.objects.count() == 3


def test_people_are_added_and_taken_out_of_one_shift(watch, keeper):
    address = f"/api/v1/shifts/{watch.second.pk}"
    assert keeper.post(f"{address}/add-person/", {"person": "sekou"}).json()["people"] == ["maud", "sekou"]
    assert keeper.post(f"{address}/remove-person/", {"person": "maud"}).json()["people"] == ["sekou"]
    assert keeper.post(f"{address}/remove-person/", {"person": "maud"}).status_code == 409
    assert keeper.post(f"{address}/add-person/", {"person": "agent"}).status_code == 400
    assert Rest(watch.agent).post(f"{address}/add-person/", {"person": "maud"}).status_code == 403


def test_lists_of_checks_are_kept_whole_and_what_is_left_out_is_retired(checks, keeper):
    item = make_ci(organisation=checks.lumen, name="SALLE-1")
    found = keeper.get(f"{LISTS}{checks.checklist.pk}/").json()
    assert [(row["name_en"], row["rule"]) for row in found["checks"]] == [
        ("Backups of the night", ""), ("", ""), ("", "majors"),
    ]  # fmt: skip
    kept = found["checks"][1] | {"item": item.key, "how": "Lire l’écran"}
    changed = keeper.patch(f"{LISTS}{found['id']}/", {"due": "08:00", "checks": [kept, {"name_fr": "Nouveau"}]})
    assert changed.status_code == 200, changed.json()
    told = changed.json()
    assert (told["due"], [row["name_fr"] for row in told["checks"]]) == (
        "08:00:00",
        ["Températures des salles", "Nouveau"],
    )
    assert (told["checks"][0]["id"], told["checks"][0]["item"]) == (checks.rooms.pk, item.key)
    assert Check.objects.filter(checklist=found["id"], is_active=False).count() == 2
    made = keeper.post(LISTS, {"name_fr": "Soir", "team": "EXP-PIL", "due": "20:00", "checks": [{"name_fr": "Portes"}]})
    assert made.status_code == 201, made.json()
    assert [row["name"] for row in keeper.get(f"{LISTS}?team=EXP-PIL").json()["results"]] == ["Soir"]
    assert keeper.post(f"{LISTS}{found['id']}/run/").status_code == 200


@pytest.mark.parametrize(
    ("check", "name"), [({"rule": "nonsense"}, "rule"), ({"rule": "job"}, "item"), ({"item": "nowhere"}, "item"), ({"name_fr": ""}, "name_fr")]
)  # fmt: skip
def test_a_check_lacks_nothing(checks, keeper, check, name):
    body = {"name_fr": "Soir", "team": "EXP-PIL", "due": "20:00", "checks": [{"name_fr": "Portes"} | check]}
    answer = keeper.post(LISTS, body)
    assert answer.status_code == 400
    assert name in str(answer.json()["errors"])
    assert CheckList.objects.count() == 1


def test_who_reads_changes_nothing(checks, keeper):
    for reader, status in ((checks.agent, 403), (checks.foreign_agent, 404), (checks.customer, 403)):
        client = Rest(reader)
        for address in (f"{PATTERNS}{checks.morning.pk}/", f"{LISTS}{checks.checklist.pk}/"):
            assert client.patch(address, {"name_fr": "x"}).status_code == status
        assert client.post(f"{LISTS}{checks.checklist.pk}/run/").status_code == status
    for address in (PATTERNS, LISTS):
        assert Rest(checks.agent).post(address, {"name_fr": "x"}).status_code == 403
    assert ShiftPattern.objects.filter(name_fr="x").count() == 0
