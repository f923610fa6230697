"""The first page weighs less than 100 kB compressed: styles, htmx and our own modules (the interface guide)."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from itsm.core import assets

LIMIT = 100_000


@pytest.mark.django_db
def test_styles_and_scripts_of_the_first_page_stay_below_100_kilobytes(client):
    assets.prepare()
    page = client.get("/accounts/login/").content.decode()
    names = re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page)
    weights = {name: len(gzip.compress(Path(finders.find(name)).read_bytes(), 6)) for name in names}
    assert "vendor/tabler.css" in weights
    assert any(name.startswith("django_htmx/") for name in weights)
    assert sum(weights.values()) < LIMIT, weights


@pytest.mark.django_db
def test_the_first_page_asks_for_no_file_of_another_host(client):
    page = client.get("/accounts/login/").content.decode()
    assert re.findall(r'(?:href|src)="(?:https?:)?//[^"]+"', page) == []


def test_preparing_the_assets_twice_does_nothing_the_second_time():
    assets.prepare()
    assert assets.prepare() is False
