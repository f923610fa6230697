"""Absences and substitutes: everybody enters their own; who leads a team, or its department, those of its people."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from itsm.core import now
from itsm.core.errors import DomainError
from itsm.people import services
from itsm.people.models import Absence, User

from . import access
from .oncall_forms import LocalDateTime
from .oncall_views import agents_only

SHOWN = 500


class AbsenceForm(forms.Form):
    """Who is away, when, and who stands in. Times are those of the reader."""

    person = forms.TypedChoiceField(label=gettext_lazy("Who is away"), coerce=int)
    starts_at = LocalDateTime(label=gettext_lazy("From"))
    ends_at = LocalDateTime(label=gettext_lazy("To"))
    substitute = forms.TypedChoiceField(
        label=gettext_lazy("Substitute"), coerce=int, empty_value=None, required=False,
        help_text=gettext_lazy("Takes the shifts and the calls meanwhile; who is away too hands them to their own substitute."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=200, required=False,
        help_text=gettext_lazy("Read by whoever may change the absence, and nobody else."),
    )  # fmt: skip

    def __init__(self, *args, user: User, found: Absence | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = {person.pk: person for person in access.may_enter_for(user)}
        zone = timezone.get_current_timezone_name()
        for name in ("starts_at", "ends_at"):
            self.fields[name].zone = zone
            self.fields[name].help_text = _("Time of %(zone)s") % {"zone": zone}
        if found or len(self.people) == 1:
            del self.fields["person"]
        else:
            self.fields["person"].choices = [(pk, person.display_name) for pk, person in self.people.items()]
        away = [found.user_id] if found else list(self.people)
        near = User.objects.filter(memberships__team__memberships__user__in=away, is_active=True)
        self.colleagues = {person.pk: person for person in near.order_by("sort_key", "pk").distinct()}
        if found and found.substitute:
            self.colleagues.setdefault(found.substitute.pk, found.substitute)
        if len(away) == 1:
            self.colleagues.pop(away[0], None)
        rows = [(pk, person.display_name) for pk, person in self.colleagues.items()]
        self.fields["substitute"].choices = [("", _("Nobody: the shifts become gaps")), *rows]

    def values(self) -> dict:
        """Arguments of the service."""
        data = self.cleaned_data
        return {name: data[name] for name in ("starts_at", "ends_at", "reason")} | {
            "substitute": self.colleagues.get(data["substitute"])
        }


@agents_only
@require_GET
def index(request):
    """What stands and what is to come, then what is over since a month."""
    at, rows = now(), list(access.absences_for(request.user)[: SHOWN + 1])
    context = {
        "coming": [row for row in rows[:SHOWN] if row.ends_at > at], "over": [row for row in rows[:SHOWN] if row.ends_at <= at][::-1],
        "cut": len(rows) > SHOWN, "at": at, "leads": access.may_enter_for(request.user)[1:2].exists(),
        "runs": access.may_create(request.user),
    }  # fmt: skip
    return render(request, "itsm_escalation/absences.html", context)


@agents_only
@require_http_methods(["GET", "POST"])
def create(request):
    """A new absence: one's own, or that of a person of one's teams."""
    return _form(request, None)


@agents_only
@require_http_methods(["GET", "POST"])
def change(request, pk):
    """Other days or another substitute, while it is not over."""
    return _form(request, get_object_or_404(access.absences_for(request.user), pk=pk, ends_at__gt=now()))


def _form(request, found: Absence | None):
    names = ("starts_at", "ends_at", "reason", "substitute_id")
    initial = (
        {name.removesuffix("_id"): getattr(found, name) for name in names} if found else {"person": request.user.pk}
    )
    form = AbsenceForm(request.POST or None, user=request.user, found=found, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            if found:
                services.change_absence(found.pk, actor=request.user, **form.values())
            else:
                person = form.people[form.cleaned_data.get("person") or request.user.pk]
                services.enter_absence(person, actor=request.user, **form.values())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("The absence is entered. Rotas and calls go by it from now on."))
            return redirect("oncall:absences")
    status = 422 if request.method == "POST" else 200
    return render(request, "itsm_escalation/absence.html", {"absence": found, "form": form}, status=status)


@agents_only
@require_POST
def delete(request, pk):
    """There after all."""
    services.delete_absence(get_object_or_404(access.absences_for(request.user), pk=pk).pk, actor=request.user)
    messages.success(request, _("The absence is gone."))
    return redirect("oncall:absences")
