from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from itsm.gateway.doors import DOORS
from itsm.gateway.permissions import highest_organisation
from itsm.people.directory import directory
from itsm.people.scope import scope_of

OVERLAPS: dict[int, Promise] = {
    24: _("a day"), 24 * 7: _("a week"), 1: _("an hour"), 0: _("not at all: it stops at once"),
}  # fmt: skip


class SourceForm(forms.Form):
    """What sends, and for whom."""

    kind = forms.ChoiceField(label=_("What it sends"))
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("For example: Prometheus of the Lyon datacentre")
    )
    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int)
    rate_per_minute = forms.IntegerField(
        label=_("At most, a minute"), min_value=1, max_value=100_000, required=False, help_text=_("Empty: as usual for what it sends.")
    )  # fmt: skip

    def __init__(self, data=None, *, user, **kwargs):
        super().__init__(data, **kwargs)
        scope = scope_of(user)
        near = [o for o in directory.get().organisations.values() if scope.everything or o.pk in scope.organisations]
        self.fields["kind"].choices = [(door.kind, door.label) for door in DOORS]
        self.fields["organisation"].choices = [(o.pk, o.name) for o in near if o.kind != "supplier"]
        self.initial.setdefault("organisation", highest_organisation(user))

    def values(self) -> dict:
        """Arguments of the service."""
        data = dict(self.cleaned_data)
        data["organisation_id"] = data.pop("organisation")
        return data


class RotateForm(forms.Form):
    """How long both addresses open."""

    overlap_hours = forms.TypedChoiceField(
        label=_("The address before goes on working for"), choices=list(OVERLAPS.items()), coerce=int
    )
