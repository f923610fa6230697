"""Forms of consoles."""

from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.classes import classes
from itsm.events.models import Severity
from itsm.people.directory import directory
from itsm.people.models import Team
from itsm.people.scope import scope_of

from .consolepage import COLUMNS, DEFAULTS
from .models import Console

FILTERS = ("severity", "team", "site", "ci_class")


class ConsoleForm(forms.Form):
    """Post, authority, and the view: which alerts and which columns."""

    post = forms.CharField(
        label=_("Post"), max_length=80, required=False, help_text=_("Where it stands, and its phone.")
    )
    operated_by = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), required=False)
    authority = forms.ChoiceField(label=_("Authority"), choices=Console.Authority.choices)
    severity = forms.MultipleChoiceField(
        label=_("Severities"), choices=Severity.choices, required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: all.")
    )  # fmt: skip
    team = forms.MultipleChoiceField(
        label=_("Alerts of these support teams"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    site = forms.MultipleChoiceField(
        label=_("Alerts of these sites"), required=False, widget=forms.SelectMultiple(attrs={"size": 5})
    )
    ci_class = forms.MultipleChoiceField(
        label=_("Alerts of these classes"), required=False, widget=forms.SelectMultiple(attrs={"size": 6})
    )
    source = forms.CharField(
        label=_("Sources"),
        max_length=300,
        required=False,
        help_text=_("Their names, with commas between them. Empty: all."),
    )
    columns = forms.MultipleChoiceField(
        label=_("Columns"), choices=list(COLUMNS.items()), required=False, widget=forms.CheckboxSelectMultiple
    )
    rings = forms.BooleanField(label=_("Offers a sound for each new critical alert"), required=False)

    def __init__(self, *args, console: Console | None, reader, **more):
        super().__init__(*args, **more)
        scope, book = scope_of(reader), directory.get()
        teams = [t for t in book.teams.values() if scope.everything or t.organisation_id in scope.organisations]
        self.fields["operated_by"].queryset = Team.objects.filter(pk__in=[t.pk for t in teams]).order_by("code")
        self.fields["team"].choices = [(t.code, f"{t.code}, {t.name}") for t in teams]
        sites = [s for s in book.sites.values() if scope.everything or s.organisation_id in scope.organisations]
        self.fields["site"].choices = [(s.code, s.name) for s in sites]
        self.fields["ci_class"].choices = sorted(
            ((code, s.name) for code, s in classes.get().items()), key=lambda c: c[1]
        )
        if console is None:
            self.initial |= {"columns": list(DEFAULTS), "rings": True, "authority": "info"}
            return
        view = QueryDict(console.view)
        self.initial |= {name: view.getlist(name) for name in FILTERS} | {
            "post": console.post, "operated_by": console.team_id, "authority": console.authority, "rings": console.rings,
            "columns": console.columns or list(DEFAULTS), "source": ", ".join(view.getlist("source")),
        }  # fmt: skip

    def values(self) -> dict:
        """The arguments of the service."""
        data = self.cleaned_data
        sources = [name.strip() for name in data["source"].split(",") if name.strip()]
        pairs = [(name, value) for name in FILTERS for value in data[name]] + [("source", name) for name in sources]
        return {
            "post": data["post"], "team": data["operated_by"], "authority": data["authority"], "rings": data["rings"], "columns": data["columns"],
            "view": urlencode(pairs),
        }  # fmt: skip


class OrderForm(forms.Form):
    """A line of the log."""

    what = forms.ChoiceField(label=_("What"), choices=[("order", _("Order")), ("note", _("Remark"))], initial="order")
    text = forms.CharField(
        label=_("Order or remark"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"}),
    )
    system = forms.CharField(label=_("System"), max_length=20, required=False)
    answer = forms.CharField(
        label=_("What it answered"), max_length=500, required=False, widget=forms.TextInput(attrs={"class": "mono"})
    )

    def __init__(self, *args, **more):
        super().__init__(*args, auto_id="order_%s", **more)


class MessageForm(forms.Form):
    """A message that waits for a reply."""

    text = forms.CharField(
        label=_("Message"), max_length=500, widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off"})
    )
    system = forms.CharField(label=_("System"), max_length=20, required=False)
    reply_id = forms.IntegerField(
        label=_("Number of the reply"),
        min_value=1,
        max_value=9999,
        required=False,
        help_text=_("As the system gives it; empty: the next free one."),
    )

    def __init__(self, *args, **more):
        super().__init__(*args, auto_id="message_%s", **more)
