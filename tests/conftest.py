"""The world of the tests: a real PostgreSQL and a real Valkey, a small cast, everything else through the services."""

import os

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import TransactionTestCase
from django.utils import translation

from itsm.celery import app
from itsm.core import reference

from .browser import browse, chromium  # noqa: F401 - fixtures for every folder

SHARED = os.environ.get("VIGIE_SHARED", "")


def pytest_configure(config):
    """Playwright's synchronous driver runs a loop of its own; hashing slowly is for attackers, not for tests."""
    from django.conf import settings

    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MAIL_GROUP_MINUTES = 0  # who tests what is grouped says so
    settings.WHITENOISE_AUTOREFRESH = True  # each new test client would read the whole folder of static files
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    _keep_apart(settings)


def _keep_apart(settings) -> None:
    """Each test process has its own cache and broker, before anything opens them: clearing one leaves the others alone."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    number = 8 + int(worker.removeprefix("gw") or 0) % 7
    base = settings.REDIS_URL.rsplit("/", 1)[0] if settings.REDIS_URL.count("/") > 2 else settings.REDIS_URL
    settings.CACHES["default"]["LOCATION"] = settings.CELERY_BROKER_URL = f"{base}/{number}"
    app.conf.broker_url = settings.CELERY_BROKER_URL


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """After a test that commits, the rows of the migrations are put back instead of every table being emptied."""
    from itsm.people.models import User

    from .snapshot import Baseline

    flush = TransactionTestCase._fixture_teardown
    with django_db_blocker.unblock():
        if User.objects.exists():  # a session that was killed has left them
            call_command("flush", verbosity=0, interactive=False)
        baseline = Baseline()
    TransactionTestCase._fixture_teardown = lambda case: baseline.put_back() or flush(case)
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True)
def _product_language(settings):
    """A request leaves its language on the thread: the next test starts in the product's."""
    translation.activate(settings.LANGUAGE_CODE)
    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def _fresh_caches(request):
    cache.clear()
    reference.forget_everything()
    yield
    reference.forget_everything()


@pytest.fixture
def world(db):
    """Two organisations, three levels of teams, and the people that the tests tell about."""
    from .snapshot import once
    from .world import build

    return once(build)
