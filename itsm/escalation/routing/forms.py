"""Forms of routing: a rule, how a team shares out, what a person knows."""

from django import forms
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.people.directory import directory
from itsm.records import processes, reference
from itsm.records.models import Category

from .models import Distribution, RoutingRule
from .rules import words_of

WORDS = 10


class RuleForm(forms.Form):
    """One rule. `values()` gives the fields of the model."""

    name = forms.CharField(label=_("Name"), max_length=120)
    position = forms.IntegerField(
        label=_("Place in the order"),
        min_value=1,
        max_value=9999,
        initial=100,
        help_text=_("The first rule that fits decides."),
    )
    words = forms.CharField(
        label=_("Words"), max_length=600, required=False,
        help_text=_("One expression a line; all must be said in the title or the description. Beginnings of words do: “print”."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    category = forms.TypedChoiceField(label=_("Category"), coerce=int, empty_value=None, required=False)
    service = forms.ModelChoiceField(
        label=_("Service"), queryset=Service.objects.none(), required=False, empty_label="—"
    )
    item = forms.CharField(label=_("Configuration item (key)"), max_length=80, required=False)
    organisation = forms.TypedChoiceField(label=_("Organisation"), coerce=int, empty_value=None, required=False)
    record_kind = forms.ChoiceField(label=_("Kind of record"), required=False)
    vip = forms.TypedChoiceField(
        label=_("Requester"), required=False, coerce=lambda text: text == "yes", empty_value=None,
        choices=[("", "—"), ("yes", _("VIP")), ("no", _("not VIP"))],
    )  # fmt: skip
    team = forms.TypedChoiceField(label=_("Goes to the team"), coerce=int)
    active = forms.BooleanField(label=_("Switched on"), required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        book = directory.get()
        self.fields["team"].choices = [
            ("", _("Choose…")),
            *((t.pk, f"{t.code} · {t.name}") for t in book.teams_by_code.values()),
        ]
        self.fields["organisation"].choices = [("", "—"), *((o.pk, o.name) for o in book.organisations.values())]
        rows = [(pk, reference.category_path(pk)) for pk, row in reference.categories.get().items() if row.is_active]
        self.fields["category"].choices = [("", "—"), *sorted(rows, key=lambda row: row[1])]
        self.fields["service"].queryset = Service.objects.select_related("item").order_by("item__sort_key")
        self.fields["record_kind"].choices = [("", "—"), *((p.kind, p.label) for p in processes.all_processes())]

    def clean_words(self) -> list[str]:
        words = [" ".join(line.split()) for line in self.cleaned_data["words"].splitlines() if line.strip()]
        if len(words) > WORDS or any(len(word) > 60 for word in words):
            raise forms.ValidationError(_("At most %(n)s expressions of 60 characters."), params={"n": WORDS})
        if empty := next((word for word in words if not words_of(word)), ""):
            raise forms.ValidationError(_("There is no word in “%(text)s”."), params={"text": empty})
        return words

    def clean_item(self) -> ConfigurationItem | None:
        key = self.cleaned_data["item"].strip()
        found = ConfigurationItem.objects.filter(key=key).first() if key else None
        if key and found is None:
            raise forms.ValidationError(_("There is no item with this key."))
        return found

    def filled(self, rule: RoutingRule) -> RoutingRule:
        """The rule with what the form holds, unsaved."""
        data = self.cleaned_data
        for name in ("name", "position", "words", "item", "service", "vip", "active", "record_kind"):
            setattr(rule, name, data[name])
        rule.team_id, rule.organisation_id, rule.category_id = data["team"], data["organisation"], data["category"]
        return rule


def initial_of(rule: RoutingRule) -> dict:
    """What the form of a rule starts with."""
    return {
        "name": rule.name, "position": rule.position, "words": "\n".join(rule.words), "category": rule.category_id, "service": rule.service_id,
        "item": rule.item.key if rule.item else "", "organisation": rule.organisation_id, "record_kind": rule.record_kind,
        "vip": {True: "yes", False: "no", None: ""}[rule.vip], "team": rule.team_id, "active": rule.active,
    }  # fmt: skip


class SharingForm(forms.Form):
    """How one team shares out, and what its people know."""

    way = forms.ChoiceField(
        label=_("Who gets a record that comes in"),
        required=False,
        choices=[("", _("by hand")), *Distribution.Way.choices],
    )
    most_open = forms.IntegerField(
        label=_("Limit of open records a person"),
        min_value=1,
        max_value=999,
        required=False,
        help_text=_("Empty: no limit"),
    )
    in_hours_only = forms.BooleanField(label=_("Only within the team's hours"), required=False)

    def __init__(self, *args, people=(), known=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = list(people)
        rows = reference.categories.get()
        choices = sorted(
            ((pk, reference.category_path(pk)) for pk, row in rows.items() if row.is_active), key=lambda row: row[1]
        )
        for person in self.people:
            self.fields[f"skills-{person.pk}"] = forms.TypedMultipleChoiceField(
                label=person.display_name, choices=choices, coerce=int, required=False, initial=(known or {}).get(person.pk, []),
                widget=forms.SelectMultiple(attrs={"size": 6}),
            )  # fmt: skip

    @property
    def skill_fields(self):
        """The bound fields of what each person knows."""
        return [self[f"skills-{person.pk}"] for person in self.people]

    def skills(self) -> dict[int, list[Category]]:
        """By person: the categories chosen."""
        wanted = {person.pk: self.cleaned_data[f"skills-{person.pk}"] for person in self.people}
        found = Category.objects.in_bulk({pk for ids in wanted.values() for pk in ids})
        return {person: [found[pk] for pk in ids if pk in found] for person, ids in wanted.items()}
