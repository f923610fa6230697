"""A search that finds nothing proposes the word that was meant, from texts that the reader may read."""

import pytest

from itsm.core import reference
from itsm.notify import outbox
from itsm.people import services as people
from itsm.records import search
from servicedesk.incidents import services
from servicedesk.incidents.models import Incident

pytestmark = pytest.mark.django_db


def known(*incidents):
    """The words of these are indexed and counted."""
    while outbox.drain():
        continue
    search.index([incident.pk for incident in incidents])
    search.refresh_lexemes()


def words_of(client, user, text, language="fr"):
    user.language = language
    user.save(update_fields=["language"])
    client.force_login(user)
    return client.get("/desk/incidents/", {"q": text}).content.decode()


def test_a_typing_mistake_is_put_right_in_the_readers_language(client, world):
    known(services.open_incident(actor=world.customer, requester=world.customer, title="Imprimante bloquée"))
    french, english = (words_of(client, world.agent, "imprimnate", language) for language in ("fr", "en"))
    assert "Vouliez-vous dire" in french
    assert "q=imprimante" in french
    assert "Did you mean “imprimante”?" in english


def test_the_rest_of_the_search_is_kept_and_what_is_proposed_finds_something(client, world):
    incident = services.open_incident(actor=world.customer, requester=world.customer, title="Imprimante bloquée")
    known(incident)
    rows = Incident.objects.in_desk_of(world.agent)
    better = search.suggestion(rows, "imprimnate bloquée")
    assert better == "imprimante bloquée"
    assert list(search.matching(rows, better, internal=True)) == [incident]


def test_words_that_only_others_may_read_are_never_proposed(client, world):
    secret = services.open_incident(
        actor=world.lead, requester=world.customer, title="Licenciement préparé", confidentiality=world.circle
    )
    theirs = people.create_team(
        actor=None, code="X-AUTRE", name_fr="Ailleurs", name_en="Elsewhere", level=1, organisation=world.other
    )
    reference.forget_everything()
    foreign = services.open_incident(
        actor=world.foreign_agent, requester=world.stranger, title="Zeppelin broken", team=theirs
    )
    known(secret, foreign)
    for typed in ("licenciment", "zepelin"):
        assert search.did_you_mean([typed])[0][1]
        assert "Vouliez-vous dire" not in words_of(client, world.agent, typed)


def test_nothing_is_proposed_where_rows_are_found_or_for_a_number(client, world):
    known(services.open_incident(actor=world.customer, requester=world.customer, title="Imprimante bloquée"))
    assert "Vouliez-vous dire" not in words_of(client, world.agent, "imprimante")
    assert search.suggestion(Incident.objects.in_desk_of(world.agent), "INC9999999") == ""
