"""Alerts that become incidents, and what their recovery does to those."""

from datetime import timedelta

import pytest

from itsm.audit.models import Entry
from itsm.cmdb import services as cmdb
from itsm.cmdb.models import Outage
from itsm.core import now, reference
from itsm.events import panels, services, settling
from itsm.events.models import Alert, EventRule, Silence
from itsm.planning import services as planning
from itsm.records import processes
from itsm.records.models import AffectedItem, Record
from servicedesk.incidents import services as incidents
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(world, park):
    def tell(severity="critical", key="db01", item="server", **more):
        thing = getattr(park, item) if item else None
        return services.raise_event(
            organisation=world.lumen,
            source="prom",
            key=key,
            severity=severity,
            title=f"{key} is bad",
            item=thing,
            **more,
        )

    return tell


def fresh(alert):
    return Alert.objects.select_related("record", "parent").get(pk=alert.pk)


def verbs(alert):
    return list(alert.entries.order_by("id").values_list("verb", flat=True))


def later(minutes=1):
    """The sweep finds everything due."""
    Alert.objects.filter(next_look_at__isnull=False).update(next_look_at=now() - timedelta(seconds=1))
    return settling.sweep()


def test_a_rule_opens_an_incident_by_the_registry(say, rule, park):
    alert = fresh(say(body="No answer"))
    incident = Incident.objects.get()
    assert (alert.record_id, incident.channel, incident.requester, incident.title) == (
        incident.pk,
        "event",
        None,
        "db01 is bad",
    )
    assert (incident.urgency, incident.service_id, "No answer" in incident.description) == (1, park.item.pk, True)
    assert AffectedItem.objects.filter(record=incident, item=park.server).exists()
    assert say("warning", key="quiet", item="other").record_id is None
    say()
    assert Incident.objects.count() == 1


def test_one_incident_an_item_however_many_alerts(say, rule):
    first, second = say(), say(key="db01 swap")
    assert fresh(second).record_id == fresh(first).record_id
    assert verbs(second)[-1] == "attached"
    assert fresh(say(key="app07", item="other")).record_id != fresh(first).record_id


def test_a_recovery_resolves_what_nobody_touched(say, rule):
    say()
    say("ok")
    incident = Incident.objects.get()
    assert (incident.phase, incident.resolution_code.code, "is over since" in incident.resolution or incident.resolution != "") == (
        "resolved", "recovered", True,
    )  # fmt: skip
    assert verbs(Alert.objects.get())[-1] == "resolved"


def test_a_recovery_is_told_to_what_somebody_works_on(say, rule, world):
    say()
    incidents.acknowledge(Incident.objects.get().pk, actor=world.agent)
    say("ok")
    incident = Incident.objects.get()
    assert (incident.phase, incident.comments.count(), incident.comments.get().public) == ("open", 1, False)
    assert verbs(Alert.objects.get())[-1] == "noted"


def test_the_incident_of_two_alerts_waits_for_both(say, rule):
    say()
    say(key="swap")
    say("ok")
    assert Incident.objects.get().phase == "open"
    say("ok", key="swap")
    assert Incident.objects.get().phase == "resolved"


def test_what_comes_back_reopens_its_incident(say, rule):
    say()
    say("ok")
    alert = say()
    incident = Incident.objects.get()
    assert (incident.phase, incident.reopen_count, fresh(alert).record_id) == ("open", 1, incident.pk)


def test_an_outage_opens_and_ends_with_the_alert(say, rule, park):
    EventRule.objects.update(outage="down")
    say()
    outage = Outage.objects.get()
    assert (outage.item_id, outage.ends_at, outage.record_id) == (park.item.pk, None, Incident.objects.get().pk)
    say("ok")
    outage.refresh_from_db()
    assert outage.ends_at is not None


def test_an_incident_may_wait_whether_it_lasts(say, rule):
    EventRule.objects.update(wait_seconds=120)
    alert = say()
    assert (Record.objects.count(), fresh(alert).next_look_at > now()) == (0, True)
    later()
    assert Record.objects.count() == 0
    Alert.objects.update(first_seen=now() - timedelta(minutes=5), flips=[])
    later()
    assert Record.objects.count() == 1
    later()
    assert Record.objects.count() == 1


def test_a_rule_opens_only_so_many_an_hour(say, rule, park):
    EventRule.objects.update(per="alert", most_per_hour=2)
    for number in range(5):
        say(key=f"k{number}", item=None)
    assert Record.objects.count() == 2
    assert Alert.objects.exclude(record=None).count() == 5


def test_what_was_not_heard_of_for_long_closes_by_its_rule(say, rule):
    EventRule.objects.update(expires_minutes=10, kind="")
    alert = say()
    Alert.objects.update(last_seen=now() - timedelta(minutes=11))
    later()
    assert (fresh(alert).state, verbs(alert)[-2:]) == ("closed", ["expired", "closed"])


def test_the_nearest_organisation_decides_first(say, rule, world):
    EventRule.objects.create(name="All", kind="incident", position=1)
    assert fresh(say("warning", key="w")).record_id is not None
    assert fresh(say()).rule == rule


def test_a_rule_that_cannot_be_followed_loses_no_alert(say, rule):
    EventRule.objects.update(kind="unknown")
    alert = say()
    assert (fresh(alert).state, verbs(alert)[-1]) == ("open", "not_recorded")


