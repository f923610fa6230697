"""Tokens over REST: made with a password, listed and revoked by their person."""

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from itsm.people.models import User
from itsm.people.scope import scope_of

from . import tokens
from .fields import Instant
from .models import ApiToken, TokenScope
from .permissions import MayUseApi
from .problems import Problem
from .views import ApiView


class TokenRequest(serializers.Serializer):
    """Who asks for a token, and what it is for."""

    username = serializers.CharField(max_length=150, help_text="Login or e-mail address.")
    password = serializers.CharField(max_length=500, trim_whitespace=False, write_only=True)
    name = serializers.CharField(max_length=100, help_text="What the token is for.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(TokenScope.choices),
        required=False,
        max_length=2,
        help_text="Default: read and write.",
    )
    expires_at = Instant(required=False, allow_null=True, default=None)


class TokenShape(serializers.Serializer):
    """A token, without its secret."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The first characters of the secret.")
    scopes = serializers.ListField(child=serializers.ChoiceField(TokenScope.choices))
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewToken(TokenShape):
    """A token with its secret, shown this one time."""

    token = serializers.CharField()


class TokenListShape(serializers.Serializer):
    results = TokenShape(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)


class TokenList(ApiView):
    """Tokens of the person who asks."""

    def get_authenticators(self):
        return [] if self.request is not None and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self):
        return [] if self.request is not None and self.request.method == "POST" else [MayUseApi()]

    @extend_schema(operation_id="tokens_list", responses=TokenListShape)
    def get(self, request):
        """The live tokens of the person who asks, newest first."""
        found = ApiToken.objects.filter(user=request.user, revoked_at=None).order_by("-id")
        return Response({"results": [describe(token) for token in found], "next": None, "previous": None})

    @extend_schema(operation_id="tokens_create", request=TokenRequest, responses={201: NewToken}, auth=[])
    def post(self, request):
        """Make a token with a login and a password. The secret is in this answer and nowhere else."""
        body = TokenRequest(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        user = sign_in(request, given["username"], given["password"])
        token, secret = tokens.create_token(
            actor=user, name=given["name"], scopes=given.get("scopes", ()), expires_at=given["expires_at"]
        )
        return Response({"token": secret, **describe(token)}, status=201, headers={"Cache-Control": "no-store"})


class TokenDetail(ApiView):
    """One token of the person who asks."""

    @extend_schema(operation_id="tokens_destroy", request=None, responses={204: None})
    def delete(self, request, pk: int):
        """Revoke a token: it opens nothing any more."""
        tokens.revoke_token(get_object_or_404(ApiToken, pk=pk, user=request.user, revoked_at=None), actor=request.user)
        return Response(status=204)


def describe(token: ApiToken) -> dict:
    """A token as its person may see it."""
    names = ("id", "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at")
    return {name: getattr(token, name) for name in names}


REFUSED = gettext_lazy("The login or the password is wrong.")


def sign_in(request, username: str, password: str) -> User:
    """The person of that login and password, by the rules and limits of the sign-in page. Problem for everyone else."""
    try:
        user = get_adapter().authenticate(request._request, username=username, password=password)
    except ValidationError as error:
        raise Problem(429, "throttled", error.messages[0], retry_after=60) from error
    if user is None or not user.is_active:
        raise Problem(401, "authentication_failed", REFUSED)
    if is_mfa_enabled(user):
        raise Problem(
            403,
            "mfa_required",
            _("This account signs in with a second factor: make its tokens on its preferences page."),
        )
    if not scope_of(user).may("api.use"):
        raise Problem(403, "permission_denied", MayUseApi.message)
    return user
