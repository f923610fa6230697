"""The extractor finds what Django shows, on templates that are hard to read; merging keeps what was translated."""

import gettext
from pathlib import Path

import pytest

from itsm.core import catalogues

TEMPLATE = """{% load i18n %}
<div>
    {% if thing %}
      {% translate "Plain" %}
          {% translate 'Apostrophe’s “quotes”' %}
  {% endif %}
    {% translate "Open" context "verb" %}
    {% translate "Kept for later" as later %}
  {% blocktranslate with name=person.name %}Hello {{ name }}{% endblocktranslate %}
  {% blocktranslate count n=things|length trimmed %}
      {{ n }} ticket
    {% plural %}
      {{ n }} tickets
  {% endblocktranslate %}
  {% blocktranslate context "month" %}May{% endblocktranslate %}
  {{ title|default:_("Untitled") }}
  {# translate("Not this") #}
  {% comment %}{% translate "Nor this" %}{% endcomment %}
  {% translate "90 % done" %}
</div>
"""
CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext
label = _("From code")
many = ngettext("%(n)s day", "%(n)s days", 2)
verb = pgettext("verb", "Close")
nothing = not_a_call("Not extracted")
"""


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A made-up app with one Python file and one template."""
    folder = tmp_path / "demo_app"
    folder.mkdir()
    (folder / "code.py").write_text(CODE)
    (tmp_path / "templates" / "demo_app").mkdir(parents=True)
    (tmp_path / "templates" / "demo_app" / "page.html").write_text(TEMPLATE)
    monkeypatch.setattr(catalogues, "ROOT", tmp_path)
    monkeypatch.setattr(catalogues, "own_apps", lambda: {"demo_app": folder})
    return tmp_path


def found() -> set:
    return {(message.context, message.id) for message in catalogues.extract("demo_app") if message.id}


def test_the_extractor_reads_every_way_of_saying_something(app):
    assert found() == {
        (None, "Plain"),
        (None, "Apostrophe’s “quotes”"),
        ("verb", "Open"),
        (None, "Kept for later"),
        (None, "Hello %(name)s"),
        (None, ("%(n)s ticket", "%(n)s tickets")),
        ("month", "May"),
        (None, "Untitled"),
        (None, "90 %% done"),
        (None, "From code"),
        (None, ("%(n)s day", "%(n)s days")),
        ("verb", "Close"),
    }


def translate(app: Path, text: str, french: str) -> None:
    file = catalogues.po_file("demo_app")
    file.write_text(file.read_text().replace(f'msgid "{text}"\nmsgstr ""', f'msgid "{text}"\nmsgstr "{french}"'))


def test_merging_keeps_translations_and_drops_what_the_source_no_longer_says(app):
    catalogues.write("demo_app")
    translate(app, "Plain", "Simple")
    translate(app, "From code", "Du code")
    (app / "demo_app" / "code.py").write_text(CODE.replace('_("From code")', '_("From code now")'))
    assert catalogues.write("demo_app") is True
    text = catalogues.po_file("demo_app").read_text()
    assert 'msgstr "Simple"' in text
    assert "Du code" not in text
    assert 'msgid "From code now"' in text


def test_writing_twice_changes_nothing(app):
    assert catalogues.write("demo_app") is True
    assert catalogues.write("demo_app") is False


def test_the_catalogue_is_sorted_without_line_numbers_or_dates(app):
    catalogues.write("demo_app")
    text = catalogues.po_file("demo_app").read_text()
    assert "#:" not in text
    assert "POT-Creation-Date" not in text
    assert text.index('"From code"') < text.index('"Kept for later"') < text.index('"Untitled"')


def test_missing_french_is_a_fault(app):
    catalogues.write("demo_app")
    assert "demo_app: no French for 'Plain'" in catalogues.faults("demo_app")
    assert "%(n)s ticket" in catalogues.missing("demo_app")


def test_other_variables_in_the_french_are_a_fault(app):
    catalogues.write("demo_app")
    translate(app, "Hello %(name)s", "Bonjour %(nom)s")
    assert "demo_app: other variables in the French of 'Hello %(name)s'" in catalogues.faults("demo_app")


def test_a_catalogue_that_is_behind_its_source_is_a_fault(app):
    assert any("not up to date" in fault for fault in catalogues.faults("demo_app"))
    catalogues.write("demo_app")
    assert not any("not up to date" in fault for fault in catalogues.faults("demo_app"))


def test_two_frenches_of_one_message_are_named(app, monkeypatch):
    catalogues.write("demo_app")
    translate(app, "Plain", "Simple")
    other = app / "other_app"
    (other / "locale/fr/LC_MESSAGES").mkdir(parents=True)
    (other / "locale/fr/LC_MESSAGES/django.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Plain"\nmsgstr "Uni"\n'
    )
    monkeypatch.setattr(catalogues, "own_apps", lambda: {"demo_app": app / "demo_app", "other_app": other})
    (quarrel,) = catalogues.quarrels(["demo_app", "other_app"])
    assert "'Uni' here and 'Simple' in demo_app" in quarrel


def test_what_is_compiled_is_what_gettext_reads_and_only_stale_files_are_written(app):
    catalogues.write("demo_app")
    translate(app, "Plain", "Simple")
    assert catalogues.compile_all() == 1
    assert catalogues.compile_all() == 0
    with catalogues.po_file("demo_app").with_suffix(".mo").open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("Plain") == "Simple"


def test_templates_belong_to_the_app_of_their_folder():
    owner = catalogues._owner
    assert owner(Path("records/_timeline.html")) == "records"
    assert owner(Path("itsm_cmdb/page.html")) == "cmdb"
    assert owner(Path("mail/subject.txt")) == "notify"
    assert (
        owner(Path("404.html")) == owner(Path("components/_pager.html")) == owner(Path("account/login.html")) == "web"
    )
