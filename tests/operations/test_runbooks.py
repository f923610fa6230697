"""Runbooks on their pages: written with a preview, versions compared, carried out with ticks."""

import pytest
from django.utils import timezone

from itsm.cmdb import services as cmdb
from itsm.core.errors import DomainError, IllegalMove
from itsm.documents import running, services
from itsm.documents.models import Document, DocumentRun
from itsm.people.models import User
from tests.world import person

from .alerts import raised
from .scheduling.factories import job

pytestmark = pytest.mark.django_db
TEXT = "Prévenir **N3-SGBD**.\n\n## Regarder\n\n`-DIS DB(DB2P)`\n\n## Relancer\n\n- un\n- deux\n"
BASE = "/operations/runbooks/"


@pytest.fixture
def runbook(ops):
    """Two steps, of the network team."""
    return services.write(
        actor=ops.network, title="Tablespace en RECP", body=TEXT, organisation=ops.lumen, owner_team=ops.n2
    )


def test_the_page_draws_markdown_and_nothing_that_runs(ops, signed):
    body = "<script>alert(1)</script> [x](javascript:alert(1))\n\n## Un\n\n<img src=x onerror=alert(1)> **gras**\n"
    made = services.write(actor=ops.network, title="Sale", body=body, organisation=ops.lumen)
    page = signed("agent").get(made.get_absolute_url()).content.decode()
    assert "<strong>gras</strong>" in page
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page


def test_preview_saves_nothing_and_a_save_is_a_version(ops, signed, runbook):
    client, address = signed("network"), f"{BASE}{runbook.pk}/edit/"
    preview = client.post(address, {"preview": "1", "body": "## Nouveau\n\n*x*"}, headers={"HX-Request": "true"})
    assert "<em>x</em>" in preview.content.decode()
    assert Document.objects.get(pk=runbook.pk).version == 1
    values = {
        "title": runbook.title,
        "body": TEXT + "\n## Vérifier\n\nx\n",
        "owner_team": ops.n2.pk,
        "language": "fr",
        "version": "1",
        "note": "Vérification",
    }
    assert client.post(address, values).status_code == 302
    stale = client.post(address, {**values, "body": TEXT + "autre"})
    assert stale.status_code == 409
    assert "autre" in stale.content.decode()
    page = client.get(f"{BASE}{runbook.pk}/versions/").content.decode()
    assert "<ins>## Vérifier</ins>" in page
    assert "Vérification" in page
    assert client.post(f"{BASE}{runbook.pk}/versions/1/restore/").status_code == 302
    assert Document.objects.get(pk=runbook.pk).version == 3


def test_a_run_for_an_alert_is_ticked_with_who_and_when_and_ends_by_itself(ops, signed, runbook):
    alert, client = raised(ops), signed("ops")
    started = client.post(f"{BASE}{runbook.pk}/start/", {"alert": alert.number})
    run = DocumentRun.objects.get(alert=alert)
    assert started["Location"] == run.get_absolute_url()
    assert client.post(f"{BASE}{runbook.pk}/start/", {"alert": alert.number})["Location"] == run.get_absolute_url()
    tick = f"{run.get_absolute_url()}steps/"
    assert client.post(f"{tick}1/", {"state": "failed", "note": ""}).status_code == 422
    client.post(f"{tick}1/", {"state": "failed", "note": "Pas d’accès"})
    client.post(f"{tick}2/", {"state": "done"})
    run.refresh_from_db()
    assert run.state == "done"
    assert run.ended_at <= timezone.now()
    page = client.get(run.get_absolute_url()).content.decode()
    assert "Pas d’accès" in page
    assert "Done with failures" in page
    assert runbook.title in client.get(f"/operations/alerts/{alert.number}/").content.decode()
    client.post(f"{tick}2/", {"state": "todo"})
    run.refresh_from_db()
    assert (run.state, run.steps.get(position=2).state) == ("running", "todo")


def test_a_run_keeps_the_version_it_began_with(ops, runbook):
    run = running.start(runbook, actor=ops.operator)
    services.revise(runbook.pk, actor=ops.network, version=1, title=runbook.title, body="## Autre\n\nx\n")
    run.refresh_from_db()
    assert [step.title for step in run.steps.all()] == ["Regarder", "Relancer"]
    assert run.version.number == 1


