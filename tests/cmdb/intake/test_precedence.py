"""Who is believed when sources say different things."""

import pytest

from itsm.cmdb import services
from itsm.cmdb.intake import precedence, runs
from itsm.cmdb.intake.candidates import Candidate, identifiers
from itsm.cmdb.models import CIHistory, ConfigurationItem, DataSource, Drift, PrecedenceRule

OS, CPUS = "attributes.os", "attributes.cpu_count"


@pytest.fixture
def agents(world):
    return DataSource.objects.create(code="agents", name="Agents", organisation=world.lumen, rank=50)


@pytest.fixture
def asset_file(world):
    return DataSource.objects.create(code="assets", name="Asset file", organisation=world.lumen, rank=30)


def say(source, *, partial=False, **values):
    values = {name.replace("__", "."): value for name, value in values.items()}
    candidate = Candidate(
        "srv", "ci", "physical_server", "x1", identifiers(serial="SN-4321"), {"name": "srv", "serial": "SN-4321"} | values,
        is_partial=partial,
    )  # fmt: skip
    precedence.ranks.forget()
    return runs.take(source, [candidate], format="test", name="test")


def item() -> ConfigurationItem:
    return ConfigurationItem.objects.get()


@pytest.mark.django_db
def test_the_better_source_stays_and_the_other_view_is_kept_beside_it(world, agents, asset_file):
    say(asset_file, attributes__os="Debian 12")
    run = say(agents, attributes__os="Debian 13", attributes__cpu_count=8)
    assert (item().attributes["os"], item().attributes["cpu_count"]) == ("Debian 12", 8)
    assert run.rows.get().kept == {OS: ["Debian 12", "Debian 13", "Asset file"]}


@pytest.mark.django_db
def test_the_same_rank_takes_turns_and_a_better_one_overwrites(world, agents, asset_file):
    say(agents, attributes__os="Debian 12")
    say(agents, attributes__os="Debian 13")
    assert item().attributes["os"] == "Debian 13"
    say(asset_file, attributes__os="Debian 14")
    assert item().attributes["os"] == "Debian 14"


@pytest.mark.django_db
def test_a_rule_for_one_attribute_counts_before_the_rank(world, agents, asset_file):
    PrecedenceRule.objects.create(source=agents, ci_class="compute", field=OS, rank=5)
    say(asset_file, attributes__os="Debian 12", attributes__cpu_count=2)
    say(agents, attributes__os="Debian 13", attributes__cpu_count=4)
    assert (item().attributes["os"], item().attributes["cpu_count"]) == ("Debian 13", 2)


@pytest.mark.django_db
def test_what_people_typed_is_not_overwritten_by_an_agent(world, agents):
    say(agents, attributes__os="Debian 12")
    services.update_ci(item().pk, actor=world.agent, attributes={"os": "Debian 12 (hardened)"})
    assert say(agents, attributes__os="Debian 13") is None
    assert item().attributes["os"] == "Debian 12 (hardened)"
    assert Drift.objects.get(source="agents").said == "Debian 13"


@pytest.mark.django_db
def test_what_is_empty_wipes_out_only_what_its_own_source_said(world, agents, asset_file):
    say(asset_file, attributes__os="Debian 12")
    say(agents, attributes__os="", attributes__cpu_count=4)
    assert item().attributes == {"os": "Debian 12", "cpu_count": 4}
    say(agents, attributes__cpu_count=None, partial=True)
    assert item().attributes["cpu_count"] == 4
    say(agents, attributes__cpu_count=None)
    assert item().attributes == {"os": "Debian 12"}


@pytest.mark.django_db
def test_the_same_delivery_again_leaves_no_trace_but_that_it_was_seen(world, agents):
    say(agents, attributes__os="Debian 12")
    before, histories = item(), CIHistory.objects.count()
    assert [say(agents, attributes__os="Debian 12") for _n in range(5)] == [None] * 5
    assert (item().version, CIHistory.objects.count()) == (before.version, histories)
    assert item().last_seen_at >= before.last_seen_at


@pytest.mark.django_db
def test_history_says_which_source_changed_what(world, agents):
    say(agents, attributes__os="Debian 12")
    say(agents, attributes__os="Debian 13")
    kept = CIHistory.objects.get(valid_to=None)
    assert (kept.changes, kept.reason) == ({OS: ["Debian 12", "Debian 13"]}, "Agents")


@pytest.mark.django_db
def test_what_a_source_says_in_vain_is_a_difference_until_it_agrees_again(world, agents):
    say(agents, attributes__os="Debian 12")
    services.update_ci(item().pk, actor=world.agent, attributes={"os": "Debian 12 (hardened)"})
    for _n in range(3):
        say(agents, attributes__os="Debian 13")
    drift = Drift.objects.get()
    assert (drift.field, drift.said, drift.state) == (OS, "Debian 13", "open")
    services.update_ci(item().pk, actor=world.agent, attributes={"os": "Debian 13"})
    say(agents, attributes__os="Debian 13")
    assert Drift.objects.get().state == "agreed"


@pytest.mark.django_db
def test_a_delivery_without_a_column_takes_nothing_back_of_what_its_source_said(world, agents):
    say(agents, attributes__os="Debian 12", attributes__cpu_count=4)
    say(agents, attributes__cpu_count=4)
    say(agents, attributes__os="Debian 13")
    assert item().attributes == {"os": "Debian 13", "cpu_count": 4}
    say(agents, attributes__os="")
    assert item().attributes == {"cpu_count": 4}
