"""Classes are files: versions when a file changes, inheritance, refusals in the reader's language."""

import textwrap

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import translation

from itsm.cmdb import classes
from itsm.cmdb.models import CIClass
from itsm.core.errors import DomainError

pytestmark = pytest.mark.django_db

MINE = 'fr = "Ascenseur"\nen = "Lift"\nparent = "facility"\n\n[attributes.floors]\ntype = "integer"\nfr = "Étages"\nen = "Floors"\nrequired = true\nminimum = 1\n'


@pytest.fixture
def site(monkeypatch, tmp_path):
    """A folder of classes beside those that are shipped. Returns a function that writes one file and loads."""
    shipped = list(classes._files())
    monkeypatch.setattr(
        classes, "_files", lambda: [*shipped, *(("site", path) for path in sorted(tmp_path.glob("*.toml")))]
    )

    def write(code: str, text: str) -> int:
        (tmp_path / f"{code}.toml").write_text(text, encoding="utf-8")
        return classes.load_files()

    return write


def test_every_shipped_class_is_loaded_named_in_both_languages_and_drawn(db):
    known = classes.classes.get()
    assert len(known) > 50
    assert all(spec.names["fr"] and spec.names["en"] and spec.icon for spec in known.values())
    assert all(rule.get("x-fr") and rule.get("x-en") for spec in known.values() for rule in spec.properties.values())
    choices = [
        (spec, name, rule) for spec in known.values() for name, rule in spec.properties.items() if "enum" in rule
    ]
    assert all(set(rule["enum"]) == set(rule[f"x-words-{lang}"]) for _s, _n, rule in choices for lang in ("fr", "en"))


@pytest.mark.parametrize(
    "code",
    [
        "business_process", "business_service", "it_service", "application", "interface", "software_instance", "middleware", "db_server",
        "database_schema", "web_application", "licence", "certificate", "domain", "mainframe_cec", "lpar", "physical_server", "hypervisor",
        "cluster", "virtual_machine", "container_platform", "router", "switch", "firewall", "load_balancer", "wlan_controller",
        "access_point", "circuit", "storage_array", "storage_pool", "lun", "nas", "san_switch", "tape_library", "laptop", "desktop",
        "monitor", "phone", "mobile", "printer", "print_queue", "job_schedule", "job", "backup_plan", "console", "site", "building",
        "room", "row", "rack", "pdu", "ups", "generator", "crac", "power_feed", "dr_site",
    ],
)  # fmt: skip
def test_the_classes_of_the_demo_data_are_there(code):
    assert not classes.classes.get()[code].abstract


def test_loading_again_changes_nothing(db):
    assert classes.load_files() == 0


def test_a_comment_makes_no_version_and_a_change_does(site):
    assert site("lift", MINE) == 1
    assert site("lift", "# our lifts\n" + MINE) == 0
    assert site("lift", MINE.replace("Lift", "Elevator")) == 1
    assert list(
        CIClass.objects.filter(code="lift").order_by("version").values_list("version", "name_en", "is_current")
    ) == [
        (1, "Lift", False),
        (2, "Elevator", True),
    ]


def test_attributes_and_keys_are_inherited(site):
    site("lift", MINE)
    site("goods_lift", 'fr = "Monte-charge"\nen = "Goods lift"\nparent = "lift"\n')
    spec = classes.classes.get()["goods_lift"]
    assert spec.required == ("floors",)
    assert "goods_lift" in classes.with_subclasses("lift")
    assert classes.classes.get()["lpar"].identity_keys == classes.classes.get()["compute"].identity_keys


@pytest.mark.parametrize(
    ("attributes", "english", "french"),
    [
        ({}, "“Floors” is required.", "« Étages » est obligatoire."),
        ({"floors": "many"}, "“Floors” must be a whole number.", "« Étages » doit être un nombre entier."),
        ({"floors": 0}, "“Floors” is too small: at least 1.", "« Étages » est trop petit : 1 au moins."),
    ],
)
def test_a_refusal_is_said_in_the_readers_language(site, attributes, english, french):
    site("lift", MINE)
    for language, words in (("en", english), ("fr", french)):
        with translation.override(language), pytest.raises(DomainError) as refusal:
            classes.validate("lift", attributes)
        assert str(refusal.value.message).replace("\xa0", " ") == words


def test_a_date_must_be_one():
    with pytest.raises(DomainError):
        classes.validate("certificate", {"expires_on": "soon"})
    assert "expires_on" in classes.classes.get()["certificate"].properties


@pytest.mark.parametrize(
    "text",
    [
        'fr = "Sans anglais"\n',
        'fr = "A"\nen = "A"\nparent = "nothing"\n',
        'fr = "A"\nen = "A"\n[attributes.x]\ntype = "colour"\n',
        "fr = ",
    ],
)
def test_a_file_that_is_no_class_is_named(site, text):
    with pytest.raises(ImproperlyConfigured, match="broken.toml"):
        site("broken", text)


def test_one_class_in_two_files_is_refused(site):
    with pytest.raises(ImproperlyConfigured, match="rack"):
        site("rack", MINE)


def test_the_class_of_the_guide_is_one(site):
    guide = (settings.BASE_DIR / "docs/how-to/add-a-ci-class.md").read_text(encoding="utf-8")
    block = textwrap.dedent(guide.split("```toml\n")[1].split("```")[0])
    assert site("lift", block) == 1
    spec = classes.classes.get()["lift"]
    assert spec.relations["powered_by"] == ("power_feed", "ups")
    with translation.override("fr"):
        assert spec.word("use", "goods") == "Marchandises"
    classes.validate("lift", {"floors": 4, "use": "goods", "inspected_on": "2026-11-23"})
