"""The log, and one shift handing over to the next."""

import threading
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from itsm.audit.models import Entry
from itsm.core import now
from itsm.core.errors import DomainError, IllegalMove, NotAllowed
from itsm.documents import running
from itsm.documents import services as documents
from itsm.events.services import raise_event
from itsm.notify.models import Notice
from itsm.people import services as people
from itsm.records.models import Record
from operations.control.consoles import services as consoles
from operations.control.printing.models import Output, OutputRun, PrintQueue
from operations.control.scheduling.models import JobRun
from operations.control.shifts import handing, machines, sections, services
from operations.control.shifts.models import Handover, LogEntry
from servicedesk.incidents import services as incidents
from tests.cmdb.factories import make_ci
from tests.operations.scheduling.factories import job
from tests.planning.factories import make_window

from .conftest import EVENING, MORNING


def test_a_line_goes_to_the_shift_of_the_moment_and_of_its_writer(watch):
    entry = services.note(organisation=watch.lumen, text="TSPAIE03 : N3-SGBD prévenu.", actor=watch.sekou)
    assert (entry.shift, entry.kind, entry.actor) == (watch.first, "person", watch.sekou)
    machine = services.note(organisation=watch.lumen, text="Alerte", source="alerts")
    assert (machine.kind, machine.actor) == ("machine", None)
    for wrong in ("", "   ", "x" * 2001):
        with pytest.raises(DomainError):
            services.note(organisation=watch.lumen, text=wrong, actor=watch.sekou)


def test_the_log_is_searched_without_accents_word_by_word(watch):
    services.note(organisation=watch.lumen, text="Relève lue et acceptée, réseau calme", actor=watch.sekou)
    services.note(organisation=watch.lumen, text="Tout autre chose", actor=watch.sekou)
    assert LogEntry.objects.matching("reseau RELEVE").count() == 1
    assert LogEntry.objects.matching("réseau absent").count() == 0


def test_who_leaves_signs_and_who_comes_acknowledges(watch, at):
    point = services.note(organisation=watch.lumen, text="Rappeler le site à 11:00", actor=watch.sekou, follow=True)
    raise_event(organisation=watch.lumen, source="t", key="k", severity="critical", title="Tablespace plein")
    at(EVENING)
    signed = handing.sign(watch.first.pk, actor=watch.sekou, text="Rien d’autre.")
    assert (signed.to, signed.points) == (watch.second, 1)
    parts = {part["key"]: part for part in sections.shown(signed.summary)}
    assert parts["points"]["lines"][0]["text"] == point.text
    assert "Tablespace plein" in parts["alerts"]["lines"][0]["text"]
    assert [(row.user, row.template) for row in Notice.objects.all()] == [(watch.maud, "handover")]
    accepted = handing.accept(watch.first.pk, actor=watch.maud, text="Vu.")
    assert (accepted.accepted_by, accepted.answer) == (watch.maud, "Vu.")
    lines = list(LogEntry.objects.filter(kind="handover").order_by("pk").values_list("actor_id", "shift_id"))
    assert lines == [(watch.sekou.pk, watch.second.pk), (watch.maud.pk, watch.second.pk)]
    assert set(Entry.objects.filter(subject_kind="shift").values_list("verb", flat=True)) >= {
        "shift.signed",
        "shift.accepted",
    }


def test_what_the_rooms_leave_undone_is_handed_over(watch, at):
    console = consoles.set_up(make_ci(organisation=watch.lumen, ci_class="console", name="ZOS-1"), actor=None)
    consoles.ask(console.pk, text="IEF238D REPLY DEVICE NAME", reply_id=12)
    runbook = documents.write(
        actor=watch.network,
        title="Relancer la paie",
        body="## Voir\n\nx\n",
        organisation=watch.lumen,
        owner_team=watch.pilots,
    )
    running.start(runbook, actor=watch.sekou)
    late = job(watch, "PAIE_CALC_J")
    JobRun.objects.create(job=late, organisation=watch.lumen, state="late", at=MORNING, planned_at=MORNING)
    queue = PrintQueue.objects.create(
        item=make_ci(organisation=watch.lumen, name="IMP-42"), name="IMP-42", state="held"
    )
    output = Output.objects.create(
        name="Bulletins", organisation=watch.lumen, due_at=time(8), weekdays=[2], queue=queue
    )
    OutputRun.objects.create(output=output, day=MORNING.date(), due_at=MORNING - timedelta(hours=1))
    at(EVENING)
    handover = handing.sign(watch.first.pk, actor=watch.sekou)
    with override("en"):
        parts = {part["key"]: part["lines"] for part in sections.shown(handover.summary)}
    expected = {
        "replies": "ZOS-1: 12 IEF238D REPLY DEVICE NAME", "runbooks": "Relancer la paie (Sékou Diallo)", "late_jobs": "PAIE_CALC_J: Late",
        "queues": "IMP-42: Held", "outputs": "Bulletins: Expected",
    }  # fmt: skip
    assert {key: [line["text"] for line in parts[key]] for key in expected} == {
        key: [text] for key, text in expected.items()
    }
    assert parts["outputs"][0]["tone"] == "red"


