"""What the shell of every page needs. Lazy: a fragment that draws no shell asks for nothing."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from itsm.notify import notices
from itsm.people.scope import scope_of

from . import navigation


def shell(request) -> dict:
    """Navigation, notices and preferences of the reader."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"demo": settings.DEMO, "theme": request.COOKIES.get("vigie_theme", "system")}
    scope = SimpleLazyObject(lambda: scope_of(user))
    return {
        "demo": settings.DEMO,
        "scope": scope,
        "theme": user.theme,
        "menu": SimpleLazyObject(lambda: navigation.menu(scope_of(user), request.path)),
        "create_menu": SimpleLazyObject(lambda: navigation.create_menu(scope_of(user))),
        "unread_notices": SimpleLazyObject(lambda: notices.unread_count(user)),
    }
