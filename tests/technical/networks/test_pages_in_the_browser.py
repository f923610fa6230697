"""The pages of the networks in a browser: nothing for axe, no sideways scroll on a small phone, in both themes."""

import pytest

from tests.browser import faults_in_both_themes, overflows

from .test_pages import BASE, plan  # noqa: F401 - the fixture is used by name

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pages_are_accessible_and_fit_a_small_phone(browse, plan):  # noqa: F811
    page = browse(login="network")
    wrong = {}
    for path in (
        BASE, f"{BASE}prefixes/", plan.low.get_absolute_url(), f"{BASE}addresses/", plan.vlan.get_absolute_url(), f"{BASE}cables/",
        f"{BASE}prefixes/new/", f"{BASE}vrfs/{plan.vrf.pk}/delete/", f"/cmdb/{plan.switch.pk}/",
    ):  # fmt: skip
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(path)
        found = [
            *faults_in_both_themes(page),
            *([] if page.locator("h1").count() == 1 else ["not one heading"]),
        ]
        page.set_viewport_size({"width": 320, "height": 640})
        if (pixels := overflows(page)) > 0:
            found.append(f"{pixels} pixels too wide")
        if found:
            wrong[path] = found
    assert not wrong, wrong


def test_the_next_free_address_takes_one_press(browse, plan):  # noqa: F811
    page = browse(login="network", theme="light", language="en")
    page.goto(plan.low.get_absolute_url())
    page.get_by_role("button", name="Give out 10.20.3.1").click()
    assert page.locator("#id_address").input_value() == "10.20.3.1/24"
    page.fill("#id_dns_name", "new.lumen.test")
    page.get_by_role("button", name="Save").click()
    page.goto(plan.low.get_absolute_url())
    assert page.get_by_text("new.lumen.test").is_visible()
