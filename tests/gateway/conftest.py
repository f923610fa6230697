from tests.api.conftest import _forget_tokens, address, api, estate, incident  # noqa: F401
