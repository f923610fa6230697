"""The life of an item: which status may follow which, its days, and what a retired one refuses."""

import pytest

from itsm.cmdb import lifecycle, services
from itsm.cmdb.models import CIHistory, ConfigurationItem
from itsm.core.errors import DomainError, IllegalMove
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db

PAIRS = [(old, new) for old in lifecycle.MOVES for new in lifecycle.MOVES if old != new]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_only_the_moves_of_the_table_are_made(world, old, new):
    item = make_ci(status=old)
    if new in lifecycle.MOVES[old]:
        assert services.update_ci(item.pk, actor=None, status=new).status == new
    else:
        with pytest.raises(IllegalMove):
            services.update_ci(item.pk, actor=None, status=new)


def test_every_status_can_be_reached_and_left():
    assert set(lifecycle.MOVES) == set(ConfigurationItem.Status.values)
    assert all(lifecycle.MOVES.values())


def test_days_follow_the_life(world):
    item = make_ci(status="planned")
    assert (item.live_on, item.retired_on) == (None, None)
    live = services.update_ci(item.pk, actor=None, status="live")
    assert live.live_on
    assert live.status_since == live.updated_at
    gone = services.retire_ci(item.pk, actor=None, reason="old")
    assert gone.retired_on
    assert CIHistory.objects.get(item=item, valid_to=None).changes["retired_on"] == [None, gone.retired_on.isoformat()]
    back = services.update_ci(item.pk, actor=None, status="in_stock")
    assert (back.retired_on, back.live_on) == (None, live.live_on)
    assert CIHistory.objects.get(item=item, valid_to=None).changes["retired_on"] == [gone.retired_on.isoformat(), None]


def test_a_day_that_is_given_stays(world):
    item = make_ci(live_on="2020-02-03", status="live")
    item.refresh_from_db()
    assert item.live_on.isoformat() == "2020-02-03"


def test_a_retired_item_is_out_of_pick_lists_and_refuses_every_change(client, world):
    item = make_ci(name="SRV-OLD", key="srv-old", ci_class="rack", organisation=world.lumen)
    services.retire_ci(item.pk, actor=None, reason="old")
    client.force_login(world.network)
    assert "srv-old" not in client.get("/cmdb/suggest/?target=srv").content.decode()
    assert "srv-old" not in client.get("/cmdb/suggest/?class=rack&field=x&x=srv").content.decode()
    assert "SRV-OLD" not in client.get("/cmdb/").content.decode()
    assert "SRV-OLD" in client.get("/cmdb/?status=retired").content.decode()
    assert client.get(f"/cmdb/{item.pk}/history/").status_code == 200
    for change in ({"name": "X"}, {"state": "down"}, {"status": "live", "name": "X"}, {"status": "retired"}):
        with pytest.raises(DomainError, match="SRV-OLD"):
            services.update_ci(item.pk, actor=None, **change)
    for act in (
        lambda: services.open_outage(item, actor=None),
        lambda: services.relate(make_ci(), item, "hosted_in", actor=None),
    ):
        with pytest.raises(DomainError):
            act()
    refused = client.patch(f"/api/v1/cis/{item.pk}/", {"name": "X"}, content_type="application/json")
    assert refused.status_code == 400


def test_the_form_offers_only_the_ways_that_are_open(client, world):
    item = make_ci(organisation=world.lumen, status="live")
    client.force_login(world.network)
    page = client.get(f"/cmdb/{item.pk}/edit/").content.decode()
    assert 'value="in_stock"' in page
    assert 'value="planned"' not in page
