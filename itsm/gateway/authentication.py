from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from . import tokens

SCHEME = "bearer"


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`. `request.auth` is then the `tokens.Bearer`; for a session it is None."""

    def authenticate(self, request):
        given = request.META.get("HTTP_AUTHORIZATION", "").split()
        if not given or given[0].lower() != SCHEME:
            return None
        if len(given) != 2:
            raise AuthenticationFailed(_("Send “Authorization: Bearer”, a space and the token."))
        bearer = tokens.find(given[1])
        if bearer is None:
            raise AuthenticationFailed(_("This token is unknown, expired or revoked."))
        return bearer.user, bearer

    def authenticate_header(self, request):
        return 'Bearer realm="Vigie"'
