from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from itsm.people.directory import directory
from itsm.people.scope import scope_of

from .models import TokenScope
from .tokens import Bearer


class MayUseApi(BasePermission):
    """Signed in, with a role that may use the interface, and a token whose scope allows the method."""

    message = _("Your role does not give access to this interface.")

    def has_permission(self, request, view):
        if not scope_of(request.user).may("api.use"):
            return False
        if isinstance(request.auth, Bearer):
            needed = TokenScope.READ if request.method in SAFE_METHODS else TokenScope.WRITE
            if needed.value not in request.auth.scopes:
                raise PermissionDenied(
                    _("This token may not do that: it lacks the scope “%(scope)s”.") % {"scope": needed.value}
                )
        return True


def needs(permission: str) -> type[MayUseApi]:
    """A permission class: `MayUseApi`, and a role that holds `permission` for every method."""

    class Needs(MayUseApi):
        def has_permission(self, request, view):
            return super().has_permission(request, view) and scope_of(request.user).may(permission)

    return Needs


def highest_organisation(user) -> int | None:
    """The organisation of theirs that a person administers for: the highest one above their own that their role reaches."""
    scope, own = scope_of(user), directory.get().organisations.get(user.organisation_id)
    reached = [pk for pk in (own.lineage if own else ()) if scope.everything or pk in scope.organisations]
    return reached[-1] if reached else user.organisation_id
