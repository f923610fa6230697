"""Groupe Lumen as the demo tells it: its structure, its accounts, its story."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, F, Q

from demo import explained, seed, tickets, weekend
from itsm.cmdb.models import ConfigurationItem
from itsm.people.models import Membership, Organisation, Site, Team, User
from itsm.records.models import CauseCode, HoldReason, Record, ResolutionCode
from tests.world import PASSWORD

from .conftest import SCALE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("lumen")]

TEAMS = {
    "N0-STD": 0, "N1-CDS": 1, "N1-PROX": 1, "N2-CSV": 2, "N2-POSTE": 2, "N2-RES": 2, "N2-SYS": 2, "N2-MSG": 2, "N3-ZOS": 3, "N3-STO": 3,
    "N3-SGBD": 3, "N3-SEC": 3, "EXP-PIL": None, "EXP-ORD": None, "EXP-EDI": None, "INF-DC": None, "APP-FIN": 3, "APP-RH": 3, "APP-MET": 3,
    "GEST-CHG": None, "GEST-PB": None, "RESP-CDS": None, "FRN-OPER": None,
}  # fmt: skip
ACCOUNTS = {
    "requester": None, "operator": "N0-STD", "agent": "N1-CDS", "lead": "N1-CDS", "network": "N2-RES", "mainframe": "N3-ZOS",
    "ops": "EXP-PIL", "apps": "APP-RH", "change": "GEST-CHG", "manager": None, "admin": None, "outsider": None,
}  # fmt: skip


def test_the_teams_are_those_of_the_company_with_their_levels_and_names_in_both_languages():
    teams = {team.code: team for team in Team.objects.all()}
    assert {code: team.level for code, team in teams.items()} == TEAMS
    assert all(team.name_fr and team.name_en and team.leader_id for team in teams.values())


def test_every_account_of_the_contract_signs_in_and_stands_in_its_team(client):
    for login, team in ACCOUNTS.items():
        client.logout()
        client.post("/accounts/login/", {"login": login, "password": PASSWORD})
        assert client.session.get("_auth_user_id"), login
        person = User.objects.get(username=login)
        if team:
            assert Membership.objects.filter(user=person, team__code=team).exists(), login


def test_nobody_else_has_a_password():
    others = User.objects.exclude(username__in=ACCOUNTS)
    assert others.exists()
    assert not any(user.has_usable_password() for user in others[:50])


def test_the_outsider_belongs_to_another_organisation_with_things_of_its_own():
    outsider = User.objects.get(username="outsider")
    theirs = outsider.organisation
    assert theirs.parent_id is None
    assert theirs.code != "LUMEN"
    assert Record.objects.filter(organisation=theirs).count() >= 2
    assert User.objects.filter(organisation=theirs).count() >= 2
    assert ConfigurationItem.objects.filter(organisation=theirs).count() >= 2


def test_people_and_agents_follow_the_scale():
    agents = User.objects.filter(memberships__isnull=False).distinct().count()
    assert seed.AGENTS - 3 <= agents <= seed.AGENTS
    plain = User.objects.filter(memberships__isnull=True, organisation__code__startswith="LUMEN").count()
    assert plain >= int(seed.USERS * SCALE)
    assert (seed.USERS, seed.AGENTS, seed.TICKETS) == (1800, 45, 3200)


def test_the_places_and_zones_are_there():
    assert {"Europe/Paris", "America/Montreal"} <= set(Site.objects.values_list("time_zone", flat=True))
    names = " ".join(Site.objects.values_list("name", flat=True))
    assert all(place in names for place in ("Paris", "Nanterre", "Lyon", "Lille", "Nantes", "Montréal"))
    assert Organisation.objects.filter(kind="supplier").count() == 3


def test_the_codes_have_both_languages_and_there_is_no_other():
    for model in (ResolutionCode, CauseCode, HoldReason):
        rows = list(model.objects.all())
        assert len(rows) >= 6
        assert all(row.name_fr and row.name_en for row in rows)
        assert not [row for row in rows if row.code == "other"]


def test_payroll_stands_on_the_rack_with_two_feeds():
    from itsm.cmdb.models import Relation

    below = dict(Relation.objects.values_list("source__key", "target__key").exclude(target__key__startswith="feed"))
    chain, key = [], "svc-paienet"
    while key:
        chain.append(key)
        key = below.get(key) if key not in ("db2p-paie",) else "array-01"
    assert chain == ["svc-paienet", "app-paienet", "db2p-paie", "array-01", "rack-dc1-a07"]
    feeds = Relation.objects.filter(source__key="rack-dc1-a07").values_list("target__key", flat=True)
    assert set(feeds) == {"feed-a", "feed-b"}


def test_the_mail_was_down_for_two_hours_and_ten_minutes_with_sixty_one_children():
    major = Record.objects.get(major=True)
    assert major.resolved_at - major.opened_at == timedelta(hours=2, minutes=10)
    assert (major.priority, major.category.code, major.child_count) == (1, "mail-in", 61)
    assert major.opened_at.astimezone(tickets.PARIS).weekday() < 5
    children = Record.objects.filter(parent=major)
    assert children.count() == 61
    assert set(children.values_list("resolved_at", "category__code")) == {(major.resolved_at, "mail-in")}


def test_the_week_has_its_shape(lumen):
    """Monday is the peak, the weekend nearly empty; nothing lies in the future or before the ninety days."""
    drawn = Record.objects.filter(kind="incident", major=False, parent=None, organisation__code__startswith="LUMEN")
    drawn = drawn.exclude(title__in=[weekend.TITLE, explained.TITLE])  # these happened when they happened
    moments = [at.astimezone(tickets.PARIS) for at in drawn.values_list("opened_at", flat=True)]
    days = [sum(at.weekday() == day for at in moments) for day in range(7)]
    assert max(days) == days[0]
    assert sum(days[5:]) < 0.1 * sum(days)
    assert sum(8 <= at.hour < 18 for at in moments) > 0.8 * len(moments)
    assert lumen - timedelta(days=92) < min(moments)
    assert max(moments) <= lumen + timedelta(minutes=10)


def test_every_queue_has_work_and_most_of_it_is_done():
    phases = dict(Record.objects.values_list("phase").annotate(n=Count("pk")))
    assert set(phases) == {"open", "waiting", "resolved", "closed"}
    assert phases["closed"] > 2 * (phases["open"] + phases["waiting"])
    assert Record.objects.filter(escalation_count__gt=0, level=3).exists()
    assert Record.objects.filter(reopen_count__gt=0).exists()
    assert Record.objects.filter(confidentiality__isnull=False).exists()


def test_the_agents_list_and_the_dashboard_have_something_to_show(client):
    client.post("/accounts/login/", {"login": "lead", "password": PASSWORD})
    assert "INC00" in client.get("/desk/incidents/").content.decode()
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "manager", "password": PASSWORD})
    assert client.get("/kpis/").status_code == 200


def test_the_demo_is_only_loaded_into_an_empty_database():
    with pytest.raises(CommandError, match="not empty"):
        call_command("seed_demo", "--scale", "0.01")


def test_a_scale_of_nothing_is_refused():
    Organisation.objects.filter(~Q(pk=F("pk"))).delete()
    with pytest.raises(CommandError):
        call_command("seed_demo", "--scale", "0")
