"""Full text in French and English. The access path is chosen here, not by the planner (docs/decisions/hot-paths.md)."""

import difflib
import re
from math import log

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import RawSQL

from itsm.core.folding import fold
from itsm.notify.outbox import Fact, consumer

from .models import Lexeme, RecordSearch

NUMBER = re.compile(r"^[A-Za-z]{3}\d{4,}$")
WINDOW, WIDER, ENOUGH, CAP = 5000, 60000, 51, 1000
SHORTEST, MOST_WORDS, SAMPLE, LONGEST, NEAR = 4, 5, 20, 2000, 0.7
LONGEST_TYPED, TRIES = 8, 2
DOCUMENT = """
INSERT INTO records_recordsearch (record_id, public, internal)
SELECT r.id,
       setweight(to_tsvector('simple', r.number || ' ' || r.external_id), 'B')
       || setweight(to_tsvector(c.cfg, r.title), 'A') || setweight(to_tsvector(c.cfg, left(r.description, 100000)), 'C')
       || coalesce(setweight(to_tsvector(c.cfg, left(string_agg(k.body, ' ') FILTER (WHERE k.public), 200000)), 'D'), ''),
       nullif(coalesce(setweight(to_tsvector(c.cfg, left(string_agg(k.body, ' ') FILTER (WHERE NOT k.public), 200000)), 'D'), ''), '')
FROM records_record r
CROSS JOIN LATERAL (SELECT (CASE WHEN r.language = 'en' THEN 'vigie_en' ELSE 'vigie_fr' END)::regconfig AS cfg) c
LEFT JOIN records_comment k ON k.record_id = r.id
WHERE r.id = ANY(%s)
GROUP BY r.id, c.cfg
ON CONFLICT (record_id) DO UPDATE SET public = excluded.public, internal = excluded.internal
"""
COMMON = """
SELECT w, coalesce(max(l.ndoc), 0), (SELECT coalesce(max(ndoc), 0) FROM records_lexeme WHERE word <> '')
FROM unnest(%s) w
LEFT JOIN records_lexeme l ON l.word = ANY (tsvector_to_array(to_tsvector('vigie_fr', w) || to_tsvector('vigie_en', w)))
GROUP BY w
"""
NEAREST = """
SELECT w, coalesce(near.stems, '{}'), coalesce(near.most, 0)
FROM unnest(%s) WITH ORDINALITY typed (w, place)
CROSS JOIN LATERAL (
    SELECT array_agg(best.word) AS stems, max(best.ndoc) AS most
    FROM (SELECT l.word, l.ndoc FROM records_lexeme l WHERE l.word %% w
          ORDER BY similarity(l.word, w) DESC, l.ndoc DESC LIMIT %s) best
) near
ORDER BY EXISTS (SELECT 1 FROM records_lexeme l
                 WHERE l.word = ANY (tsvector_to_array(to_tsvector('vigie_fr', w) || to_tsvector('vigie_en', w)))), place
"""


def is_number(text: str) -> bool:
    """Does it look like a record's number?"""
    return NUMBER.fullmatch(text) is not None


def to_query(text: str):
    """The words in both languages: records are indexed in the language they were written in."""
    words = text[:200]
    return SearchQuery(words, config="vigie_fr", search_type="websearch") | SearchQuery(
        words, config="vigie_en", search_type="websearch"
    )


def to_unfinished_query(text: str):
    """All the words, the last of which may go on: what somebody is still typing."""
    words = re.findall(r"\w+", text[:200])[:LONGEST_TYPED]
    raw = " & ".join(words) + ":*"
    return SearchQuery(raw, config="vigie_fr", search_type="raw") | SearchQuery(
        raw, config="vigie_en", search_type="raw"
    )


def matching(queryset, text: str, *, internal: bool):
    """Rows of `queryset` that hold the words: at most the newest `CAP` by record. `internal` also searches internal notes."""
    return queryset.filter(pk__in=find_ids(text, internal=internal))


def find_ids(text: str, *, internal: bool, limit: int = CAP, unfinished: bool = False) -> list[int]:
    """Newest first. Common words stop at the newest window of documents; rare ones go through the index.

    `unfinished`: the last word is only a beginning.
    """
    if unfinished and not re.search(r"\w", text):
        return []
    query = to_unfinished_query(text) if unfinished else to_query(text)
    hit = Q(public=query) | Q(internal=query) if internal else Q(public=query)
    newest = RecordSearch.objects.order_by("-record_id").values_list("record_id", flat=True)
    floor = _floor(newest, WINDOW)
    found = list(newest.filter(hit, record_id__gte=floor)[:limit]) if floor is not None else []
    if len(found) >= ENOUGH or floor is None:
        return found
    if len(found) >= 6 or _is_common(text):
        wider = _floor(newest, WIDER)
        return list(newest.filter(hit, record_id__gte=wider if wider is not None else 0)[:limit])
    through_index = RecordSearch.objects.filter(hit).annotate(place=F("record_id") + 0).order_by("-place")
    return list(through_index.values_list("record_id", flat=True)[:limit])


def similar_ids(text: str, *, internal: bool = False, limit: int = 30) -> list[int]:
    """Records of the newest window that share words with a text: rare words count more, and those of titles most."""
    words = [word for word in dict.fromkeys(re.findall(r"\w+", text.lower()[:300])) if len(word) >= SHORTEST]
    newest = RecordSearch.objects.order_by("-record_id").values_list("record_id", flat=True)
    floor = _floor(newest, WINDOW)
    if not words or floor is None:
        return []
    weights = dict(sorted(_weights(words).items(), key=lambda pair: -pair[1])[:LONGEST_TYPED])
    either = to_query(" OR ".join(weights))
    hit = Q(public=either) | Q(internal=either) if internal else Q(public=either)
    near = RecordSearch.objects.filter(hit, record_id__gte=floor).annotate(rank=_weighed(weights))
    return list(near.order_by("-rank", "-record_id").values_list("record_id", flat=True)[:limit])