def test_a_kept_summary_is_read_in_the_language_of_its_reader(watch, at):
    raise_event(organisation=watch.lumen, source="t", key="k", severity="critical", title="Tablespace plein")
    at(EVENING)
    with override("en"):
        handover = handing.sign(watch.first.pk, actor=watch.sekou)
    handover.refresh_from_db()
    words = {}
    for language in ("fr", "en"):
        with override(language):
            words[language] = {part["key"]: part["lines"] for part in sections.shown(handover.summary)}["alerts"][0][
                "text"
            ]
    assert words["fr"].startswith("Critique")
    assert words["en"].startswith("Critical")


def test_nobody_signs_or_acknowledges_for_another(watch, at):
    for stranger in (watch.maud, watch.admin, watch.agent):
        with pytest.raises(NotAllowed):
            handing.sign(watch.first.pk, actor=stranger)
    services.add_person(watch.second.pk, actor=watch.operator, person=watch.sekou)
    handing.sign(watch.first.pk, actor=watch.sekou, early=True)
    for stranger in (watch.sekou, watch.admin, watch.operator):
        with pytest.raises(NotAllowed):
            handing.accept(watch.first.pk, actor=stranger)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.update(accepted_by=watch.sekou, accepted_at=EVENING)


def test_a_signature_can_be_made_anew_until_it_is_acknowledged(watch, at):
    with pytest.raises(IllegalMove):
        handing.accept(watch.first.pk, actor=watch.maud)
    first = handing.sign(watch.first.pk, actor=watch.sekou, text="Un", early=True)
    at(EVENING)
    second = handing.sign(watch.first.pk, actor=watch.sekou, text="Deux")
    with pytest.raises(IllegalMove):
        handing.accept(watch.first.pk, actor=watch.maud, signed_at=first.signed_at)
    handing.accept(watch.first.pk, actor=watch.maud, signed_at=second.signed_at)
    for act in (
        lambda: handing.sign(watch.first.pk, actor=watch.sekou),
        lambda: handing.accept(watch.first.pk, actor=watch.maud),
    ):
        with pytest.raises(IllegalMove):
            act()
    assert Handover.objects.get().note == "Deux"


def test_who_signs_long_before_the_end_says_that_they_mean_it(watch, at):
    with pytest.raises(DomainError, match="14:00") as refused:
        handing.sign(watch.first.pk, actor=watch.sekou)
    assert refused.value.field == "early"
    assert not Handover.objects.exists()
    with override("en"):
        handing.sign(watch.first.pk, actor=watch.sekou, text="Parti malade.", early=True)
    assert LogEntry.objects.get().text == "Hand-over signed 4h before the end. Parti malade."
    assert Entry.objects.get(verb="shift.signed").data["early"] is True
    at(watch.first.ends_at - handing.EARLY)
    handing.sign(watch.first.pk, actor=watch.sekou)
    assert LogEntry.objects.order_by("-pk")[0].text == "Relève signée."


def test_a_major_that_ended_in_the_shift_is_handed_over_with_its_end(watch, at):
    ended, before, open_one, lifted, hidden = (
        incidents.open_incident(actor=watch.agent, requester=watch.customer, title=title, team=watch.n1)
        for title in ("Messagerie", "Avant", "En cours", "Pas si grave", "Secret")
    )
    opened = MORNING - timedelta(hours=6)
    Record.objects.update(major=True, opened_at=opened)
    Record.objects.filter(pk__in=[ended.pk, before.pk, hidden.pk]).update(phase="resolved", resolved_at=MORNING)
    Record.objects.filter(pk=before.pk).update(resolved_at=watch.first.starts_at - timedelta(minutes=1))
    Record.objects.filter(pk=hidden.pk).update(confidentiality=watch.circle)
    Record.objects.filter(pk=lifted.pk).update(major=False)
    services.note(
        organisation=watch.lumen, text="x", source="records", record=Record.objects.get(pk=lifted.pk), at=MORNING
    )
    at(EVENING)
    handover = handing.sign(watch.first.pk, actor=watch.sekou)
    with override("en"):
        parts = {part["key"]: part["lines"] for part in sections.shown(handover.summary)}
    number = {row.title: row.number for row in Record.objects.all()}
    assert [(line["text"], line["tone"]) for line in parts["majors"]] == [
        (f"{number['En cours']} · En cours", "red"),
        (f"{number['Messagerie']} · Messagerie: over, 10:00", "green"),
        (f"{number['Pas si grave']} · Pas si grave: no major incident any more, 10:00", "green"),
    ]
    assert open_one.pk


