"""Who is folded under whom: within a house only, the older of two that explain each other stands, with a moment's grace."""

from datetime import timedelta

import pytest

from itsm.cmdb import services as cmdb
from itsm.core import now
from itsm.events import folding, services, settling
from itsm.events.heard import Heard
from itsm.events.intake import take_in
from itsm.events.models import Alert
from itsm.records.models import Record

pytestmark = pytest.mark.django_db


def say(organisation, key, item, **more):
    given = {"severity": "critical"} | more
    return services.raise_event(organisation=organisation, source="s", key=key, title=key, item=item, **given)


def parent_of(alert):
    return Alert.objects.get(pk=alert.pk).parent_id


def test_what_another_house_says_is_not_folded_under_ours(world, park):
    before = say(world.other, "before", park.app)
    dead = say(world.lumen, "switch", park.switch, down=True)
    after = say(world.other, "after", park.app)
    ours = say(world.finance, "ours", park.app)
    assert [parent_of(alert) for alert in (before, after, ours)] == [None, None, dead.pk]


def test_houses_that_are_looked_at_together_stay_apart(world, park):
    dead = say(world.lumen, "switch", park.switch, down=True)
    theirs, ours = say(world.other, "theirs", park.app), say(world.finance, "ours", park.app)
    Alert.objects.update(next_look_at=now(), parent=None, folded="")
    settling.sweep()
    assert [parent_of(alert) for alert in (theirs, ours)] == [None, dead.pk]


def test_dead_items_of_another_house_hide_none_of_ours(world, park, monkeypatch):
    monkeypatch.setattr(folding, "MOST_DEAD", 1)
    say(world.other, "server", park.server, down=True)
    say(world.lumen, "other", park.other, down=True)
    dead = say(world.lumen, "switch", park.switch, down=True)
    assert parent_of(say(world.lumen, "app", park.app)) == dead.pk


def test_of_two_dead_items_that_explain_each_other_the_older_stands(world, park):
    cmdb.relate(park.switch, park.server, "depends_on", actor=world.admin)
    said = [
        Heard("s", key, "critical", key, item=item, down=True)
        for key, item in (("server", park.server), ("switch", park.switch))
    ]
    older, newer = take_in(world.lumen, said)
    assert (parent_of(older), parent_of(newer)) == (None, older.pk)


def test_once_the_parent_is_back_its_children_have_a_moment_before_they_ask(world, park, rule):
    dead = say(world.lumen, "switch", park.switch, down=True)
    child = say(world.lumen, "app", park.app)
    say(world.lumen, "switch", park.switch, severity="ok")
    settling.sweep()
    child.refresh_from_db()
    assert (child.parent_id, Alert.objects.get(pk=dead.pk).state) == (None, "closed")
    assert child.next_look_at > now() + timedelta(minutes=1)
    assert not Record.objects.filter(phase="open").exists()
