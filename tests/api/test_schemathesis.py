"""Generated requests for every operation: no 500, no status, content type or body that the reference does not describe."""

import pytest
import schemathesis
from django.conf import settings as django_settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import booleans
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from itsm.gateway import tokens
from itsm.wsgi import application

pytestmark = pytest.mark.django_db
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance, unsupported_method,
]  # fmt: skip
FEW = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True)
def _one_connection():
    """Requests share the connection and the transaction of the test, as Django's own test client lets them."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(incident, estate, world):
    """Names that exist, so that generated bodies meet real things."""
    return {
        "number": incident.number,
        "code": "N1-CDS",
        "username": "customer",
        "id": estate.server.pk,
        "pk": 1,
        "file": 1,
    }


@pytest.fixture
def headers(world, monkeypatch):
    """Headers of a manager's token, and a limit that generated requests do not reach."""
    monkeypatch.setitem(django_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "person", "1000000/min")
    monkeypatch.setitem(django_settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"], "address", "1000000/min")
    _token, secret = tokens.create_token(actor=world.lead, name="schemathesis")
    return {"Authorization": f"Bearer {secret}", "Accept-Language": "en", "Accept-Encoding": "identity"}


SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/schema/", application, headers={"Accept-Encoding": "identity"})
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_any_request_gets_an_answer_that_is_described(label, headers, known):
    fitting, unfitting = (OPERATIONS[label].as_strategy(generation_mode=mode) for mode in GenerationMode)

    @FEW
    @given(case=fitting | unfitting, real=booleans())
    def ask(case, real):
        names = known if real else {}
        case.path_parameters = {name: names.get(name, value) for name, value in (case.path_parameters or {}).items()}
        with transaction.atomic():
            case.call_and_validate(headers=headers, checks=CHECKS)
            transaction.set_rollback(True)

    ask()
