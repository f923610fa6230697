"""At 20,000 tickets the search page's queries go the way that the code chose, whatever the planner believes of a word."""

import pytest
from django.db import connection
from django.db.models import F

from itsm.records import finding, search
from itsm.records.models import Lexeme, Record
from servicedesk.incidents import services

pytestmark = pytest.mark.django_db
SIZE = 20_000


@pytest.fixture
def full(world):
    """One ticket, twenty thousand times; "voyant" is in all of them, "quasar" in four."""
    made = services.open_incident(actor=world.customer, requester=world.customer, title="Voyant orange")
    search.index([made.pk])
    columns = [field.column for field in Record._meta.local_concrete_fields if field.column != "id"]
    own = {"number": "'X' || n"}
    chosen = ", ".join(own.get(name, f"r.{name}") for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO records_record ({', '.join(columns)}) SELECT {chosen}"  # noqa: S608
            " FROM records_record r, generate_series(1, %s) n WHERE r.id = %s",
            [SIZE, made.pk],
        )
        cursor.execute(
            "INSERT INTO records_recordsearch (record_id, public)"
            " SELECT r.id, s.public || to_tsvector('vigie_fr', CASE WHEN r.id %% 5000 = 0 THEN 'quasar' ELSE '' END)"
            " FROM records_record r, records_recordsearch s WHERE s.record_id = %s AND r.id <> s.record_id",
            [made.pk],
        )
        cursor.execute("ANALYZE records_record, records_recordsearch")
    search.refresh_lexemes()
    return world


def plan(user, text: str, window: int | None) -> str:
    held = f"public @@ {finding.QUERY} OR internal @@ {finding.QUERY}"
    return search.holding(Record.objects.in_desk_of(user), held, [text] * 4, window=window)[:1001].explain()


def test_rare_words_go_through_the_index_and_common_ones_through_the_newest_window(full):
    rare, common = plan(full.agent, "quasar", None), plan(full.agent, "voyant", 5000)
    assert "record_search_public" in rare
    assert "records_recordsearch_pkey" in common
    for text in (rare, common):
        assert "Seq Scan on records_record" not in text


def test_common_words_are_capped_and_rare_ones_exact(full, django_assert_max_num_queries):
    rows = Record.objects.in_desk_of(full.agent)
    with django_assert_max_num_queries(2):
        common = finding.find(rows, "voyant", internal=True)
    with django_assert_max_num_queries(2):
        rare = finding.find(rows, "quasar", internal=True)
    assert (len(common.ids), common.capped, common.recent) == (1000, True, False)
    assert (len(rare.ids), rare.capped) == (4, False)


def test_what_was_loaded_after_the_words_were_counted_makes_them_more_common(full):
    Lexeme.objects.update(ndoc=F("ndoc") / 50)
    expected, total = finding._expected("voyant")
    assert expected == pytest.approx(total, rel=0.1)
    assert finding.find(Record.objects.in_desk_of(full.agent), "voyant", internal=True).capped
