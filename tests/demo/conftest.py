"""The demo company at a small scale, loaded once for the folder and rolled back at its end."""

import pytest
from django.core.cache import cache
from django.db import transaction

from demo import seed
from itsm.core import now, reference

SCALE = 0.08


@pytest.fixture(scope="module")
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
