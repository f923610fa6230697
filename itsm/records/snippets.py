"""The words that were searched, marked in a title and in the passage around them.

PostgreSQL finds the passages, only of the rows shown; text is escaped here, after its own marks became letters that no
text holds.
"""

from django.db import connection
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .finding import QUERY

BEGIN, END = "\ue000", "\ue001"
READ, COMMENTS = 4000, 30
MARKS = f"StartSel={BEGIN}, StopSel={END}"
TITLE = f"{MARKS}, HighlightAll=true"
PASSAGE = f'{MARKS}, MaxFragments=2, MaxWords=22, MinWords=8, FragmentDelimiter=" … "'
CONFIG = "(CASE WHEN r.language = 'en' THEN 'vigie_en' ELSE 'vigie_fr' END)::regconfig"
BARE = f"translate({{text}}, '{BEGIN}{END}', '')"
RECORDS = f"""
SELECT r.id, ts_headline({CONFIG}, {BARE.format(text="r.title")}, q, %s),
       ts_headline({CONFIG}, {BARE.format(text=f"left(r.description, {READ})")}, q, %s)
FROM records_record r CROSS JOIN (SELECT {QUERY} AS q) w WHERE r.id = ANY(%s)
"""  # noqa: S608
SAID = f"""
SELECT r.id, c.public, ts_headline({CONFIG}, {BARE.format(text=f"left(c.body, {READ})")}, q, %s)
FROM records_record r CROSS JOIN (SELECT {QUERY} AS q) w
CROSS JOIN LATERAL (
    SELECT k.body, k.public FROM records_comment k
    WHERE k.record_id = r.id AND (k.public OR %s) ORDER BY k.at DESC, k.id DESC LIMIT {COMMENTS}
) c
WHERE r.id = ANY(%s) AND to_tsvector({CONFIG}, left(c.body, {READ})) @@ q
"""  # noqa: S608


def of_records(ids: list[int], text: str, *, internal: bool) -> dict[int, tuple[SafeString, SafeString, bool]]:
    """For each record its title and a passage, both with `<mark>`, and whether the passage is an internal note.

    A comment is only read where neither title nor description holds a word; `internal` lets internal notes speak.
    """
    if not ids:
        return {}
    words = [text[:200]] * 2
    with connection.cursor() as cursor:
        cursor.execute(RECORDS, [TITLE, PASSAGE, *words, ids])
        rows = cursor.fetchall()
        silent = [pk for pk, title, passage in rows if BEGIN not in title + passage]
        said: dict[int, tuple[str, bool]] = {}
        if silent:
            cursor.execute(SAID, [PASSAGE, *words, internal, silent])
            for pk, public, passage in cursor.fetchall():
                said.setdefault(pk, (passage, not public))
    found = {}
    for pk, title, passage in rows:
        words_of, secret = said.get(pk, (passage if BEGIN in passage else "", False))
        found[pk] = (marked(title), marked(words_of), secret)
    return found


def marked(text: str) -> SafeString:
    """Text with its marked words as `<mark>`; everything else is escaped."""
    plain = escape(" ".join(text.split()))
    return mark_safe(plain.replace(BEGIN, "<mark>").replace(END, "</mark>"))
