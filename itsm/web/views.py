"""Home, preferences, the two switches of the top bar, the counters of the menu."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.people import services
from itsm.people.models import User
from itsm.people.scope import scope_of

from . import beginning, navigation
from . import palette as palettes
from .context import THEME_COOKIE, shell_state
from .errors import not_understood
from .forms import ZONES, PreferencesForm

YEAR = 365 * 24 * 3600


@login_required
@require_GET
def home(request):
    """Each to where their day begins; an account without a role is told so."""
    place = beginning.place_of(scope_of(request.user))
    return redirect(place) if place else render(request, "itsm_web/no_role.html")


@login_required
@require_GET
def counts(request):
    """What of the shell lives, out of band: counters, unread notices, the strip. 204 while nothing of it can have changed."""
    version, _kept, _unread = shell_state(request.user)
    if request.GET.get("v") == version:
        return HttpResponse(status=204)
    found = navigation.counts(scope_of(request.user), version)
    context = {
        "counts": {key: navigation.number(count) for key, count in found.items()},
        "version": version,
        "lamps": navigation.lamps(),
    }
    return render(request, "components/_counts.html", context)


@login_required
@require_GET
def palette(request):
    """What the palette finds for the words typed so far, as a fragment. For agents."""
    if not scope_of(request.user).is_agent:
        raise Http404
    typed = request.GET.get("q", "")
    sign, words = palettes.split(typed)
    found = palettes.groups(request.user, typed)
    context = {"groups": found, "words": words, "sign": sign, "total": sum(len(group["hits"]) for group in found)}
    return render(request, "components/_palette_hits.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def preferences(request):
    """Language, time zone and theme."""
    user = request.user
    initial = {name: getattr(user, name) for name in PreferencesForm.base_fields}
    form = PreferencesForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            services.set_preferences(user, actor=user, **form.cleaned_data)
            with override(user.language or request.LANGUAGE_CODE):
                messages.success(request, _("Your preferences are saved."))
            return redirect("web:preferences")
        status = 422
    context = {"form": form, "zones": ZONES, "shell": scope_of(user).shell}
    return render(request, "itsm_web/preferences.html", context, status=status)


@require_POST
def switch(request, what: str):
    """One click in the top bar: `language` or `theme`, kept for the person, else in a cookie."""
    value = request.POST.get("value", "")
    allowed = {"language": [code for code, _name in settings.LANGUAGES], "theme": User.Theme.values}[what]
    if value not in allowed:
        return not_understood(request)
    if request.user.is_authenticated:
        services.set_preferences(request.user, actor=request.user, **{what: value})
    response = redirect(_back(request))
    cookie = settings.LANGUAGE_COOKIE_NAME if what == "language" else THEME_COOKIE
    response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
    return response


def _back(request) -> str:
    target = request.POST.get("next", "")
    fine = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if fine and target.startswith("/") else "/"
