"""The CMDB alone, at 5,000 items with 25,000 relations and at 100,000 with 500,000, each item changed four times since.

In process on the product's own code, beside the bare SQL of the same question; the past and comparisons by their pages.
"""

import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta
from unittest import mock

SIZES = (5_000, 100_000)
VERSIONS, PER_ITEM = 5, 5
CHANGED = 100  # of the newest versions, one in so many is younger than the baseline
CLASSES = ("laptop", "virtual_machine", "switch", "physical_server", "application")
# The question of an impact in one statement: who is reached within six steps, without saying down or degraded.
REACHED = """
WITH RECURSIVE reached(id, depth) AS (
  SELECT %s::bigint, 0
  UNION
  SELECT r.source_id, depth + 1 FROM reached JOIN cmdb_relation r ON r.target_id = reached.id
  WHERE depth < 6 AND r.carries_impact
) SELECT count(*) FROM (SELECT DISTINCT id FROM reached LIMIT %s) found
"""
ITEMS = """
INSERT INTO cmdb_configurationitem
  (id, ci_class, key, name, sort_key, status, state, criticality, environment, organisation_id, site_id, support_team_id, owner_id,
   user_id, serial, asset_tag, end_of_support_on, attributes, source, external_id, last_seen_at, version, created_at, updated_at,
   set_aside, status_since)
SELECT n, (%(classes)s::text[])[1 + n %% 5], 'estate-' || n, 'Parc ' || lpad(n::text, 6, '0'), 'parc ' || lpad(n::text, 6, '0'),
  'live', 'up', 1 + n %% 4, '', %(organisation)s, NULL, NULL, NULL, NULL, 'EN' || n, '', NULL, '{}', '', '', NULL, %(versions)s,
  now() - interval '400 days', now() - interval '1 day', '{}', now() - interval '400 days'
FROM generate_series(1, %(count)s) n
"""
RELATIONS = """
INSERT INTO cmdb_relation
  (source_id, target_id, type_id, "group", need, strength, carries_impact, valid_from, valid_to, version, created_at)
SELECT s, t, %(kind)s, CASE WHEN s %% 4 = 0 THEN 1 ELSE 0 END, 1 + s %% 2, CASE WHEN s %% 7 = 0 THEN 'partial' ELSE 'full' END,
  true, NULL, NULL, 1, now() - interval '400 days'
FROM (SELECT DISTINCT s, least(1 + floor(s * power(random(), 2))::int, s - 1) AS t
      FROM generate_series(2, %(count)s) s, generate_series(1, %(each)s) k) drawn
"""
HISTORY = """
INSERT INTO cmdb_cihistory (item_id, ci_class, valid_from, valid_to, data, changes, actor_id, reason, request_id)
SELECT i.id, i.ci_class, began(v, i.id), CASE WHEN v < %(versions)s THEN began(v + 1, i.id) END,
  jsonb_build_object('ci_class', i.ci_class, 'key', i.key, 'name', i.name, 'status', 'live', 'state', 'up', 'criticality', i.criticality,
    'environment', '', 'organisation_id', i.organisation_id, 'site_id', NULL, 'support_team_id', NULL, 'owner_id', NULL, 'user_id', NULL,
    'serial', 'EN' || i.id || '-' || v, 'asset_tag', '', 'end_of_support_on', NULL, 'attributes', '{}'::jsonb),
  '{}', NULL, '', ''
FROM cmdb_configurationitem i, generate_series(1, %(versions)s) v
"""
BEGAN = """
CREATE OR REPLACE FUNCTION began(v int, n bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT date_trunc('day', now()) - interval '400 days' + v * interval '70 days'
    + CASE WHEN v = 5 AND n % 100 = 0 THEN interval '45 days' ELSE interval '0' END $$
"""
PAST_RELATIONS = """
INSERT INTO cmdb_relationhistory (relation_id, source_id, target_id, valid_from, valid_to, data, changes, actor_id, reason, request_id)
SELECT id, source_id, target_id, created_at, NULL,
  jsonb_build_object('source_id', source_id, 'target_id', target_id, 'type_id', type_id, 'group', "group", 'need', need,
    'strength', strength, 'carries_impact', true, 'valid_from', NULL, 'valid_to', NULL), '{}', NULL, '', ''
FROM cmdb_relation
"""


def load(count: int) -> None:
    """Fill the database that DATABASE_URL names: nothing but an organisation, its reader and their items."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from itsm.cmdb.models import RelationType
    from itsm.people import services as people
    from itsm.people.defaults import ensure_default_roles

    ensure_default_roles()
    place = people.create_organisation(actor=None, code="ESTATE", name="Estate")
    people.create_person(
        actor=None, username="reader", organisation=place, language="en", roles=[("specialist", place)]
    )
    values = {
        "count": count, "classes": list(CLASSES), "organisation": place.pk, "versions": VERSIONS, "each": PER_ITEM,
        "kind": RelationType.objects.get(code="depends_on").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SELECT setseed(0.23)")
        cursor.execute(BEGAN)
        for statement in (ITEMS, RELATIONS, HISTORY, PAST_RELATIONS):
            cursor.execute(statement, values)
        cursor.execute("SELECT setval(pg_get_serial_sequence('cmdb_configurationitem', 'id'), %s)", [count])
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(f"COMMENT ON DATABASE \"{connection.settings_dict['NAME']}\" IS 'bench'")


def run(count: int, *, rounds: int) -> list[dict]:
    """Rows of the table: name, samples, queries, what the project allows itself."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itsm.settings")
    django.setup()
    from django.core.cache import cache

    cache.clear()
    return [_measured(*piece, rounds=rounds) for piece in _pieces()]


