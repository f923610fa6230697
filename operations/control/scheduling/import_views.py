"""Importing a crontab, and the keys of the ping door."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from itsm.calendars.models import validate_zone
from itsm.cmdb.models import ConfigurationItem
from itsm.core.errors import DomainError
from itsm.core.numbers import whole
from itsm.people.models import Organisation
from itsm.people.scope import scope_of

from ..guard import managers_only
from . import crontabs, services
from .models import PingKey
from .views import PAGE, place


def houses(user):
    """The organisations whose jobs a person keeps."""
    scope, rows = scope_of(user), Organisation.objects.exclude(kind="supplier").order_by("name")
    return rows if scope.everything else rows.filter(pk__in=scope.organisations)


class CrontabForm(forms.Form):
    """A crontab and whose it is."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=gettext_lazy("Organisation"), empty_label=None
    )
    host = forms.CharField(
        label=gettext_lazy("Machine"),
        max_length=100,
        help_text=gettext_lazy("Its name goes before the names of the jobs; an item of this name is linked."),
    )
    time_zone = forms.CharField(label=gettext_lazy("Time zone"), max_length=50, validators=[validate_zone])
    has_user = forms.BooleanField(
        label=gettext_lazy("A user stands before the command (as in /etc/crontab)"), required=False
    )
    text = forms.CharField(
        label=gettext_lazy("Crontab"),
        max_length=crontabs.LONGEST,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false"}),
        strip=False,
    )

    def __init__(self, *args, reader, **more):
        super().__init__(*args, **more)
        self.fields["organisation"].queryset = houses(reader)


@managers_only
@require_http_methods(["GET", "POST"])
def crontab(request):
    """First what it would make, then the chosen lines."""
    form = CrontabForm(
        request.POST or None,
        reader=request.user,
        initial={"time_zone": settings.TIME_ZONE, "organisation": request.user.organisation_id},
    )
    lines = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        host, house = given["host"].strip(), given["organisation"]
        try:
            known = crontabs.known_of(house.pk, host)
            lines = crontabs.read(
                given["text"], host=host, has_user=given["has_user"], zone=given["time_zone"], known=known
            )
            if "import" in request.POST:
                wanted = {number for text in request.POST.getlist("line") if (number := whole(text))}
                stands_on = (
                    ConfigurationItem.objects.visible_to(request.user)
                    .in_use()
                    .filter(name__iexact=host)
                    .exclude(ci_class="job")
                    .first()
                )
                with transaction.atomic():
                    done = crontabs.take(
                        lines, wanted, actor=request.user, organisation=house, host=host, stands_on=stands_on
                    )
                messages.success(request, _("%(new)s jobs registered, %(changed)s changed.") % done)
                return redirect("jobs:index")
        except DomainError as error:
            place(form, error)
    return render(request, PAGE + "crontab.html", {"form": form, "lines": lines}, status=422 if form.errors else 200)


@managers_only
@require_http_methods(["GET", "POST"])
def keys(request):
    """Keys for `/ping/<key>/<slug>`: made, shown, revoked."""
    mine = PingKey.objects.filter(organisation__in=houses(request.user)).select_related("organisation", "created_by")
    mine = mine.annotate(made=Count("jobs", filter=Q(jobs__is_active=True)))
    if request.method == "POST":
        house = get_object_or_404(houses(request.user), pk=whole(request.POST.get("organisation")) or 0)
        try:
            services.make_key(actor=request.user, organisation=house, name=request.POST.get("name", ""))
        except DomainError as error:
            messages.error(request, str(error.message))
        return redirect("jobs:keys")
    context = {
        "rows": list(mine.order_by("revoked_at", "name")[:200]),
        "houses": houses(request.user),
        "base": settings.PUBLIC_URL,
        "most": settings.PING_MOST_JOBS,
        "own": request.user.organisation_id,
    }
    return render(request, PAGE + "keys.html", context)


@managers_only
@require_POST
def revoke(request, pk):
    """The key opens nothing any more."""
    key = get_object_or_404(PingKey.objects.filter(organisation__in=houses(request.user)), pk=pk)
    services.revoke_key(key.pk, actor=request.user)
    messages.success(request, _("The key is revoked."))
    return redirect("jobs:keys")
