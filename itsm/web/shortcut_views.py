"""The person's own keyboard: the sheet, the page that changes keys, the switch for single letters."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.people import services
from itsm.people.scope import scope_of

from . import navigation, shortcuts

FIELD = "key-"


@login_required
@require_GET
def sheet(request):
    """All that the keyboard does, as a fragment; what this page adds is read off it by the browser."""
    scope = scope_of(request.user)
    context = {
        "places": shortcuts.sheet(request.user),
        "prefix": shortcuts.chosen(request.user),
        "goes": [entry for entry in navigation.allowed(scope.permissions) if entry.keys] if scope.is_agent else [],
        "creates": [entry for entry in navigation.create_menu(scope) if entry.keys] if scope.is_agent else [],
    }
    return render(request, "components/_keys_sheet.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def keys(request):
    """One field a key. Two keys that are the same, or one that is none, change nothing and say why."""
    shown = shortcuts.keys(agent=scope_of(request.user).is_agent)
    given, faults = shortcuts.chosen(request.user), {}
    if request.method == "POST":
        asked = shortcuts.chosen(None) if "reset" in request.POST else given | {k: _typed(request, k) for k in shown}
        faults = shortcuts.faults(asked)
        if not faults:
            _keep(request.user, keys=shortcuts.differing(asked), off="letters" not in request.POST)
            messages.success(request, _("Your keys are saved."))
            return redirect("web:keys")
        given = asked
    rows = [
        {
            "key": key, "name": f"{FIELD}{key}", "id": f"key-{number}", "label": shortcuts.names(key),
            "value": given[key].upper(), "fault": faults.get(key, ""), "moved": given[key] != key,
        }
        for number, key in enumerate(shown)
    ]  # fmt: skip
    context = {"rows": rows, "faults": [row for row in rows if row["fault"]], "shell": scope_of(request.user).shell}
    return render(request, "itsm_web/keys.html", context, status=422 if faults else 200)


def _typed(request, key: str) -> str:
    return request.POST.get(f"{FIELD}{key}", "").strip().lower()[:2] or key


@login_required
@require_POST
def letters(request):
    """Single letters act, or they do not."""
    _keep(request.user, off="on" not in request.POST)
    return HttpResponse(status=204)


def _keep(user, **changed) -> None:
    kept = {**(user.shortcuts or {}), **changed}
    services.set_preferences(user, actor=user, shortcuts={name: value for name, value in kept.items() if value})
