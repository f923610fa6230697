"""One file replaces many migrations of before: a database is at the end of them, or is told to go there first."""

from collections import Counter, defaultdict

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@pytest.fixture(scope="module")
def files():
    return MigrationLoader(None).disk_migrations


def test_what_was_replaced_is_replaced_once_and_its_name_is_free_of_any_new_file(files):
    replaced = Counter(old for migration in files.values() for old in migration.replaces)
    assert set(replaced.values()) == {1}
    assert not set(replaced) & set(files), "it would count as applied where it never ran"


def test_the_last_file_of_an_application_replaces_its_first_and_its_last_migration_of_before(files):
    before, last = defaultdict(list), {}
    for (label, _name), migration in sorted(files.items()):
        if migration.replaces:
            before[label] += migration.replaces
            last[label] = migration
    for label, names in before.items():
        assert {min(names), max(names)} <= set(last[label].replaces), label


@pytest.mark.django_db
def test_a_database_at_the_end_goes_on(files, capsys):
    applied = set(MigrationRecorder(connection).applied_migrations())
    for (label, name), migration in files.items():
        assert set(migration.replaces) <= applied, "a new database has their names too"
        if migration.replaces:
            MigrationRecorder.Migration.objects.filter(app=label, name=name).delete()
    call_command("migrate", "--plan", skip_checks=False)
    assert "No planned migration operations." in capsys.readouterr().out


@pytest.mark.django_db
@pytest.mark.parametrize("label", ["records", "people", "servicedesk", "kpis"])
def test_a_database_in_between_is_told_to_go_to_the_end_first(files, label):
    rows = MigrationRecorder.Migration.objects.filter(app=label)
    first = min(name for old, name in (one for each in files.values() for one in each.replaces) if old == label)
    rows.exclude(name=first).delete()
    with pytest.raises(SystemCheckError, match=f"made by an earlier version.*{label} lacks"):
        call_command("migrate", "--plan", skip_checks=False)
