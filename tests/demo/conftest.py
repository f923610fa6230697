"""The demo company at a small scale, loaded once for the folder and rolled back at its end."""

from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction

from demo import seed
from itsm.core import now, reference

SCALE = 0.08
LOADS_ITSELF = "test_same_twice.py"


@pytest.hookimpl(tryfirst=True)  # the marks are read by others' hooks
def pytest_collection_modifyitems(items):
    """One process loads the company, once; who loads others wants an empty database and comes before."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.xdist_group("demo"))
        item.add_marker(pytest.mark.django_db)
    ours.sort(key=lambda item: item.path.name != LOADS_ITSELF)
    known = set(ours)
    items[:] = [*ours, *(item for item in items if item not in known)]


@pytest.fixture(scope="package")
def lumen(django_db_setup, django_db_blocker):
    """The instant that the ninety days end with."""
    with django_db_blocker.unblock():
        cache.clear()
        reference.forget_everything()
        with transaction.atomic():
            at = now()
            seed.run(scale=SCALE, say=lambda text: None, at=at)
            yield at
            transaction.set_rollback(True)
        reference.forget_everything()