def test_two_people_do_not_tick_the_same_step(ops, runbook):
    run = running.start(runbook, actor=ops.operator)
    running.tick(run.pk, 1, actor=ops.operator)
    with pytest.raises(IllegalMove, match="Romain"):
        running.tick(run.pk, 1, actor=ops.network)


def test_a_run_is_stopped_with_a_reason_only(ops, signed, runbook):
    run = running.start(runbook, actor=ops.operator)
    with pytest.raises(DomainError):
        running.stop(run.pk, actor=ops.operator, reason=" ")
    assert signed("ops").post(f"{run.get_absolute_url()}stop/", {"reason": "Plus nécessaire"}).status_code == 302
    with pytest.raises(IllegalMove):
        running.tick(run.pk, 1, actor=ops.operator)


def test_a_withdrawn_runbook_is_not_begun_and_its_runs_stay(ops, signed, runbook):
    running.start(runbook, actor=ops.operator)
    client = signed("ops")
    client.post(f"{BASE}{runbook.pk}/withdraw/")
    assert client.post(f"{BASE}{runbook.pk}/start/").status_code == 404
    assert runbook.title not in client.get(f"{BASE}?q=tablespace").context["page"].rows
    assert client.get(f"{BASE}?withdrawn=1").context["rows"][0].pk == runbook.pk


def test_who_reads_may_not_write_nor_tick_and_strangers_see_nothing(ops, signed, runbook):
    run = running.start(runbook, actor=ops.operator)
    agent = signed("agent")
    assert agent.get(run.get_absolute_url()).status_code == 200
    assert '<form class="row-flex wrap" method="post"' not in agent.get(run.get_absolute_url()).content.decode()
    for address in (
        f"{BASE}{runbook.pk}/start/",
        f"{run.get_absolute_url()}steps/1/",
        f"{run.get_absolute_url()}stop/",
        f"{BASE}{runbook.pk}/withdraw/",
    ):
        assert agent.post(address).status_code == 404
    assert signed("mainframe").get(f"{BASE}{runbook.pk}/edit/").status_code == 404
    for login in ("customer", "stranger", "foreign"):
        for address in (runbook.get_absolute_url(), run.get_absolute_url(), f"{BASE}{runbook.pk}/versions/"):
            assert signed(login).get(address).status_code == 404


def test_a_job_offers_its_runbook_and_what_is_begun_there_is_about_the_job(ops, signed, runbook):
    made = job(ops, runbook=runbook)
    client = signed("ops")
    page = client.get(f"/operations/jobs/{made.pk}/").content.decode()
    assert f'action="{BASE}{runbook.pk}/start/"' in page
    assert f'name="item" value="{made.item_id}"' in page
    client.post(f"{BASE}{runbook.pk}/start/", {"item": made.item_id})
    assert DocumentRun.objects.get().item_id == made.item_id
    assert runbook.title in client.get(f"/cmdb/{made.item_id}/panels/").content.decode()
    assert f"{BASE}{runbook.pk}/start/" not in signed("agent").get(f"/operations/jobs/{made.pk}/").content.decode()


def test_withdrawing_twice_leaves_it_withdrawn(ops, signed, runbook):
    client, address = signed("admin"), f"{BASE}{runbook.pk}/withdraw/"
    for _n in range(2):
        client.post(address)
    assert Document.objects.get(pk=runbook.pk).withdrawn_at
    client.post(address, {"back": "1"})
    assert not Document.objects.get(pk=runbook.pk).withdrawn_at


def test_a_runbook_of_nobody_in_particular_tells_no_organisation_of_another(ops, signed):
    """Everybody reads and follows it; only who keeps everything changes it, and each sees its own items and runs."""
    person(ops, "xops", "Xenia", "Ops", [("ops", ops.other)], [], organisation=ops.other)
    item = cmdb.create_ci(actor=ops.admin, ci_class="physical_server", name="SRV-SECRET", organisation=ops.lumen)
    shared = services.write(actor=ops.admin, title="Commun", body=TEXT, items=[item])
    theirs = running.start(shared, actor=ops.operator)
    client = signed("xops")
    page = client.get(shared.get_absolute_url())
    assert (page.status_code, b"SRV-SECRET" in page.content) == (200, False)
    assert client.get(theirs.get_absolute_url()).status_code == 404
    assert client.post(f"{BASE}{shared.pk}/withdraw/").status_code == 404
    assert (
        client.get(running.start(shared, actor=User.objects.get(username="xops")).get_absolute_url()).status_code == 200
    )
