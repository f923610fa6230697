"""Two writers at once, on connections of their own."""

import threading
from collections import Counter

import pytest
from django.db import connections, transaction

from itsm.cmdb import again, bulkedit, services
from itsm.cmdb.intake import deciding
from itsm.cmdb.intake.candidates import Candidate
from itsm.cmdb.models import CIHistory, Claim, ConfigurationItem, DataSource, Outage, Relation, RelationHistory
from itsm.core.errors import DomainError, StaleVersion
from tests.cmdb.factories import make_ci

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 6


@pytest.fixture(autouse=True)
def _with_classes(transactional_db):
    """A test that commits leaves an empty database behind: the classes come back from their files."""
    from itsm.cmdb import classes

    classes.load_files()


def together(act) -> Counter:
    """`act(n)` in several threads that start at once. Counts what came out: "done" or the name of the error."""
    barrier, outcomes = threading.Barrier(WRITERS), []

    def run(n):
        barrier.wait(timeout=10)
        try:
            act(n)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return Counter(outcomes)


def test_of_writers_of_one_version_one_wins_and_the_others_are_told():
    item = make_ci(name="SRV-1")
    found = together(lambda n: services.update_ci(item.pk, actor=None, version=1, serial=f"S{n}"))
    assert found == {"done": 1, StaleVersion.__name__: WRITERS - 1}
    item.refresh_from_db()
    assert item.version == 2
    assert CIHistory.objects.filter(item=item).count() == 2


def test_writers_without_a_version_follow_each_other_and_history_has_them_all():
    item = make_ci(name="SRV-1")
    assert together(lambda n: services.update_ci(item.pk, actor=None, serial=f"S{n}")) == {"done": WRITERS}
    rows = list(CIHistory.objects.filter(item=item).order_by("pk").values_list("valid_from", "valid_to"))
    assert len(rows) == WRITERS + 1
    assert [end for _start, end in rows[:-1]] == [start for start, _end in rows[1:]]


def test_items_of_one_name_made_at_once_get_keys_of_their_own():
    classes = ["laptop", "desktop", "monitor", "phone", "mobile", "printer"]
    assert together(lambda n: make_ci(name="Poste", ci_class=classes[n])) == {"done": WRITERS}
    assert ConfigurationItem.objects.filter(name="Poste").values("key").distinct().count() == WRITERS


def test_a_relation_made_at_once_is_made_once():
    source, target = make_ci(), make_ci()
    found = together(lambda _n: services.relate(source, target, "depends_on", actor=None))
    assert found == {"done": 1, DomainError.__name__: WRITERS - 1}
    assert Relation.objects.count() == RelationHistory.objects.count() == 1


def test_relations_both_ways_at_once_do_not_wait_for_each_other_for_ever():
    one, two = make_ci(), make_ci()
    ends = [(one, two), (two, one)]
    found = together(lambda n: services.relate(*ends[n % 2], ["depends_on", "uses", "runs_on"][n // 2], actor=None))
    assert found == {"done": WRITERS}


def test_an_outage_opened_at_once_is_one():
    item = make_ci()
    assert together(lambda _n: services.open_outage(item, actor=None)) == {"done": WRITERS}
    assert Outage.objects.count() == 1


def test_a_relation_removed_at_once_is_removed_once():
    relation = services.relate(make_ci(), make_ci(), "depends_on", actor=None)
    assert together(lambda _n: services.unrelate(relation.pk, actor=None)) == {"done": WRITERS}
    assert RelationHistory.objects.filter(relation_id=relation.pk).count() == 2


def test_many_changed_at_once_beside_other_writers_are_no_conflict(world):
    item = make_ci(name="SRV-1")
    values = [{"criticality": 2}, {"environment": "test"}, {"attributes": {"cpu_count": 4}}] * 2

    def change(n):
        ok, message = bulkedit.change_one(item.pk, values[n], actor=world.admin, reason="")
        if not ok:
            raise DomainError(message)

    assert together(change) == {"done": WRITERS}
    item.refresh_from_db()
    assert (item.criticality, item.environment, item.attributes) == (2, "test", {"cpu_count": 4})


def test_two_that_wait_for_each_other_are_both_done():
    items = [make_ci(name=name).pk for name in ("one", "two")]
    both = threading.Barrier(2)

    def act(n, tries):
        with transaction.atomic():
            for pk in items if n % 2 else reversed(items):
                services.update_ci(pk, actor=None, serial=f"S{n}")
                if not tries:
                    tries.append(1)
                    both.wait(10)

    def pair(n):
        if n < 2:
            tries = []
            again.after_deadlock(lambda: act(n, tries))

    assert together(pair) == {"done": WRITERS}


def test_an_import_locks_also_the_items_from_which_a_key_of_its_source_moves_away(world):
    source = DataSource.objects.create(code="file", name="File", organisation=world.lumen)
    old, new = (make_ci(name=name, serial=f"SN-{name}", organisation=world.lumen) for name in ("aaaa", "bbbb"))
    Claim.objects.create(source=source, item=old, external_id="x1")
    moved = Candidate("bbbb", "ci", "physical_server", "x1", {"serial": ["sn-bbbb"]}, {"name": "bbbb"})
    found = []

    def other():
        try:
            with transaction.atomic():
                rows = ConfigurationItem.objects.select_for_update(skip_locked=True, no_key=True)
                found.extend(rows.filter(pk__in=[old.pk, new.pk]).values_list("pk", flat=True))
        finally:
            connections.close_all()

    with transaction.atomic():
        deciding.decide([moved], source, lock=True)
        beside = threading.Thread(target=other)
        beside.start()
        beside.join(20)
    assert old.pk not in found
