"""What tickets refer to, and people: by name, within what one may know of."""

import pytest

pytestmark = pytest.mark.django_db
V1 = "/api/v1/"


def codes(answer, name="code"):
    assert answer.status_code == 200, answer.json()
    return {row[name] for row in answer.json()["results"]}


def test_organisations_within_reach_and_ones_own(api):
    assert codes(api.agent.get(f"{V1}organisations/")) == {"LUMEN", "LUMEN-FIN"}
    assert codes(api.customer.get(f"{V1}organisations/")) == {"LUMEN", "LUMEN-FIN"}
    assert codes(api.stranger.get(f"{V1}organisations/")) == {"AUTRE"}
    assert codes(api.admin.get(f"{V1}organisations/")) == {"LUMEN", "LUMEN-FIN", "AUTRE"}
    assert api.agent.get(f"{V1}organisations/LUMEN-FIN/").json()["parent"] == "LUMEN"
    assert api.agent.get(f"{V1}organisations/AUTRE/").status_code == 404


def test_sites_and_teams(api):
    assert codes(api.agent.get(f"{V1}sites/")) == {"PAR"}
    assert codes(api.stranger.get(f"{V1}sites/")) == set()
    assert codes(api.agent.get(f"{V1}teams/?function=technical")) == {"N2-RES", "N3-ZOS"}
    assert codes(api.customer.get(f"{V1}teams/")) == set()
    team = api.agent.get(f"{V1}teams/N1-CDS/").json()
    assert (team["level"], team["leader"], team["next_team"], team["organisation"]) == (1, "lead", "N2-RES", "LUMEN")


def test_codes_in_the_readers_language_and_order(api):
    assert {"solved", "workaround", "duplicate"} <= codes(api.customer.get(f"{V1}resolution-codes/"))
    assert api.agent.get(f"{V1}resolution-codes/solved/").json()["name"] == "Solved permanently"
    assert (
        api.agent.get(f"{V1}resolution-codes/solved/", HTTP_ACCEPT_LANGUAGE="fr").json()["name"]
        == "Résolu définitivement"
    )
    assert "software" in codes(api.agent.get(f"{V1}cause-codes/"))
    held = api.agent.get(f"{V1}hold-reasons/requester/").json()
    assert (held["waits_for_requester"], held["comment_required"]) == (True, True)
    positions = [row["position"] for row in api.agent.get(f"{V1}hold-reasons/").json()["results"]]
    assert positions == sorted(positions)


def test_categories_say_their_path(api):
    from itsm.records.models import Category

    top = Category.objects.create(code="software", name_fr="Logiciels", name_en="Software")
    top.path = f"/{top.pk}/"
    top.save()
    below = Category.objects.create(code="browser", name_fr="Navigateur", name_en="Browser", parent=top)
    below.path = f"/{top.pk}/{below.pk}/"
    below.save()
    row = api.agent.get(f"{V1}categories/browser/").json()
    assert (row["parent"], row["path"]) == ("software", "Software › Browser")
    made = api.agent.post(f"{V1}incidents/", {"title": "Slow pages", "category": "browser"}).json()
    assert made["category"] == "browser"
    assert len(api.agent.get(f"{V1}incidents/?category=software").json()["results"]) == 1
    assert len(api.agent.get(f"{V1}records/?category=software").json()["results"]) == 1


def test_calendars_say_when_they_are_open(api):
    calendars = api.agent.get(f"{V1}calendars/").json()["results"]
    assert calendars
    assert all(row["openings"] or row["always_open"] for row in calendars)


def test_people_are_looked_up_by_those_who_may(api):
    assert {"customer", "agent", "lead"} <= codes(api.agent.get(f"{V1}users/"), "username")
    assert "stranger" not in codes(api.agent.get(f"{V1}users/"), "username")
    assert codes(api.agent.get(f"{V1}users/?q=fontaine"), "username") == {"customer"}
    assert codes(api.agent.get(f"{V1}users/?team=N2-RES"), "username") == {"network"}
    assert codes(api.agent.get(f"{V1}users/?email=CUSTOMER@example.org"), "username") == {"customer"}
    assert api.agent.get(f"{V1}users/stranger/").status_code == 404
    person = api.agent.get(f"{V1}users/Network/").json()
    assert (person["name"], person["teams"], person["organisation"], person["site"]) == (
        "Yann Nguyen",
        ["N2-RES"],
        "LUMEN",
        "PAR",
    )


def test_others_read_themselves_only(api):
    assert api.customer.get(f"{V1}users/").status_code == 403
    assert api.customer.get(f"{V1}users/agent/").status_code == 403
    me = api.customer.get(f"{V1}users/me/").json()
    assert (me["username"], me["organisation"], me["roles"]) == ("customer", "LUMEN-FIN", ["requester"])
    assert "password" not in str(me)


def test_names_of_people_sort_without_accents_and_page_by_keyset(api):
    first = api.agent.get(f"{V1}users/?page_size=2").json()
    second = api.agent.get(first["next"]).json()
    keys = [f"{row['last_name']} {row['first_name']}".lower() for row in first["results"] + second["results"]]
    assert keys == sorted(keys)


def test_unknown_codes_are_a_404(api):
    for path in ("teams", "sites", "categories", "resolution-codes", "calendars", "users"):
        assert api.agent.get(f"{V1}{path}/no-such/").status_code == 404
        assert api.agent.get(f"{V1}{path}/%00/").status_code == 404
