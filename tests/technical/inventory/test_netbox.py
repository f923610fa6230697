"""NetBox's demo data comes in whole, and twice changes nothing."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from itsm.audit.models import Entry
from itsm.cmdb.intake import reading, runs
from itsm.cmdb.models import CIHistory, ConfigurationItem, DataSource, IntakeRow, Relation
from itsm.people import services as people
from itsm.people.models import Organisation, Site
from technical.models import VLAN, VRF, Cable, Interface, IPAddress, IPRange, Prefix

FILE = Path(os.environ.get("VIGIE_SHARED", ""), "data", "netbox-demo-v3.6.json")


@pytest.fixture
def source(world):
    place = people.create_organisation(actor=None, code="NETBOX", name="NetBox")
    return DataSource.objects.create(code="netbox", name="NetBox", organisation=place)


def bring(source, path: Path):
    run = reading.read(reading.begin(actor=None, source=source, format="netbox", name=path.name, path=path), path)
    assert run.error == ""
    return runs.do(runs.confirm(run, actor=None).pk)


def classes() -> Counter:
    return Counter(ConfigurationItem.objects.values_list("ci_class", flat=True))


@pytest.mark.needs_shared
@pytest.mark.django_db
def test_the_demo_data_comes_in_whole_and_twice_changes_nothing(source):
    run = bring(source, FILE)
    assert not list(run.rows.filter(decision__in=["reject", "ambiguous"]).values_list("kind", "label", "reason"))
    found = classes()
    devices = ("router", "switch", "pdu", "patch_panel", "physical_server")
    assert {code: found[code] for code in devices} == {
        "router": 13, "switch": 26, "pdu": 13, "patch_panel": 19, "physical_server": 1,
    }  # fmt: skip
    assert (found["rack"], found["virtual_machine"], found["cluster"], found["circuit"]) == (42, 180, 32, 29)
    assert Interface.objects.count() == 1586 + 720
    assert (Cable.objects.count(), Prefix.objects.count(), VLAN.objects.count()) == (108, 90, 63)
    assert (VRF.objects.count(), IPAddress.objects.count(), IPRange.objects.count()) == (6, 180, 4)
    assert Organisation.objects.filter(parent=source.organisation).count() == 11
    assert Site.objects.filter(code__startswith="NB-").exclude(code__startswith="NB-R-").count() == 24
    kinds = Counter(Relation.objects.values_list("type__code", flat=True))
    assert (kinds["runs_on"], kinds["hosted_in"] > 60, kinds["powered_by"] > 20, kinds["cabled_to"] > 50) == (
        180,
        True,
        True,
        True,
    )
    before = (CIHistory.objects.count(), Relation.objects.count(), classes(), written())
    again = bring(source, FILE)
    assert Counter(again.rows.values_list("decision", flat=True)) == {"same": again.rows_total}
    assert (CIHistory.objects.count(), Relation.objects.count(), classes(), written()) == before


def written() -> int:
    """What was noted of true changes; that an import ran is no change."""
    return Entry.objects.exclude(verb__startswith="intake.").count()


def export(**devices) -> list[dict]:
    """A small export: one site, one switch type, the given devices by name."""
    rows = [
        ("dcim.site", 1, {"name": "Lab", "slug": "lab", "tenant": None, "region": None}),
        ("dcim.manufacturer", 1, {"name": "Acme"}),
        ("dcim.devicetype", 1, {"model": "X1", "manufacturer": 1}),
        ("dcim.devicerole", 1, {"name": "Access Switch"}),
        ("dcim.devicerole", 2, {"name": "Coffee machine"}),
    ]
    for pk, (name, more) in enumerate(devices.items(), 1):
        device = {
            "name": name,
            "device_type": 1,
            "role": 1,
            "site": 1,
            "status": "active",
            "tenant": None,
            "serial": "",
        }
        rows.append(("dcim.device", pk, device | more))
    return [{"model": model, "pk": pk, "fields": fields} for model, pk, fields in rows]


@pytest.mark.django_db
def test_a_role_that_is_no_class_is_said_and_the_rest_comes_in(source, tmp_path):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(export(sw1={}, barista={"role": 2})))
    run = bring(source, path)
    assert ConfigurationItem.objects.get().name == "sw1"
    assert "Coffee machine" in run.rows.get(decision="reject").reason


@pytest.mark.django_db
def test_a_device_that_is_renamed_there_is_renamed_here(source, tmp_path):
    path = tmp_path / "export.json"
    path.write_text(json.dumps(export(sw1={})))
    bring(source, path)
    path.write_text(json.dumps(export(sw9={})))
    bring(source, path)
    assert ConfigurationItem.objects.get().name == "sw9"


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[1, 2]", '[{"model": "dcim.device", "pk": 1, "fields": {}}]', "[" * 100_000, '{"a": NaN}']
)
@pytest.mark.django_db
def test_another_file_is_refused_with_a_reason(source, tmp_path, text):
    path = tmp_path / "export.json"
    path.write_text(text)
    run = reading.read(reading.begin(actor=None, source=source, format="netbox", name="x", path=path), path)
    assert (run.state, bool(run.error), IntakeRow.objects.count()) == ("failed", True, 0)
