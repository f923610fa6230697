"""Runbooks are written in versions, read as steps, and compared line by line."""

import pytest

from itsm.audit.models import Entry
from itsm.core.errors import DomainError, IllegalMove, StaleVersion
from itsm.documents import differences, services, steps
from itsm.documents.models import Document

pytestmark = pytest.mark.django_db
TEXT = "Avant de commencer : prévenir.\n\n## Regarder l’état\n\n-DISPLAY DB(DB2P)\n\n## Relancer\n\n`START`\n"


@pytest.fixture
def runbook(world):
    return services.write(
        actor=world.network, title="Tablespace en RECP", body=TEXT, organisation=world.lumen, owner_team=world.n2
    )


def test_second_headings_are_steps_and_what_is_before_them_the_introduction():
    intro, found = steps.split(TEXT)
    assert intro == "Avant de commencer : prévenir."
    assert [step["title"] for step in found] == ["Regarder l’état", "Relancer"]
    assert found[0]["body"] == "-DISPLAY DB(DB2P)"


def test_headings_in_code_and_quotes_are_text():
    body = "## One\n\n```\n## not a step\n```\n\n> ## nor this\n\nTwo `x`\n---\nend\n"
    assert [step["title"] for step in steps.split(body)[1]] == ["One", "Two x"]


def test_a_text_without_steps_is_refused_with_what_to_do(world):
    with pytest.raises(DomainError) as refused:
        services.write(actor=world.network, title="Rien", body="Du texte seulement.")
    assert refused.value.field == "body"
    assert "##" in str(refused.value.message)


def test_each_save_of_another_text_is_a_version_and_the_old_one_stays(world, runbook):
    newer = TEXT.replace("START", "START DATABASE")
    services.revise(
        runbook.pk, actor=world.network, version=1, title=runbook.title, body=newer, note="Commande complète"
    )
    runbook.refresh_from_db()
    assert runbook.version == 2
    assert list(runbook.versions.order_by("number").values_list("number", "body")) == [(1, TEXT), (2, newer)]
    services.revise(runbook.pk, actor=world.network, version=2, title="Autre titre", body=newer)
    runbook.refresh_from_db()
    assert (runbook.version, runbook.title) == (2, "Autre titre")
    assert Entry.objects.filter(subject_kind="document", subject_id=runbook.pk).count() == 3


def test_a_save_over_a_newer_version_is_refused(world, runbook):
    services.revise(runbook.pk, actor=world.network, version=1, title=runbook.title, body=TEXT + "\nfin\n")
    with pytest.raises(StaleVersion):
        services.revise(runbook.pk, actor=world.lead, version=1, title=runbook.title, body=TEXT + "\nmoi\n")


def test_an_old_version_comes_back_as_the_newest(world, runbook):
    services.revise(runbook.pk, actor=world.network, version=1, title=runbook.title, body="## Autre\n\nx\n")
    services.restore(runbook.pk, 1, actor=world.network)
    runbook.refresh_from_db()
    assert runbook.version == 3
    assert runbook.versions.get(number=3).body == TEXT
    with pytest.raises(IllegalMove):
        services.restore(runbook.pk, 3, actor=world.network)


def test_two_runbooks_of_an_organisation_have_two_titles(world, runbook):
    with pytest.raises(DomainError) as refused:
        services.write(actor=world.network, title="Tablespace en RECP", body=TEXT, organisation=world.lumen)
    assert refused.value.field == "title"
    services.write(actor=world.network, title="Tablespace en RECP", body=TEXT, organisation=world.other)


def test_an_expert_writes_those_of_their_teams_and_strangers_see_none(world, runbook):
    mine = Document.objects
    assert mine.editable_by(world.network).filter(pk=runbook.pk).exists()
    assert not mine.editable_by(world.mainframe).filter(pk=runbook.pk).exists()
    assert mine.visible_to(world.agent).filter(pk=runbook.pk).exists()
    for person in (world.customer, world.stranger, world.foreign_agent):
        assert not mine.visible_to(person).filter(pk=runbook.pk).exists()


def test_differences_show_what_went_and_what_came_with_little_around():
    old = "\n".join(f"line {n}" for n in range(20))
    rows = differences.lines(old, old.replace("line 10", "line ten"))
    assert [row["kind"] for row in rows] == [
        "skip",
        "same",
        "same",
        "same",
        "gone",
        "new",
        "same",
        "same",
        "same",
        "skip",
    ]
    assert [row["text"] for row in rows if row["kind"] in ("gone", "new")] == ["line 10", "line ten"]
