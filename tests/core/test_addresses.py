"""The query string of a page with some of its parameters changed."""

from django.http import QueryDict

from itsm.core.addresses import changed


def test_what_is_changed_takes_its_place_and_the_rest_stays():
    here = QueryDict("tab=open&team=A&team=B&q=%C3%A9t%C3%A9+%26+co")
    assert changed(here, tab="mine") == "?tab=mine&team=A&team=B&q=%C3%A9t%C3%A9+%26+co"
    assert changed(here, team=None, q="", cursor="x=") == "?tab=open&cursor=x%3D"
    assert here.urlencode() == "tab=open&team=A&team=B&q=%C3%A9t%C3%A9+%26+co"


def test_an_address_without_any_is_a_question_mark():
    assert changed(QueryDict("")) == "?"
    assert changed(QueryDict("cursor=x"), cursor=None) == "?"
