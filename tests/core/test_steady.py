"""What is the same on every page is drawn once by language, and never holds anything of a reader."""

from django.template import Context, Engine, Template
from django.utils.translation import override


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