def _weights(words: list[str]) -> dict[str, float]:
    """How much each word tells: the fewer texts hold it, the more (inverse document frequency)."""
    with connection.cursor() as cursor:
        cursor.execute(COMMON, [words])
        rows = cursor.fetchall()
    return {word: log(1 + (most + 1) / (held + 1)) for word, held, most in rows}


def _weighed(weights: dict[str, float]):
    parts = [Value(weight) * SearchRank(F("public"), to_query(word)) for word, weight in weights.items()]
    return sum(parts[1:], parts[0])


def _floor(newest, window: int) -> int | None:
    """The id of the last document of the newest `window`; 0 when there are fewer; None when there are none."""
    row = list(newest[window - 1 : window])
    if row:
        return row[0]
    return 0 if newest.exists() else None


def _is_common(text: str) -> bool:
    words = [word.lower() for word in re.findall(r"\w+", text)]
    rows = dict(Lexeme.objects.filter(word__in=words).values_list("word", "ndoc"))
    total = max(rows.values(), default=0)
    return bool(words) and len(rows) == len(words) and min(rows.values()) > 0.05 * max(total, 20_000)


def index(record_ids: list[int]) -> None:
    """Write the search documents of these records as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(DOCUMENT, [list(record_ids)])


@consumer("search", "record.*")
def index_record(fact: Fact) -> None:
    """A record or what was said on it changed: find it by its new words."""
    if fact.topic == "record.loaded":
        index(fact.payload["records"])
    elif fact.record_id:
        ids = [fact.record_id]
        merged = fact.payload.get("changes", {}).get("merged_into_id")
        if merged and merged[1]:
            ids.append(merged[1])
        index(ids)


def refresh_lexemes() -> int:
    """How common each word is, from a sample. Nightly. The word '' holds how many documents there were: what is loaded in
    the meantime makes every word more common."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT 1 FROM records_recordsearch LIMIT 50001) n")
        sample = 5 if cursor.fetchone()[0] > 50_000 else 100
        cursor.execute("DELETE FROM records_lexeme")
        cursor.execute(
            "INSERT INTO records_lexeme (word, ndoc) SELECT left(word, 100), ndoc * %s FROM ts_stat("
            f"'SELECT public FROM records_recordsearch TABLESAMPLE SYSTEM ({sample})') WHERE length(word) <= 100"
            " ON CONFLICT DO NOTHING",
            [100 // sample],
        )
        counted = cursor.rowcount
        cursor.execute(
            "INSERT INTO records_lexeme (word, ndoc) SELECT '', count(*) FROM records_recordsearch ON CONFLICT DO NOTHING"
        )
        return counted


class Among(Func):
    """The id is one that a statement gives: asked first, then looked up one by one, whatever the planner expects of it."""

    arg_joiner, template = " = ANY(ARRAY", "%(expressions)s)"
    output_field, conditional = BooleanField(), True


def holding(queryset, held: str, params: list, *, window: int | None = None):
    """Rows of `queryset`, newest first, whose documents are `held` (SQL on `public` and `internal`).

    Through the index, or among the newest `window` documents. Rights and filters of the queryset come after the words.
    """
    if window is None:
        sql = f"SELECT record_id FROM records_recordsearch WHERE {held}"
    else:
        sql = (
            "SELECT record_id FROM (SELECT record_id, public, internal FROM records_recordsearch"
            f" ORDER BY record_id DESC LIMIT %s) newest WHERE {held}"
        )
        params = [window, *params]
    rows = queryset.filter(Among(F("pk"), RawSQL(sql, params)))  # noqa: S611
    return rows.annotate(place=F("pk") + 0).order_by("-place")


def did_you_mean(words: list[str], most: int = 3) -> list[tuple[str, list[str], int]]:
    """For each word the nearest known ones (their stems), nearest first, and how common the commonest of them is.

    Words that no text holds come first.
    """
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEAREST, [words, most])
        return cursor.fetchall()


def suggestion(queryset, text: str) -> str:
    """What a search that found nothing may have meant: `text` with one word put right, as a row of `queryset` spells it.

    The words are known from every record, so a suggestion is taken from a text that the reader may read: the rows given.
    """
    text = " ".join(text.replace("\x00", "").split())[:200]
    words = [word for word in re.findall(r"\w+", text.lower()) if len(word) >= SHORTEST and not word.isnumeric()]
    if is_number(text):
        return ""
    typed = {fold(word): word for word in reversed(words[:MOST_WORDS])}
    tried = [known for known in did_you_mean(list(reversed(typed))) if known[1]][:TRIES]
    for folded, stems, common in tried:
        word = typed[folded]
        better = _spelled(queryset, stems, word, window=WINDOW if common > WINDOW else None)
        if better and better != word:
            return re.sub(rf"\b{re.escape(word)}\b", lambda _match, new=better: new, text.lower())
    return ""


def _spelled(queryset, stems: list[str], typed: str, *, window: int | None) -> str:
    """The word nearest to what was typed in the texts of the newest rows that hold one of the stems."""
    held = " OR ".join(["public @@ plainto_tsquery('simple', %s)"] * len(stems))
    rows = holding(queryset, held, stems, window=window).values_list("title", "description")[:SAMPLE]
    spoken = {word for row in rows for text in row for word in re.findall(r"\w+", text[:LONGEST].lower())}
    near = difflib.get_close_matches(typed, sorted(spoken), n=1, cutoff=NEAR)
    return near[0] if near else ""
