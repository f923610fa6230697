"""What is the same on every page is drawn once by language, and never holds anything of a reader."""

from pathlib import Path

from django.conf import settings
from django.template import Context, Engine, Template
from django.template.base import VariableNode
from django.template.defaulttags import CsrfTokenNode, ForNode, IfNode
from django.template.loader import get_template
from django.template.loader_tags import IncludeNode
from django.utils.translation import override

from itsm.core.icons import icon
from itsm.core.steady import Steady

LIBRARIES = {"i18n": "django.templatetags.i18n", "static": "django.templatetags.static"}
BUILTINS = ["itsm.core.templatetags.vigie"]


def test_a_steady_part_is_drawn_once_by_language():
    page = Template("{% load i18n %}{% steady %}{% translate 'Close' %}{% endsteady %}")
    with override("fr"):
        french = page.render(Context())
        assert page.render(Context()) is not None
    with override("en"):
        assert page.render(Context()) == "Close"
    with override("fr"):
        assert page.render(Context()) == french == "Fermer"


def test_a_steady_part_knows_nothing_of_the_page():
    page = Template("{{ name }}{% steady %}[{{ name }}]{% endsteady %}")
    assert page.render(Context({"name": "Ada"})) == "Ada[]"
    assert page.render(Context({"name": "Léa"})) == "Léa[]"
    assert isinstance(page.engine, Engine)


def engine(**templates: str) -> Engine:
    """An engine that knows these templates, read as the product reads its own."""
    loaders = [("itsm.core.steady.Loader", [("django.template.loaders.locmem.Loader", templates)])]
    return Engine(loaders=loaders, libraries=LIBRARIES, builtins=BUILTINS)


def test_what_stands_side_by_side_and_is_literal_becomes_one_node():
    page = engine(
        page="{% load i18n %}<b>{% translate 'Close' %}</b>{% icon 'x' %}{{ name }}<i>{% translate 'Save' %}</i>"
    )
    found = page.get_template("page")
    assert [type(node) for node in found.nodelist] == [Steady, VariableNode, Steady]
    with override("fr"):
        assert found.render(Context({"name": "Ada"})) == f"<b>Fermer</b>{icon('x')}Ada<i>Enregistrer</i>"
    with override("en"):
        assert found.render(Context({"name": "<Léa>"})) == f"<b>Close</b>{icon('x')}&lt;Léa&gt;<i>Save</i>"


def test_what_depends_on_the_page_is_never_joined():
    source = (
        "{% load i18n %}{% translate word %}{% translate 'Close' as closing %}{% icon name %}{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}"
        "{% if name %}a{% translate 'Close' %}{% endif %}{% for each in names %}{{ each }}{% translate 'Close' %}{% endfor %}{{ closing }}"
    )
    found = engine(page=source).get_template("page")
    assert not any(isinstance(node, Steady) for node in found.nodelist)
    with override("en"):
        first = found.render(Context({"word": "Save", "name": "star", "names": ["1", "2"]}))
        second = found.render(Context({"word": "Back", "name": "x", "names": []}))
    assert first == f"Save{icon('star')}Hello staraClose1Close2CloseClose"
    assert second == f"Back{icon('x')}Hello xaCloseClose"


def test_a_part_that_others_fill_stays_theirs():
    page = engine(
        base="{% load i18n %}a{% translate 'Close' %}{% block middle %}{% translate 'Save' %}{% endblock %}z",
        child="{% extends 'base' %}{% load i18n %}{% block middle %}{{ block.super }}-{% translate 'Back' %}{% endblock %}",
    )
    with override("en"):
        assert page.get_template("child").render(Context()) == "aCloseSave-Backz"
        assert page.get_template("base").render(Context()) == "aCloseSavez"


def test_in_all_templates_of_the_product_nothing_of_a_page_is_kept():
    folder, of_pages = Path(settings.BASE_DIR, "templates"), (VariableNode, IfNode, ForNode, IncludeNode, CsrfTokenNode)
    kept = 0
    for file in sorted(folder.rglob("*.html")):
        nodes = get_template(str(file.relative_to(folder))).template.nodelist
        for part in nodes.get_nodes_by_type(Steady):
            assert not [node for kind in of_pages for node in part.nodelist.get_nodes_by_type(kind)], file
            kept += 1
    assert kept > 1000
