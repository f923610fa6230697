"""The data that the benchmarks read: the demo company at 20,000 incidents, an estate of 5,000 items, words of a real spread.

Larger sets are copies of it, made in SQL: every row with its satellites, three weeks older with each copy, other ids.
"""

import random
from urllib.parse import urlsplit, urlunsplit

from django.core.management import call_command
from django.db import connection, transaction

BASE, DEMO = 20_000, 3_200
ITEMS, RELATIONS, COMMENTS = 5_000, 25_000, 45_000
COMMON, RARE = "imprimante", "zibeline"
SEED = 20_261_123
# Ids of a copy lie this far above the original's: more than any table of the base holds.
STRIDE = 1_000_000
# Tables that hang on a record, the column that names it, and what else names a row that is copied with it.
SATELLITES = {
    "servicedesk_incident": ("record_ptr_id", "follows_id"),
    "records_comment": ("record_id",),
    "records_hop": ("record_id",),
    "records_affecteditem": ("record_id",),
    "records_recordsearch": ("record_id",),
    "levels_clock": ("record_id",),
    "servicedesk_survey": ("record_id",),
    "kpis_fact": ("record_id", "source_id"),
}
SPECIAL = {
    ("records_record", "number"): "left(number, 3) || lpad((id + {shift})::text, 8, '0')",
    ("records_record", "queue_at"): "CASE WHEN queue_at < '9000-01-01' THEN queue_at - {back} ELSE queue_at END",
    ("levels_clock", "next_step_at"): "NULL",
    ("audit_entry", "subject_text"): "left(subject_text, 3) || lpad((subject_id + {shift})::text, 8, '0')",
}


def url_of(base: str, records: int) -> str:
    """The database of a size, on the same server as `base`."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path=f"{parts.path}_{records}"))


def load_base(say) -> None:
    """20,000 incidents through the demo's own code, then what a larger site has more of."""
    call_command("migrate", verbosity=0)
    call_command("seed_demo", scale=BASE / DEMO)
    rng = random.Random(SEED)
    say("an estate of 5,000 items")
    _enlarge_estate(rng)
    say("a backlog")
    _keep_a_backlog()
    say("comments")
    _talk(rng)
    say("indicators")
    _roll_up()
    finish()


def finish() -> None:
    """Statistics, visibility maps, and the mark that says the set is whole."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(f"COMMENT ON DATABASE \"{connection.settings_dict['NAME']}\" IS 'bench'")


@transaction.atomic
def _enlarge_estate(rng) -> None:
    from itsm.cmdb import services
    from itsm.cmdb.models import ConfigurationItem, RelationType
    from itsm.people.models import Organisation, Team

    lumen, teams = Organisation.objects.get(code="LUMEN"), list(Team.objects.filter(function="technical"))
    kind = RelationType.objects.get(code="depends_on")
    count = ITEMS - ConfigurationItem.objects.count()
    classes = ("laptop", "virtual_machine", "switch", "physical_server")
    items = [
        ConfigurationItem(
            key=f"bench-{n}", ci_class=classes[n % 4], name=f"Parc {n:05}", serial=f"BN{n:06}", organisation=lumen,
            support_team=teams[n % len(teams)], criticality=1 + n % 4, source="bench", external_id=str(n),
        )
        for n in range(count)
    ]  # fmt: skip
    pairs = set()
    while len(pairs) < RELATIONS:
        source = rng.randrange(1, count)
        pairs.add((source, min(int(source * rng.random() ** 2), source - 1)))
    relations = [(f"bench-{a}", f"bench-{b}", kind, 0, 1) for a, b in sorted(pairs)]
    services.bulk_load(items, relations, actor=None, reason="bench")


def _keep_a_backlog() -> None:
    """One closed incident in six is open after all: sites that need a fast queue have a long one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(id) FROM records_record WHERE phase = 'closed' AND id % 6 = 0")
        (chosen,) = cursor.fetchone()
        cursor.execute("UPDATE servicedesk_incident SET resolved_by_id = NULL WHERE record_ptr_id = ANY(%s)", [chosen])
        cursor.execute(
            "UPDATE records_record SET phase = 'open', state = 'in_progress', closed_at = NULL, resolved_at = NULL,"
            " resolution_code_id = NULL, queue_at = opened_at + mod(id, 997) * interval '1 hour' WHERE id = ANY(%s)",
            [chosen],
        )


