"""A post office for the tests of mail."""

import pytest

from .postman import HOST, PostOffice


@pytest.fixture
def office(settings):
    """A real SMTP server, open; the product sends there."""
    office = PostOffice()
    office.open()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, office.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield office
    office.close()


@pytest.fixture
def postman(office):
    """Who keeps the letters."""
    return office.postman
