"""Tickets for the search page: which ones hold the words, in what order, and the words in their texts.

The reader's rights and filters stand inside the query, so that the cap cuts what they may see and not what they may not.
How common the rarest word is decides the access path, never the planner (docs/decisions/hot-paths.md).
"""

import re
from dataclasses import dataclass

from django.contrib.postgres.search import SearchRank
from django.db import connection
from django.db.models import F

from .models import RecordSearch
from .search import CAP, holding, to_query

# Up to so many matches the index gives them all; above it the newest documents do, as many as it takes to find enough.
INDEXABLE, WINDOW, WIDEST, SPARE = 20_000, 5_000, 60_000, 1.6
RANKED = 500
QUERY = "(websearch_to_tsquery('vigie_fr', %s) || websearch_to_tsquery('vigie_en', %s))"
# For each language the number of documents of its rarest word (0: nobody knows it), how many documents there are, and how
# many there were when words were counted.
COMMON = """
SELECT cfg, CASE WHEN EXISTS (SELECT 1 FROM records_lexeme) THEN
         (SELECT {which}(coalesce(l.ndoc, 0)) FROM unnest(tsvector_to_array(to_tsvector(cfg::regconfig, %s))) w
          LEFT JOIN records_lexeme l ON l.word = w) END,
       (SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = 'records_recordsearch'::regclass),
       (SELECT ndoc FROM records_lexeme WHERE word = '')
FROM unnest(ARRAY['vigie_fr', 'vigie_en']) cfg
"""
OWN = f"""
SELECT record_id FROM (SELECT record_id, public FROM records_recordsearch WHERE record_id = ANY(%s) OFFSET 0) own
WHERE public @@ {QUERY} ORDER BY record_id DESC LIMIT %s
"""  # noqa: S608


@dataclass(frozen=True)
class Found:
    """Ids in the order asked for. `capped`: there are more; `recent`: only so many of the newest were read, 0 for all."""

    ids: list[int]
    capped: bool = False
    recent: int = 0


def find(queryset, text: str, *, internal: bool, best: bool = False) -> Found:
    """The newest `CAP` rows of `queryset` that hold the words; with `best` the newest 500 by how well they fit.

    `internal` also searches internal notes.
    """
    if not re.search(r"\w", text):
        return Found([])
    text = text[:200]
    expected, total = _expected(text)
    window = None
    if expected is None or expected > INDEXABLE:
        share = (expected or INDEXABLE) / max(total, 1)
        window = int(min(WIDEST, max(WINDOW, CAP / max(share, 1e-6) * SPARE)))
    ids = _ids(queryset, text, internal, window)
    while window and window < WIDEST and len(ids) <= CAP and window < total:
        # The reader's rights or filters leave too little of the window: once more, as wide as what they left asks for.
        window = int(min(WIDEST, max(2 * window, window * CAP / max(len(ids), 1) * SPARE)))
        ids = _ids(queryset, text, internal, window)
    cut = window if window and window < total and len(ids) <= CAP else 0
    found = Found(ids[:CAP], capped=len(ids) > CAP, recent=cut)
    return _ranked(found, text, internal) if best else found


def find_among(own: list[int], text: str) -> Found:
    """As `find` for a person's own tickets, which are few: their ids lead, and the words are looked up in each."""
    if not own or not re.search(r"\w", text):
        return Found([])
    with connection.cursor() as cursor:
        cursor.execute(OWN, [own, text[:200], text[:200], CAP + 1])
        ids = [row[0] for row in cursor.fetchall()]
    return Found(ids[:CAP], capped=len(ids) > CAP)


def _ids(queryset, text: str, internal: bool, window: int | None) -> list[int]:
    held = f"public @@ {QUERY} OR internal @@ {QUERY}" if internal else f"public @@ {QUERY}"
    rows = holding(queryset, held, [text] * (4 if internal else 2), window=window)
    return list(rows.values_list("pk", flat=True)[: CAP + 1])


def _expected(text: str) -> tuple[int | None, int]:
    """About how many documents hold the words (None: words were never counted), and how many there are."""
    either = re.search(r"\bor\b", text, re.IGNORECASE) is not None
    wanted = re.sub(r"(^|\s)-\S+", " ", text)
    with connection.cursor() as cursor:
        cursor.execute(COMMON.format(which="max" if either else "min"), [wanted])
        rows = cursor.fetchall()
    known, total, counted = [row[1] for row in rows if row[1] is not None], int(rows[0][2]), rows[0][3]
    grown = max(1.0, total / counted) if counted else 1.0
    return (int(max(known) * grown) if known else None), total


def _ranked(found: Found, text: str, internal: bool) -> Found:
    query = to_query(text)
    rank = SearchRank(F("public"), query)
    rows = RecordSearch.objects.filter(pk__in=found.ids[:RANKED]).annotate(rank=rank).order_by("-rank", "-record_id")
    return Found(list(rows.values_list("record_id", flat=True)), found.capped or len(found.ids) > RANKED, found.recent)
