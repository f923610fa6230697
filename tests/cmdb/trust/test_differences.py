"""What sources say against what stands: kept on claims, settled by people, shown on the page of the item."""

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import services
from itsm.cmdb.models import Claim, ConfigurationItem
from itsm.cmdb.trust import corrections
from itsm.core.errors import IllegalMove, StaleVersion

from .saying import OS, say, source

pytestmark = pytest.mark.django_db


def conflicts(who) -> dict:
    return Claim.objects.get(source=who).conflicts


def test_a_source_that_is_not_believed_differs_until_somebody_agrees(world):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, attributes__os="Debian 12")
    item = say(agents, attributes__os="Debian 13")
    assert (conflicts(file), conflicts(agents)) == ({}, {OS: ["Debian 12", "Debian 13"]})
    services.update_ci(item.pk, actor=world.network, attributes={"os": "Debian 13"})
    assert (conflicts(file), conflicts(agents)) == ({OS: ["Debian 13", "Debian 12"]}, {})


def test_a_better_source_that_overwrites_leaves_the_other_one_differing(world):
    agents, file = source(world, "agents"), source(world, "file", 30)
    say(agents, attributes__os="Debian 12")
    say(file, attributes__os="Debian 13")
    assert (conflicts(agents), conflicts(file)) == ({OS: ["Debian 13", "Debian 12"]}, {})


def test_what_a_person_takes_over_stays_when_the_better_source_speaks_again(world):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, attributes__os="Debian 12")
    item = say(agents, attributes__os="Debian 13")
    corrections.take(item.pk, OS, agents.pk, actor=world.network)
    assert say(file, attributes__os="Debian 12").attributes["os"] == "Debian 13"
    assert (conflicts(file), conflicts(agents)) == ({}, {}), "what a person decided is settled"
    assert say(file, attributes__os="Debian 14").attributes["os"] == "Debian 13"
    assert conflicts(file) == {OS: ["Debian 13", "Debian 14"]}, "what is new is heard again"
    entry = Entry.objects.filter(verb="ci.changed", subject_id=item.pk).latest("id")
    assert (entry.actor, entry.data["reason"]) == (world.network, "D’après Agents")


def test_a_value_typed_later_takes_the_place_of_the_decision(world):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, attributes__os="Debian 12")
    item = say(agents, attributes__os="Debian 13")
    corrections.take(item.pk, OS, agents.pk, actor=world.network)
    services.update_ci(item.pk, actor=world.network, attributes={"os": "Debian 15"})
    assert Claim.objects.get(source__code="hand").conflicts == {}
    assert say(file, attributes__os="Debian 12").attributes["os"] == "Debian 15"


def test_keeping_what_stands_settles_what_is_said_now_and_confirms_the_item(world):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, attributes__os="Debian 12")
    item = say(agents, attributes__os="Debian 13")
    corrections.keep(item.pk, OS, actor=world.network)
    item.refresh_from_db()
    assert (conflicts(agents), item.attributes["os"], item.confirmed_at is not None) == ({}, "Debian 12", True)
    with pytest.raises(IllegalMove):
        corrections.keep(item.pk, OS, actor=world.network)


def test_who_looked_at_an_older_state_takes_nothing_over(world):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, attributes__os="Debian 12")
    item = say(agents, attributes__os="Debian 13")
    with pytest.raises(StaleVersion):
        corrections.take(item.pk, OS, agents.pk, actor=world.network, version=item.version - 1)


def test_the_page_says_who_says_what_and_takes_over_by_one_press(world, client):
    file, agents = source(world, "file", 30), source(world, "agents")
    say(file, attributes__os="Debian 12")
    item = say(agents, attributes__os="Debian 13")
    client.force_login(world.agent)
    page = f"/cmdb/{item.pk}/trust/"
    assert page in client.get(item.get_absolute_url()).content.decode()
    text = client.get(page).content.decode()
    assert "Debian 13" in text
    assert "File le dit et est cru (rang 30)." in text
    assert "opinions/" not in text, "who may not change it has no button"
    assert client.post(f"/cmdb/{item.pk}/opinions/", {"field": OS, "source": agents.pk}).status_code == 404
    client.force_login(world.network)
    assert "opinions/" in client.get(page).content.decode()
    client.post(f"/cmdb/{item.pk}/opinions/", {"field": OS, "source": agents.pk, "version": item.version})
    assert ConfigurationItem.objects.get(pk=item.pk).attributes["os"] == "Debian 13"
    assert "opinions/" not in client.get(page).content.decode(), "what is decided is settled"
    client.force_login(world.foreign_agent)
    assert client.get(page).status_code == 404
    assert client.post(f"/cmdb/{item.pk}/opinions/", {"field": OS, "source": agents.pk}).status_code == 404
