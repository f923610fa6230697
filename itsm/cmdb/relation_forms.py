"""What this item depends on, how much, and what takes the other's place."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import ConfigurationItem, Relation, RelationType
from .outage_forms import when

SOLE, ANY, SOME = "all", "any", "some"
MOST = 999


class DependencyForm(forms.Form):
    """Strength, redundancy and dates. `values()` gives the arguments of the services."""

    REDUNDANCY = [
        (SOLE, _("Nothing: it is needed itself")),
        (ANY, _("Any other of its group: one is enough")),
        (SOME, _("Some of its group: so many must work")),
    ]

    strength = forms.ChoiceField(
        label=_("If it fails"),
        choices=Relation.Strength.choices,
        required=False,
        initial="full",
        widget=forms.RadioSelect,
    )
    redundancy = forms.ChoiceField(
        label=_("What takes its place?"), choices=REDUNDANCY, required=False, widget=forms.RadioSelect, initial=SOLE
    )
    group = forms.IntegerField(
        label=_("Redundancy group"), min_value=0, max_value=MOST, required=False,
        help_text=_("A number of your own; the same one for all that stand in for each other. Empty: a new group."),
    )  # fmt: skip
    need = forms.IntegerField(
        label=_("So many must work"), min_value=1, max_value=MOST, required=False,
        help_text=_("Counts for the whole group."),
    )  # fmt: skip
    valid_from = when(_("Holds from"), help_text=_("Empty: always did."))
    valid_to = when(_("Holds until"), help_text=_("Empty: for good."))

    def __init__(self, *args, source: ConfigurationItem, **kwargs):
        super().__init__(*args, **kwargs)
        self.source = source

    def clean(self):
        data = super().clean()
        if not self.errors:
            chosen = data.get("redundancy") or (SOME if data.get("group") else SOLE)
            data["group"] = 0 if chosen == SOLE else data.get("group") or self._new_group()
            data["need"] = 1 if chosen != SOME else data.get("need") or 1
            if chosen == SOME and not self.data.get("need"):
                self.add_error("need", _("Say how many of the group must work."))
        since, until = data.get("valid_from"), data.get("valid_to")
        if since and until and until <= since:
            self.add_error("valid_to", _("It must end after it starts."))
        return data

    def _new_group(self) -> int:
        taken = set(Relation.objects.filter(source=self.source).values_list("group", flat=True))
        return next(n for n in range(1, MOST + 1) if n not in taken)

    def values(self) -> dict:
        """The arguments of `relate` and `change_relation` that both share."""
        names = ("group", "need", "valid_from", "valid_to")
        return {name: self.cleaned_data[name] for name in names} | {"strength": self.cleaned_data["strength"] or "full"}


class RelationForm(DependencyForm):
    """A new relation. The other item is named by its key, or by a name that only one has."""

    type = forms.ChoiceField(label=_("Relation"))
    target = forms.CharField(
        label=_("Item (key or name)"),
        max_length=200,
        widget=forms.TextInput(attrs={"list": "item-names", "autocomplete": "off"}),
    )
    field_order = ("type", "target", "strength", "redundancy", "group", "need", "valid_from", "valid_to")

    def __init__(self, *args, reader, language: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.reader = reader
        name = f"name_{language}"
        self.fields["type"].choices = list(RelationType.objects.order_by(name).values_list("code", name))

    def clean_target(self):
        text = self.cleaned_data["target"].strip()
        visible = ConfigurationItem.objects.visible_to(self.reader).in_use()
        found = visible.filter(key=text).first()
        if found:
            return found
        named = list(visible.filter(name=text)[:2])
        if len(named) == 1:
            return named[0]
        if named:
            raise forms.ValidationError(_("Several items have this name: give the key."))
        raise forms.ValidationError(_("No item has this key or name."))


class RelationChangeForm(DependencyForm):
    """A relation that is there."""

    reason = forms.CharField(label=_("Why"), max_length=200, required=False, help_text=_("Kept in the history."))
    version = forms.IntegerField(widget=forms.HiddenInput)


def initial_of(relation: Relation, need: int) -> dict:
    """What the form of a relation shows first; `need` is that of its group."""
    redundancy = SOLE if not relation.group else ANY if need == 1 else SOME
    return {
        "strength": relation.strength, "redundancy": redundancy, "group": relation.group or None,
        "need": need if redundancy == SOME else None, "valid_from": relation.valid_from, "valid_to": relation.valid_to,
        "version": relation.version,
    }  # fmt: skip
