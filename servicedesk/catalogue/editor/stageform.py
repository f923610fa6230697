"""The approval rule as forms: one a stage, in their order."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from itsm.people.directory import directory

from ..form.shape import Form
from . import comparing

WHO = [
    ("manager", gettext_lazy("Manager of the requester")),
    ("item_owner", gettext_lazy("Owner of the equipment")),
    ("application_owner", gettext_lazy("Owner of the application")),
    ("service_owner", gettext_lazy("Owner of the service")),
]
QUORA = [
    ("all", gettext_lazy("all of them")), ("any", gettext_lazy("one of them")),
    ("percent", gettext_lazy("a percentage")), ("count", gettext_lazy("a number")),
]  # fmt: skip
EXPIRY = [("refuse", gettext_lazy("it is refused")), ("escalate", gettext_lazy("it is escalated"))]
KEPT = ("percent", "count")


class StageForm(forms.Form):
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=120, required=False)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=120, required=False)
    who = forms.MultipleChoiceField(label=gettext_lazy("Who is asked"), choices=WHO, required=False, widget=forms.CheckboxSelectMultiple)  # fmt: skip
    teams = forms.MultipleChoiceField(label=gettext_lazy("and teams"), required=False)
    people = forms.CharField(label=gettext_lazy("and people"), required=False, max_length=300, help_text=gettext_lazy("Logins, separated by commas."))  # fmt: skip
    quorum = forms.ChoiceField(label=gettext_lazy("Who must agree"), choices=QUORA, initial="all")
    needed = forms.IntegerField(label=gettext_lazy("how many, or how many per cent"), required=False, min_value=0, max_value=100)  # fmt: skip
    due = forms.FloatField(
        label=gettext_lazy("Answer within (business hours)"), required=False, min_value=0.1, max_value=8000
    )
    remind = forms.FloatField(
        label=gettext_lazy("Remind after (business hours)"), required=False, min_value=0.1, max_value=8000
    )
    on_expiry = forms.ChoiceField(label=gettext_lazy("Without an answer in time"), choices=EXPIRY, initial="escalate")

    def __init__(self, *args, form: Form, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["teams"].choices = [(code, f"{code} · {row.name}") for code, row in directory.get().teams_by_code.items()]  # fmt: skip
        self.fields["teams"].widget.attrs["size"] = "4"
        comparing.add(self, form)

    @property
    def whens(self) -> list[dict]:
        return comparing.rows(self)

    def clean(self):
        data = super().clean()
        if self.errors or data.get("DELETE"):
            return data
        if not (data["who"] or data["teams"] or data["people"].strip()):
            self.add_error("who", _("Say who is asked."))
        if data["quorum"] in KEPT and data["needed"] is None:
            self.add_error("needed", _("Write a number."))
        return data

    def to_json(self, before: dict) -> dict:
        """The stage; what this page does not show stays as it was."""
        data = self.cleaned_data
        asked = [{"who": who} for who in data["who"]]
        asked += [{"who": "team", "code": code} for code in data["teams"]]
        asked += [{"who": "person", "login": login.strip()} for login in data["people"].split(",") if login.strip()]
        quorum = {data["quorum"]: data["needed"]} if data["quorum"] in KEPT else data["quorum"]
        found = before | {"ask": asked, "quorum": quorum, "on_expiry": data["on_expiry"]}
        names = {key: data[f"name_{key}"] for key in ("fr", "en") if data[f"name_{key}"]}
        for name, value in (("name", names), ("when", comparing.read(self))):
            found = {key: each for key, each in found.items() if key != name} | ({name: value} if value else {})
        for name in ("due", "remind"):
            kept = before.get(name)
            hours = kept["hours"] if isinstance(kept, dict) else kept
            if data[name] is None:
                found.pop(name, None)
            elif hours != data[name]:
                found[name] = comparing.plain(data[name])
        return found


def initial(stage: dict) -> dict:
    """What the form of a kept stage holds."""
    quorum = stage.get("quorum", "all")
    kind, needed = next(iter(quorum.items())) if isinstance(quorum, dict) else (quorum, None)
    asked = stage.get("ask", [])
    return {
        "name_fr": stage.get("name", {}).get("fr", ""), "name_en": stage.get("name", {}).get("en", ""),
        "who": [each["who"] for each in asked if each["who"] not in ("team", "person")],
        "teams": [each["code"] for each in asked if each["who"] == "team"],
        "people": ", ".join(each["login"] for each in asked if each["who"] == "person"),
        "quorum": kind, "needed": needed, "due": comparing.hours(stage.get("due")), "remind": comparing.hours(stage.get("remind")),
        "on_expiry": stage.get("on_expiry", "refuse"),
    } | comparing.initial(stage.get("when"))  # fmt: skip
