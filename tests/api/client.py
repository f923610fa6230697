"""A client that speaks to the interface as another program would: JSON and a bearer token."""

from rest_framework.test import APIClient

from itsm.gateway import tokens


class Rest(APIClient):
    """`Rest(person)` carries a token of that person; `Rest()` carries nothing."""

    def __init__(self, person=None, **more):
        super().__init__(HTTP_ACCEPT_LANGUAGE=more.pop("language", "en"), **more)
        self.default_format = "json"
        if person is not None:
            _token, secret = tokens.create_token(actor=person, name="tests", scopes=more.get("scopes", ()))
            self.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    def generic(self, method, path, data="", content_type="application/json", **extra):
        return super().generic(method, path, data, content_type, **extra)

    def post(self, path, data=None, format="json", **extra):
        return super().post(path, data if data is not None else {}, format=format, **extra)

    def patch(self, path, data=None, format="json", **extra):
        return super().patch(path, data if data is not None else {}, format=format, **extra)
