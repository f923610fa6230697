"""The first page weighs less than 100 kB compressed: styles, htmx and our own modules (the interface guide)."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from itsm.cmdb import services
from itsm.core import assets

LIMIT = 100_000
GRAPH_LIMIT = 145_000


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


@pytest.mark.django_db
def test_only_the_page_of_an_impact_loads_the_graph_library_and_it_stays_within_its_own_limit(world, client):
    """The library weighs more than the whole shell: it comes with the one page that draws with it, after the list is there."""
    assets.prepare()
    server = services.create_ci(actor=world.admin, ci_class="physical_server", name="SRV", organisation=world.lumen)
    above = services.create_ci(actor=world.admin, ci_class="application", name="APP", organisation=world.lumen)
    services.relate(above, server, "depends_on", actor=world.admin)
    client.force_login(world.agent)
    for path in ("/cmdb/", f"/cmdb/{server.pk}/", "/desk/", f"/cmdb/{above.pk}/impact/"):
        assert "cytoscape" not in client.get(path).content.decode(), path
    page = client.get(f"/cmdb/{server.pk}/impact/").content.decode()
    assert '<script defer src="/static/vendor/cytoscape.js">' in page
    assert len(gzip.compress(Path(finders.find("vendor/cytoscape.js")).read_bytes(), 6)) < GRAPH_LIMIT
    assert len(gzip.compress(Path(finders.find("js/graph.js")).read_bytes(), 6)) < 3_000