def test_what_a_dead_parent_explains_is_folded_and_keeps_its_history(say, park, rule):
    child = say("warning", key="paienet", item="app")
    lone = say("warning", key="lone", item="other")
    dead = say(key="switch", item="switch", down=True)
    after = say(key="db01", item="server")
    assert [fresh(a).parent_id for a in (child, after, lone, dead)] == [dead.pk, dead.pk, None, None]
    assert (fresh(dead).child_count, Record.objects.count()) == (2, 1)
    assert list(Alert.objects.listed().order_by("pk")) == [lone, dead]
    say("warning", key="paienet", item="app")
    assert (fresh(child).count, "folded" in verbs(child)) == (2, True)
    say("ok", key="switch", item="switch")
    assert (fresh(child).parent_id, fresh(after).parent_id, fresh(dead).state) == (None, None, "closed")
    # A moment's grace: it is likely to come back by itself.
    assert Record.objects.filter(phase="open").count() == 0
    say("ok", key="paienet", item="app")
    later()
    assert Record.objects.filter(phase="open").count() == 1


def test_two_dead_items_of_which_one_explains_the_other(say, park):
    server = say(key="server", item="server", down=True)
    app = say("warning", key="app", item="app")
    switch = say(key="switch", item="switch", down=True)
    assert [fresh(a).parent_id for a in (server, app, switch)] == [switch.pk, switch.pk, None]
    assert fresh(switch).child_count == 2
    assert fresh(server).child_count == 0


def test_the_score_follows_the_services_that_suffer(say, park):
    vital, lone, mild = say(key="a", item="switch"), say(key="b", item="other"), say("info", key="c", item="switch")
    scores = [fresh(a).score for a in (vital, lone, mild)]
    assert scores[0] > scores[1] > 0
    assert scores[0] > scores[2]
    assert fresh(vital).services == 1


def test_an_alert_in_a_maintenance_window_is_kept_and_comes_back_at_its_end(say, world, park, rule, monkeypatch):
    window = type("Window", (), {"ends": now() + timedelta(hours=1)})()
    monkeypatch.setattr(
        planning, "windows_at", lambda ids, at, **_more: {park.server.pk: window} if park.server.pk in ids else {}
    )
    alert = say()
    assert (fresh(alert).state, Record.objects.count()) == ("maintenance", 0)
    monkeypatch.setattr(planning, "windows_at", lambda ids, at, **_more: {})
    Alert.objects.update(maintenance_until=now() - timedelta(seconds=1))
    later()
    assert (fresh(alert).state, Record.objects.count()) == ("open", 1)
    assert {"maintenance", "maintenance_over"} <= set(verbs(alert))


def test_an_incident_opened_by_hand_takes_the_alert(say, operator):
    alert = services.open_incident(say(), operator)
    found = fresh(alert)
    assert (found.state, found.record.kind, found.record.opened_by) == ("acknowledged", "incident", operator)


def test_a_silenced_alert_opens_nothing_until_its_silence_ends(say, rule, operator, world):
    silence = services.plan_silence(
        actor=operator, organisation=world.lumen, reason="Tests", ends_at=now() + timedelta(hours=1),
        conditions=[{"field": "source", "how": "equals", "value": "prom"}],
    )  # fmt: skip
    alert = say()
    assert (fresh(alert).state, Record.objects.count()) == ("silenced", 0)
    services.end_silence(silence.pk, actor=operator)
    assert (fresh(alert).state, Record.objects.count()) == ("open", 1)


def test_the_incident_shows_its_alerts_to_who_may_see_them(say, rule, world, client):
    alert = say()
    number = Incident.objects.get().number
    client.force_login(world.agent)
    assert alert.number in client.get(f"/desk/incidents/{number}/").content.decode()


def test_one_that_flaps_does_not_open_and_close_its_incident_each_time(say, rule):
    say()
    for _each in range(4):
        say("ok")
        say()
    say("ok")
    alert, incident = Alert.objects.get(), Incident.objects.get()
    assert (alert.state, incident.phase) == ("flapping", "open")
    reopened = incident.reopen_count
    say()
    say("ok")
    Alert.objects.update(flapping_until=now() - timedelta(seconds=1))
    later()
    incident.refresh_from_db()
    assert (Alert.objects.get().state, incident.phase, incident.reopen_count) == ("closed", "resolved", reopened)


def test_an_incident_of_one_organisation_names_no_service_of_another(world, park, rule):
    """They stand on the same item, which is of nobody in particular."""
    shared = cmdb.create_ci(actor=world.admin, ci_class="switch", name="Shared", organisation=None)
    cmdb.relate(park.switch, shared, "depends_on", actor=world.admin)
    EventRule.objects.filter(pk=rule.pk).update(organisation=None, outage="down")
    reference.forget_everything()
    theirs, mine = (
        services.raise_event(organisation=each, source="s", key="k", severity="critical", title="Dead", item=shared)
        for each in (world.other, world.lumen)
    )
    assert (theirs.record.service, mine.record.service) == (None, park.service)


def test_what_a_silence_does_meanwhile_is_not_audited_as_an_act_of_who_opens_the_incident(say, operator, world):
    alert = say()
    Alert.objects.update(
        silence=Silence.objects.create(
            organisation=world.lumen, owner=world.admin, reason="r", starts_at=now() - timedelta(hours=1), ends_at=now() + timedelta(hours=1),
            conditions=[{"field": "source", "how": "equals", "value": "s"}],
        )
    )  # fmt: skip
    services.open_incident(alert, operator)
    found = Entry.objects.filter(subject_kind="alert").values_list("verb", "actor__username")
    assert list(found) == [("alert.recorded", "ops")]


def test_an_alert_attached_to_an_incident_of_the_telephone_is_shown_on_it(say, world, rf):
    incident = processes.get("incident").open(
        actor=world.admin, requester=world.admin, title="x", description="", organisation=world.lumen, channel="phone", impact=3, urgency=3
    )  # fmt: skip
    alert = say()
    services.attach(alert, world.admin, incident)
    request = rf.get("/")
    request.user = world.admin
    assert [line["alert"] for line in panels.alerts_of_record(request, incident)["lines"]] == [alert]
