"""The order in which natures of call are offered: the manager's page."""

from django import forms
from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from itsm.core.errors import DomainError
from itsm.people.models import Organisation
from itsm.records import reference

from ...desk.fields import category_rows
from ..guard import managers_only
from . import natures as own

PAGE = "servicedesk/calls/console/"


class NaturesForm(forms.Form):
    """One choice a place; an empty place is left out."""

    def __init__(self, *args, organisation_id: int, pinned: list[str], **more):
        super().__init__(*args, **more)
        choices = [("", "—"), *((row.code, row.name) for row in category_rows(organisation_id))]
        for n in range(own.MOST):
            self.fields[f"place{n + 1}"] = forms.ChoiceField(
                label=gettext_lazy("Place %(n)s") % {"n": n + 1}, choices=choices, required=False,
                initial=pinned[n] if n < len(pinned) else "",
            )  # fmt: skip

    def categories(self) -> list[int]:
        """The ids in their order."""
        rows = reference.categories.get()
        chosen = [rows.by_code(code) for name, code in self.cleaned_data.items() if code]
        return [row.pk for row in chosen if row]


@managers_only
@require_http_methods(["GET", "POST"])
def natures(request):
    """Which categories come first, and how the others follow by use."""
    if request.user.organisation_id is None:
        raise Http404
    organisation = Organisation.objects.get(pk=request.user.organisation_id)
    rows = reference.categories.get()
    pinned = [rows[nature.category_id].code for nature in own.pinned(organisation.pk) if nature.category_id in rows]
    form = NaturesForm(request.POST or None, organisation_id=organisation.pk, pinned=pinned)
    if request.method == "POST" and form.is_valid():
        try:
            own.put_first(organisation=organisation, categories=form.categories(), actor=request.user)
        except DomainError as error:
            form.add_error(None, str(error.message))
        else:
            messages.success(request, _("The order is kept."))
            return redirect("call_console:natures")
    context = {"form": form, "shown": own.offered(organisation.pk), "organisation": organisation}
    return render(request, PAGE + "natures.html", context, status=422 if form.errors else 200)
