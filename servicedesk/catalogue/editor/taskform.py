"""The fulfilment plan as forms: one a task; what it waits for is said by keys."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from itsm.people.directory import directory

from ..form.shape import Form
from ..rules import action_kinds
from . import comparing

ASSIGNEES = [
    ("", "—"), ("manager", gettext_lazy("Manager of the requester")), ("requester", gettext_lazy("The requester")),
    ("team_leader", gettext_lazy("Leader of the team")), ("record_assignee", gettext_lazy("Who has the request")),
    ("item_owner", gettext_lazy("Owner of the equipment")), ("application_owner", gettext_lazy("Owner of the application")),
    ("service_owner", gettext_lazy("Owner of the service")),
]  # fmt: skip
FROM = [("task", gettext_lazy("from when it may begin")), ("record", gettext_lazy("from when it was ordered"))]


class TaskForm(forms.Form):
    key = forms.SlugField(label=pgettext_lazy("catalogue", "Key"), max_length=40)
    title_fr = forms.CharField(label=gettext_lazy("Task in French"), max_length=200)
    title_en = forms.CharField(label=gettext_lazy("Task in English"), max_length=200)
    body_fr = forms.CharField(label=gettext_lazy("Details in French"), max_length=2000, required=False)
    body_en = forms.CharField(label=gettext_lazy("Details in English"), max_length=2000, required=False)
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Person"), choices=ASSIGNEES, required=False)
    after = forms.CharField(label=gettext_lazy("Waits for"), max_length=400, required=False, help_text=gettext_lazy("Keys of tasks, separated by commas; empty: it begins at once."))  # fmt: skip
    due = forms.FloatField(
        label=gettext_lazy("Due within (business hours)"), required=False, min_value=0.1, max_value=8000
    )
    due_from = forms.ChoiceField(label=gettext_lazy("counted"), choices=FROM, initial="task")
    action = forms.ChoiceField(label=gettext_lazy("Done by itself"), required=False)
    parameters = forms.CharField(label=gettext_lazy("with"), max_length=400, required=False, help_text=gettext_lazy("name=value, separated by commas."))  # fmt: skip

    def __init__(self, *args, form: Form, **kwargs):
        super().__init__(*args, **kwargs)
        teams = directory.get().teams_by_code
        self.fields["team"].choices = [("", "—"), *((code, f"{code} · {row.name}") for code, row in teams.items())]
        self.fields["action"].choices = [("", "—"), *action_kinds()]
        self.person = (self.initial or {}).get("person")
        if self.person:
            self.fields["who"].choices = [*ASSIGNEES, ("person", self.person)]
        comparing.add(self, form)

    @property
    def whens(self) -> list[dict]:
        return comparing.rows(self)

    def clean(self):
        data = super().clean()
        if self.errors or data.get("DELETE"):
            return data
        if not (data["team"] or data["who"] or data["action"]):
            self.add_error("team", _("Say which team or person does it, or what is done by itself."))
        return data

    def to_json(self, before: dict) -> dict:
        """The task; what this page does not show stays as it was."""
        data = self.cleaned_data
        found = {name: value for name, value in before.items() if name in ("due",)}
        found |= {"key": data["key"], "title": {"fr": data["title_fr"], "en": data["title_en"]}}
        bodies = {key: data[f"body_{key}"] for key in ("fr", "en") if data[f"body_{key}"]}
        after = [each.strip() for each in data["after"].split(",") if each.strip()]
        who = {"who": "person", "login": self.person} if data["who"] == "person" else {"who": data["who"]}
        optional = {
            "body": bodies, "team": data["team"], "assignee": who if data["who"] else None, "depends_on": after,
            "due_from": "record" if data["due_from"] == "record" else None, "when": comparing.read(self),
            "action": {"kind": data["action"]} | self._parameters() if data["action"] else None,
        }  # fmt: skip
        found |= {name: value for name, value in optional.items() if value}
        if data["due"] is None:
            found.pop("due", None)
        elif comparing.hours(before.get("due")) != data["due"]:
            found["due"] = comparing.plain(data["due"])
        return found

    def _parameters(self) -> dict:
        pairs = (each.partition("=") for each in self.cleaned_data["parameters"].split(",") if each.strip())
        return {name.strip(): value.strip() for name, _sign, value in pairs}


def initial(task: dict) -> dict:
    """What the form of a kept task holds."""
    assignee = task.get("assignee") or {}
    action = dict(task.get("action") or {})
    kind = action.pop("kind", "")
    two = {f"title_{key}": task.get("title", {}).get(key, "") for key in ("fr", "en")}
    two |= {f"body_{key}": task.get("body", {}).get(key, "") for key in ("fr", "en")}
    return {
        "key": task.get("key", ""), "team": task.get("team", ""), "who": assignee.get("who", ""), "person": assignee.get("login"),
        "after": ", ".join(task.get("depends_on", [])), "due": comparing.hours(task.get("due")),
        "due_from": task.get("due_from", "task"), "action": kind,
        "parameters": ", ".join(f"{name}={value}" for name, value in action.items()),
    } | two | comparing.initial(task.get("when"))  # fmt: skip