def _roll_up() -> None:
    from kpis.models import DirtyRecord
    from kpis.rollup import rebuild

    rebuild()
    DirtyRecord.objects.all().delete()


def _talk(rng) -> None:
    """Comments of a Zipf vocabulary on every record, one word that only four records hold, and the search documents."""
    from itsm.people.models import User
    from itsm.records import search
    from itsm.records.models import Comment, Record

    rows = list(Record.objects.order_by("pk").values_list("pk", "opened_at"))
    agents = list(User.objects.filter(memberships__isnull=False).distinct())
    words = [_word(rng) for _n in range(12_000)]
    weights = [1 / (rank + 2) for rank in range(len(words))]
    drawn = iter(rng.choices(words, weights, k=COMMENTS * 18))
    comments = []
    for n in range(COMMENTS):
        pk, at = rows[n % len(rows)]
        body = " ".join(next(drawn) for _word in range(18))
        comments.append(Comment(record_id=pk, author=rng.choice(agents), body=body, public=n % 3 == 0, at=at))
    for n in range(4):
        comments[n * 4999].body += f" {RARE}"
    Comment.objects.bulk_create(comments, batch_size=2000)
    for start in range(0, len(rows), 500):
        search.index([pk for pk, _at in rows[start : start + 500]])
    search.refresh_lexemes()


def _word(rng) -> str:
    return "".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiou") for _n in range(rng.randint(2, 5)))


def multiply(records: int, say) -> None:
    """Copy the base until about `records` are there. Triggers are off: the copies are as valid as their originals."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) < %s FROM audit_entry", [STRIDE])
        if not cursor.fetchone()[0]:
            raise SystemExit("The base has grown beyond the stride of its copies: drop its database and load it anew.")
        cursor.execute("SELECT count(*) FROM records_record")
        copies = max(0, round(records / cursor.fetchone()[0]) - 1)
        cursor.execute("SET session_replication_role = replica; SET synchronous_commit = off")
        for number in range(1, copies + 1):
            _copy(cursor, number)
            say(f"copy {number} of {copies}")
        cursor.execute("SET session_replication_role = DEFAULT; SET synchronous_commit = DEFAULT")
        _advance_sequences(cursor)
        _resample(cursor)
    finish()


@transaction.atomic
def _copy(cursor, number: int) -> None:
    shift, back = number * STRIDE, f"interval '{number * 21} days'"
    rare = f"NOT IN (SELECT record_id FROM records_comment WHERE position('{RARE}' IN body) > 0)"
    _insert(
        cursor, "records_record", {"id", "parent_id", "merged_into_id"}, shift, back, f"id < {STRIDE} AND id {rare}"
    )
    for table, columns in SATELLITES.items():
        where = f"{columns[0]} < {STRIDE} AND {columns[0]} {rare}"
        _insert(cursor, table, {"id", *columns}, shift, back, where)
    where = f"subject_kind = 'record' AND subject_id < {STRIDE} AND subject_id {rare}"
    _insert(cursor, "audit_entry", {"id", "subject_id"}, shift, back, where)


def _insert(cursor, table: str, shifted: set, shift: int, back: str, where: str) -> None:
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public'"
        " AND is_generated = 'NEVER'",
        [table],
    )
    columns, values = [], []
    for name, kind in cursor.fetchall():
        columns.append(name)
        if (table, name) in SPECIAL:
            values.append(SPECIAL[table, name].format(shift=shift, back=back))
        elif name in shifted:
            values.append(f"{name} + {shift}")
        elif kind == "timestamp with time zone":
            values.append(f"{name} - {back}")
        elif kind == "date":
            values.append(f"({name} - {back})::date")
        else:
            values.append(name)
    cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} WHERE {where}")


def _advance_sequences(cursor) -> None:
    for table in ("records_record", "audit_entry", *SATELLITES):
        cursor.execute("SELECT pg_get_serial_sequence(%s, 'id') WHERE EXISTS (SELECT FROM information_schema.columns WHERE table_name = %s AND column_name = 'id')", [table, table])  # fmt: skip
        found = cursor.fetchone()
        if found and found[0]:
            cursor.execute(f"SELECT setval(%s, (SELECT max(id) FROM {table}))", [found[0]])


def _resample(cursor) -> None:
    from kpis.rollup import SAMPLE

    cursor.execute("TRUNCATE kpis_sample")
    cursor.execute(SAMPLE.replace("WHERE (kpi, day) IN (SELECT * FROM unnest(%s::text[], %s::date[]))", ""))
