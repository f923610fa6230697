"""By what an item is known again, and what happens when that is not clear."""

import pytest

from itsm.cmdb import services
from itsm.cmdb.intake import runs
from itsm.cmdb.intake.candidates import Candidate, identifier, identifiers
from itsm.cmdb.models import Claim, ConfigurationItem, DataSource, Identifier


@pytest.fixture
def source(world):
    return DataSource.objects.create(code="agents", name="Agents", organisation=world.lumen)


def server(name="srv-1", *, external="", values=None, ci_class="physical_server", **keys) -> Candidate:
    found = identifiers(**keys)
    serial = {"serial": keys["serial"]} if "serial" in keys else {}
    return Candidate(name, "ci", ci_class, external, found, {"name": name} | serial | (values or {}))


def take(source, *candidates):
    return runs.take(source, candidates, format="test", name="test")


def decisions(run) -> list[str]:
    return list(run.rows.order_by("number").values_list("decision", flat=True))


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("serial", " ABC-123 ", "abc-123"), ("serial", "To Be Filled By O.E.M.", ""), ("serial", "0000000000", ""),
        ("serial", "System Serial Number", ""), ("mac", "52-54-00-AB-CD-EF", "52:54:00:ab:cd:ef"), ("mac", "02:42:ac:11:00:02", ""),
        ("mac", "ff:ff:ff:ff:ff:ff", ""), ("mac", "01:00:5e:00:00:01", ""), ("mac", "nonsense", ""), ("uuid", "4C4C4544-0042-3510-8036-B7C04F4A5032", "4c4c454400423510" "8036b7c04f4a5032"),
        ("uuid", "00000000-0000-0000-0000-000000000000", ""), ("uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff", ""),
        ("fqdn", "Srv-1.Lumen.Example.", "srv-1.lumen.example"), ("fqdn", "srv-1", ""), ("fqdn", "localhost.localdomain", ""),
    ],
)  # fmt: skip
def test_what_identifies_nothing_is_no_identifier(kind, text, kept):
    assert identifier(kind, text) == kept


@pytest.mark.django_db
def test_two_agents_without_serial_are_one_item_by_address_and_name(world, source):
    other = DataSource.objects.create(code="agents-2", name="Others", organisation=world.lumen)
    take(source, server("vm-1", external="vm-1-2026-a", mac="52:54:00:11:22:33"))
    take(other, server("vm-1", external="vm-1-2026-b", mac="52:54:00:11:22:33"))
    item = ConfigurationItem.objects.get(name="vm-1")
    assert Claim.objects.filter(item=item).count() == 2


@pytest.mark.django_db
def test_a_renamed_machine_is_known_by_its_serial_number(world, source):
    take(source, server("old", serial="SN-1234"))
    assert decisions(take(source, server("new", serial="sn-1234"))) == ["update"]
    assert ConfigurationItem.objects.get().name == "new"


@pytest.mark.django_db
def test_another_serial_number_under_the_same_name_is_asked_about(world, source):
    take(source, server("srv-1", serial="SN-1111"))
    run = take(source, server("srv-1", serial="SN-2222"))
    row = run.rows.get()
    assert (row.decision, row.options) == ("ambiguous", [ConfigurationItem.objects.get().pk])


@pytest.mark.django_db
def test_keys_of_two_items_at_once_are_never_guessed(world, source):
    take(source, server("a", serial="SN-AAAA"), server("b", uuid="4C4C4544-0042-3510-8036-B7C04F4A5032"))
    run = take(source, server("c", serial="SN-AAAA", uuid="4C4C4544-0042-3510-8036-B7C04F4A5032"))
    assert decisions(run) == ["ambiguous"]
    assert set(run.rows.get().options) == set(ConfigurationItem.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_what_people_made_is_found_by_the_serial_number_that_they_typed_and_no_longer_by_the_one_they_corrected(
    world, source
):
    item = services.create_ci(
        actor=world.agent, ci_class="physical_server", name="By hand", serial="SN-7777", organisation=world.lumen
    )
    services.update_ci(item.pk, actor=world.agent, serial="SN-8888")
    assert list(Identifier.objects.values_list("value", flat=True)) == ["sn-8888"]
    take(source, server("by agent", serial="SN-8888", values={"attributes.os": "Debian 12"}))
    item.refresh_from_db()
    assert (ConfigurationItem.objects.count(), item.attributes) == (1, {"os": "Debian 12"})


@pytest.mark.django_db
def test_a_retired_item_that_is_seen_again_is_asked_about(world, source):
    take(source, server("srv-1", serial="SN-1234"))
    services.retire_ci(ConfigurationItem.objects.get().pk, actor=world.agent, reason="Scrapped")
    run = take(source, server("srv-1", serial="SN-1234"))
    assert decisions(run) == ["ambiguous"]
    assert ConfigurationItem.objects.get().status == "retired"


@pytest.mark.django_db
def test_a_printer_is_not_taken_for_a_server_of_the_same_name(world, source):
    take(source, server("multi"))
    take(source, Candidate("multi", "ci", "printer", "", {}, {"name": "multi"}))
    assert ConfigurationItem.objects.count() == 2


@pytest.mark.django_db
def test_items_of_others_are_neither_changed_nor_shown(world, source):
    services.create_ci(
        actor=None, ci_class="physical_server", name="theirs", serial="SN-9999", organisation=world.other
    )
    run = take(source, server("ours", serial="SN-9999", values={"attributes.os": "Ours"}))
    row = run.rows.get()
    assert (row.decision, row.item, row.options) == ("reject", None, [])
    assert ConfigurationItem.objects.get(name="theirs").attributes == {}


@pytest.mark.django_db
def test_a_batch_of_any_size_asks_the_database_the_same_number_of_times(world, source, django_assert_max_num_queries):
    from itsm.cmdb.intake.deciding import decide

    take(source, *(server(f"srv-{n}", serial=f"SN-100{n}", external=str(n)) for n in range(30)))
    again = [server(f"srv-{n}", serial=f"SN-100{n}", external=str(n)) for n in range(30)]
    with django_assert_max_num_queries(8):
        decide(again, source)


@pytest.mark.django_db
def test_an_item_of_a_department_is_known_and_stays_there(world, source):
    item = services.create_ci(actor=None, ci_class="laptop", name="PC-1", serial="SN-4000", organisation=world.finance)
    assert take(source, server("PC-1", serial="SN-4000", ci_class="laptop")) is None
    assert take(source, server("PC-1", ci_class="laptop")) is None
    assert decisions(take(source, server("PC-1", serial="SN-4001", ci_class="laptop"))) == ["ambiguous"]
    item.refresh_from_db()
    assert (item.organisation, ConfigurationItem.objects.count()) == (world.finance, 1)


@pytest.mark.django_db
def test_the_list_of_sources_counts_what_they_say(world, client, source):
    take(source, server("srv-1", serial="SN-1234"))
    client.force_login(world.admin)
    page = client.get("/settings/data-sources/").content.decode()
    assert "/settings/data-sources/agents/" in page
    assert '<td class="r tnum">1</td>' in page