def _pieces() -> list[tuple[str, Callable[[], object], int | None]]:
    from django.db import connection
    from django.db.models import Count
    from django.test import Client

    from itsm.cmdb import impact, listing, services, snapshots
    from itsm.cmdb.impact import following
    from itsm.cmdb.models import Baseline, Relation
    from itsm.core import now
    from itsm.people.models import User

    from . import intake

    reader, at = User.objects.get(username="reader"), now() - timedelta(days=100)
    direct = Relation.objects.values("target_id").annotate(n=Count("pk")).order_by("-n", "target_id")
    hub, middle = direct[0]["target_id"], direct[direct.count() // 2]["target_id"]
    busy = direct[direct.count() // 100]["target_id"]
    deep = Relation.objects.order_by("-source_id").values_list("source_id", flat=True)[0]
    name = "Before the last changes"
    baseline = Baseline.objects.filter(name=name).first() or services.make_baseline(
        actor=None, name=name, at=now() - timedelta(days=30)
    )
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(reader, backend="allauth.account.auth_backends.AuthenticationBackend")

    def fresh(root: int, cap: int = impact.CAP, when=None):
        return lambda: following._compute(root, impact.DEPTH, cap, when)

    def told(root: int, **more):
        return lambda: impact.report(root, user=reader, **more)

    def page(path: str):
        def act():
            answer = client.get(path)
            if answer.status_code != 200:
                raise SystemExit(f"{answer.status_code} for {path}")

        return act

    def bare(root: int, cap: int):
        def act():
            with connection.cursor() as cursor:
                cursor.execute(REACHED, [root, cap])
                return cursor.fetchone()

        return act

    def anew(act):
        def with_counts():
            with mock.patch.object(listing, "recent", lambda _key, _seconds, compute, **_keep: compute()):
                act()

        return with_counts

    when = at.isoformat().replace("+", "%2B")
    return [
        ("bare SQL: reached from a usual item", bare(middle, 1_000_000), None),
        ("impact of a usual item", fresh(middle), 10),
        ("bare SQL: reached from a busy one", bare(busy, 1_000_000), None),
        ("impact of a busy one, 500 nodes", fresh(busy), 10),
        ("impact of the hub, 500 nodes", fresh(hub), 10),
        ("the same told to a reader, kept", told(hub), None),
        ("impact of the hub, 5,000 nodes", fresh(hub, impact.MOST), None),
        ("impact of the hub as of a date", fresh(hub, when=at), None),
        ("what the newest item lives on", told(deep, upstream=True), None),
        ("one item as of a date", lambda: snapshots.item_as_of(middle, at), None),
        ("list of items", page("/cmdb/"), 20),
        ("list of items, its filters counted anew", anew(page("/cmdb/")), None),
        ("list of a class by name", page("/cmdb/?ci_class=laptop&q=parc"), 20),
        ("page of an item", page(f"/cmdb/{middle}/"), 20),
        ("page of an item as of a date", page(f"/cmdb/{middle}/?at={when}"), 20),
        ("page of an impact", page(f"/cmdb/{busy}/impact/"), None),
        ("graph of the hub", page(f"/cmdb/{hub}/impact/graph/"), None),
        ("page of a comparison", page(f"/cmdb/{middle}/compare/?from={when}"), 20),
        ("page of a baseline, 1 % changed", page(f"/cmdb/baselines/{baseline.pk}/"), None),
        *intake.pieces(),
    ]


def _measured(name: str, act: Callable[[], object], limit: int | None, *, rounds: int) -> dict:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for _warm in range(2):
        act()
    with CaptureQueriesContext(connection) as queries:
        act()
    count = len(queries)
    samples, busy = [], []
    for _round in range(rounds):
        start, own = time.perf_counter(), time.process_time()
        act()
        samples.append((time.perf_counter() - start) * 1000)
        busy.append((time.process_time() - own) * 1000)
        if sum(samples) > 20_000:
            break
    return {"name": name, "limit": limit, "queries": count, "c1": samples, "cpu": busy, "c8": []}


def show(count: int, rows: list[dict]) -> None:
    """The table."""
    print(
        f"\n{count:,} items, {count * PER_ITEM:,} relations, {count * VERSIONS:,} snapshots, milliseconds in process\n"
    )
    print(f"{'':<40}{'best':>9}{'p50':>9}{'p95':>9}{'CPU':>9}{'queries':>9}{'limit':>9}")
    for row in rows:
        middle, sample = statistics.median(row["c1"]), sorted(row["c1"])
        limit = "" if row["limit"] is None else f"{row['limit']}{' !' if middle > row['limit'] else ''}"
        worst = sample[min(len(sample) - 1, int(len(sample) * 0.95))]
        print(
            f"{row['name']:<40}{sample[0]:>9.1f}{middle:>9.1f}{worst:>9.1f}{statistics.median(row['cpu']):>9.1f}{row['queries']:>9}{limit:>9}"
        )
