"""The page of one's own access tokens."""

from datetime import UTC, datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError, NotAllowed
from itsm.core.reachable import check_day
from itsm.people.scope import scope_of

from . import tokens
from .models import ApiToken, TokenScope
from .permissions import MayUseApi


class TokenForm(forms.Form):
    """What a new token is for, what it may do, how long."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=100, help_text=gettext_lazy("For example: nightly report")
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[
            (TokenScope.READ.value, gettext_lazy("Read only")),
            (TokenScope.WRITE.value, gettext_lazy("Read and change")),
        ],
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Expires on"), required=False, validators=[check_day], widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("Empty: until it is revoked."),
    )  # fmt: skip

    def values(self) -> dict:
        """Arguments of `tokens.create_token`: a token lives until the end of its last day."""
        day = self.cleaned_data["expires_on"]
        scopes = list(TokenScope.values) if self.cleaned_data["scope"] == TokenScope.WRITE else [TokenScope.READ.value]
        expiry = datetime.combine(day, time(), UTC) + timedelta(days=1) if day else None
        return {"name": self.cleaned_data["name"], "scopes": scopes, "expires_at": expiry}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: HttpRequest) -> HttpResponse:
    """One's tokens. A new one is shown in the answer to the form, and never again."""
    _may_use(request)
    form, made = TokenForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            _token, made = tokens.create_token(actor=request.user, **form.values())
        except DomainError as error:
            form.add_error({"expires_at": "expires_on"}.get(error.field, error.field), str(error.message))
        else:
            form = TokenForm()
    rows = ApiToken.objects.filter(user=request.user, revoked_at=None).order_by("-id")
    context = {"form": form, "made": made, "rows": rows, "now": now(), "shell": scope_of(request.user).shell}
    return render(request, "gateway/tokens.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """The token opens nothing any more."""
    _may_use(request)
    token = get_object_or_404(ApiToken, pk=pk, user=request.user, revoked_at=None)
    tokens.revoke_token(token, actor=request.user)
    messages.success(request, _("The token “%(name)s” is revoked.") % {"name": token.name})
    return redirect("gateway:tokens")


def _may_use(request: HttpRequest) -> None:
    if not scope_of(request.user).may("api.use"):
        raise NotAllowed(MayUseApi.message)