def test_what_happens_in_a_department_belongs_to_the_shift_of_the_house_above_it(watch):
    assert services.note(organisation=watch.finance, text="Messagerie", source="records").shift == watch.first
    assert set(sections.houses(watch.lumen.pk)) >= {watch.lumen.pk, watch.finance.pk}
    assert watch.other.pk not in sections.houses(watch.lumen.pk)
    team = people.create_team(actor=None, code="FIN-EXP", name_fr="Finances", organisation=watch.finance)
    services.save_pattern(
        None, actor=None, organisation_id=watch.finance.pk, team_id=team.pk, name_fr="Quart", starts=time(6), ends=time(14)
    )  # fmt: skip
    assert watch.finance.pk not in sections.houses(watch.lumen.pk)
    own = services.note(organisation=watch.finance, text="Messagerie", source="records").shift
    assert own.organisation_id == watch.finance.pk


def test_a_shift_that_has_not_begun_is_not_signed(watch):
    with pytest.raises(IllegalMove):
        handing.sign(watch.second.pk, actor=watch.maud)


def test_a_point_is_settled_once(watch):
    point = services.note(organisation=watch.lumen, text="À suivre", actor=watch.sekou, follow=True)
    services.settle(point.pk, actor=watch.maud)
    with pytest.raises(IllegalMove):
        services.settle(point.pk, actor=watch.sekou)
    assert not LogEntry.objects.to_follow().exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_acknowledge_at_once_are_one(watch):
    services.add_person(watch.second.pk, actor=watch.operator, person=watch.operator)
    handing.sign(watch.first.pk, actor=watch.sekou, early=True)
    start, outcomes = threading.Barrier(2), []

    def accept(person):
        start.wait()
        try:
            handing.accept(watch.first.pk, actor=person)
            outcomes.append("accepted")
        except IllegalMove:
            outcomes.append("too late")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(person,)) for person in (watch.maud, watch.operator)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "too late"]
    assert LogEntry.objects.filter(kind="handover").count() == 2


def test_machines_write_grave_alerts_once_and_a_storm_in_one_line(watch, at, monkeypatch):
    machines.sweep()
    monkeypatch.setattr(machines, "now", lambda: now() + timedelta(seconds=60))
    raise_event(organisation=watch.lumen, source="t", key="k", severity="critical", title="Tablespace plein")
    raise_event(organisation=watch.lumen, source="t", key="w", severity="warning", title="Sans gravité")
    assert machines.sweep() == 1
    assert machines.sweep() == 0
    assert "Tablespace plein" in LogEntry.objects.get(source="alerts").text
    for n in range(40):
        raise_event(organisation=watch.lumen, source="t", key=f"s{n}", severity="major", title=f"Panne {n}")
    assert machines.sweep() == 1
    assert "40" in LogEntry.objects.filter(source="alerts").order_by("-pk")[0].text


def test_a_window_that_opens_and_ends_is_noted_once(watch, monkeypatch):
    machines.sweep()
    start = now()
    make_window(
        watch,
        name="Nantes",
        starts_at=start + timedelta(minutes=1),
        ends_at=start + timedelta(minutes=3),
        scope={"classes": ["switch"]},
    )
    for minutes in (0, 2, 2, 4):
        monkeypatch.setattr(machines, "now", lambda minutes=minutes: start + timedelta(minutes=minutes, seconds=5))
        machines.sweep()
    lines = LogEntry.objects.filter(source="windows").order_by("pk")
    assert [line.at - start for line in lines] == [timedelta(minutes=1), timedelta(minutes=3)]
    assert all("Nantes" in line.text for line in lines)


def test_a_major_incident_is_in_the_log_from_its_declaration_to_its_end(watch):
    from itsm.notify import outbox

    incident = incidents.open_incident(
        actor=watch.agent, requester=watch.customer, title="Messagerie arrêtée", team=watch.n1
    )
    incidents.edit(incident.pk, actor=watch.agent, title="Messagerie arrêtée")
    incidents.edit(incident.pk, actor=watch.agent, major=True)
    incidents.edit(incident.pk, actor=watch.agent, urgency=1)
    outbox.drain()
    incidents.resolve(
        incident.pk, actor=watch.agent, resolution_code=watch.solved, resolution="Relancée", cause_code=watch.cause
    )
    outbox.drain()
    outbox.put("major.all_clear", record=incident.pk)
    outbox.drain()
    lines = LogEntry.objects.filter(source="records").order_by("pk")
    assert [(line.record_id, "Messagerie arrêtée" in line.text) for line in lines] == [(incident.pk, True)] * 3
    assert lines[2].text.startswith("Retour à la normale")
