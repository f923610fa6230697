"""Forms of policies and chains: what a step does is chosen by ticks, so that nobody writes JSON."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from itsm.levels import agreements
from itsm.levels.models import Kind, Metric
from itsm.people.directory import directory
from itsm.people.models import User

from .actions import ALERTED, PEOPLE, WARNED, chosen
from .models import Chain, ChainStep, PolicyStep, Rota
from .models.policies import MOST_PERCENT
from .oncall_forms import CODE

ANY = ("", _("Any"))
PRIORITIES = [(n, f"P{n}") for n in range(1, 6)]
TRISTATE = [("", _("All")), ("yes", _("Only these")), ("no", _("All but these"))]
ASKED = {"": None, "yes": True, "no": False}


def code_field() -> forms.RegexField:
    return forms.RegexField(
        CODE, label=_("Code"), max_length=40, help_text=_("Capital letters, digits and hyphens."),
        error_messages={"invalid": _("Capital letters, digits and hyphens only.")},
    )  # fmt: skip


def _ticks(label, choices, **kwargs) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **kwargs
    )


class PolicyForm(forms.Form):
    """To which clocks a policy applies."""

    code = code_field()
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    clock = forms.ChoiceField(label=_("Kind of agreement"), choices=[ANY, *Kind.choices], required=False)
    metric = forms.ChoiceField(label=_("What is measured"), choices=[ANY, *Metric.choices], required=False)
    agreement_id = forms.TypedChoiceField(label=_("Agreement"), coerce=int, empty_value=None, required=False)
    organisation_id = forms.TypedChoiceField(
        label=_("Organisation, with those below it"), coerce=int, empty_value=None, required=False
    )
    priorities = _ticks(_("Priorities"), PRIORITIES, coerce=int, help_text=_("None ticked: all."))
    active = forms.BooleanField(label=_("In force"), required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["agreement_id"].choices = [ANY, *((each.pk, each.code) for each in agreements.rules.get())]
        self.fields["organisation_id"].choices = [
            ANY,
            *((o.pk, o.name) for o in directory.get().organisations.values()),
        ]


class StepForm(forms.Form):
    """One step; a form without share and without repetition is no step."""

    percent = forms.IntegerField(label=_("At (% of the target)"), min_value=1, max_value=MOST_PERCENT, required=False)
    every_hours = forms.DecimalField(
        label=_("Or after the last step, every (hours)"), min_value=0.1, max_value=240, decimal_places=2, required=False
    )
    most = forms.IntegerField(label=_("At most (times)"), min_value=1, max_value=1000, required=False)
    wall = forms.BooleanField(label=_("In clock time, nights and holidays included"), required=False)
    priorities = _ticks(_("Priorities"), PRIORITIES, coerce=int)
    vip = forms.ChoiceField(label=pgettext_lazy("step", "VIP requesters"), choices=TRISTATE, required=False)
    major = forms.ChoiceField(label=_("Major incidents"), choices=TRISTATE, required=False)
    unassigned = forms.BooleanField(label=_("Only while nobody has it"), required=False)
    warn = _ticks(_("Warn"), [(each, PEOPLE[each]) for each in WARNED])
    alert = _ticks(_("Hierarchical escalation"), [(each, PEOPLE[each]) for each in ALERTED])
    escalate = forms.BooleanField(label=_("Functional escalation to the next team"), required=False)
    page = forms.ChoiceField(label=_("Call the on-call"), required=False)
    raise_fr = forms.CharField(label=_("Raise the priority by one: reason in French"), max_length=200, required=False)
    raise_en = forms.CharField(label=_("Raise the priority by one: reason in English"), max_length=200, required=False)
    note_fr = forms.CharField(label=_("Internal note in French"), max_length=2000, required=False)
    note_en = forms.CharField(label=_("Internal note in English"), max_length=2000, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        chains = [(chain.code, chain.name) for chain in Chain.objects.filter(active=True).order_by("code")]
        self.fields["page"].choices = [("", _("Nobody")), *chains]
        for action in chosen():
            self._offer(action, user)

    def _offer(self, action, user) -> None:
        """A choice for an action of a higher layer; what a step keeps stays choosable, and without anything to choose there is none."""
        rows, kept = action.choices(user), self.initial.get(action.name, "")
        if kept and kept not in dict(rows):
            rows = [*rows, (kept, kept)]
        if rows:
            self.fields[action.name] = forms.ChoiceField(
                label=action.label, choices=[("", action.none), *rows], required=False
            )

    def clean(self):
        data = super().clean()
        if data.get("percent") and data.get("every_hours"):
            self.add_error("every_hours", _("A step falls at a share, or is repeated: not both."))
        for name in ("raise", "note"):
            if bool(data.get(f"{name}_fr")) != bool(data.get(f"{name}_en")):
                self.add_error(f"{name}_en", _("Write the text in French and in English."))
        if not self.is_blank() and not self.errors and not self.actions():
            self.add_error(None, _("A step does at least one thing."))
        return data

    def is_blank(self) -> bool:
        """No step is meant."""
        return not self.cleaned_data.get("percent") and not self.cleaned_data.get("every_hours")

    def actions(self) -> list[dict]:
        """What was ticked, in the order in which it is done."""
        data, found = self.cleaned_data, []
        for name in ("warn", "alert"):
            if data.get(name):
                found.append({"do": name, "who": data[name]})
        if data.get("raise_fr"):
            found.append({"do": "raise_priority", "fr": data["raise_fr"], "en": data["raise_en"]})
        if data.get("note_fr"):
            found.append({"do": "note", "fr": data["note_fr"], "en": data["note_en"]})
        if data.get("page"):
            found.append({"do": "page", "chain": data["page"]})
        found += [{"do": each.name, each.name: data[each.name]} for each in chosen() if data.get(each.name)]
        if data.get("escalate"):
            found.append({"do": "escalate"})
        return found

    def step(self) -> dict:
        """A step as the service takes it."""
        data = self.cleaned_data
        again = data["percent"] is None
        return {
            "percent": data["percent"], "every_seconds": int(data["every_hours"] * 3600) if again else None,
            "most": data["most"] or 1 if again else None, "wall": data["wall"] if again else False, "priorities": data["priorities"],
            "vip": ASKED[data["vip"]], "major": ASKED[data["major"]], "unassigned": data["unassigned"], "actions": self.actions(),
        }  # fmt: skip

    @staticmethod
    def initial_of(step: PolicyStep) -> dict:
        """What the form shows of a step."""
        said = {each["do"]: each for each in step.actions}
        told = {value: key for key, value in ASKED.items()}
        texts = {
            f"{name}_{language}": said.get(action, {}).get(language, "")
            for name, action in (("raise", "raise_priority"), ("note", "note"))
            for language in ("fr", "en")
        }
        added = {each.name: said.get(each.name, {}).get(each.name, "") for each in chosen()}
        return texts | added | {
            "percent": step.percent, "every_hours": round(step.every_seconds / 3600, 2) if step.every_seconds else None,
            "most": step.most, "wall": step.wall, "priorities": step.priorities, "vip": told[step.vip], "major": told[step.major],
            "unassigned": step.unassigned, "warn": said.get("warn", {}).get("who", []), "alert": said.get("alert", {}).get("who", []),
            "escalate": "escalate" in said, "page": said.get("page", {}).get("chain", ""),
        }  # fmt: skip


StepFormSet = forms.formset_factory(StepForm, extra=1, max_num=20, absolute_max=21)


class ChainForm(forms.Form):
    """The chain itself."""

    code = code_field()
    name_fr = forms.CharField(label=_("Name in French"), max_length=120)
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    rounds = forms.IntegerField(label=_("Rounds at most"), min_value=1, max_value=9, initial=2)
    p1_skips_waits = forms.BooleanField(label=_("A P1 calls everybody of a round at once"), required=False)
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class ChainStepForm(forms.Form):
    """One call; without `who` it is none."""

    who = forms.ChoiceField(label=_("Who is called"), choices=[("", "—"), *ChainStep.Who.choices], required=False)
    rota_id = forms.TypedChoiceField(label=_("Rota"), coerce=int, empty_value=None, required=False)
    user = forms.CharField(label=_("Person (login)"), max_length=150, required=False)
    wait_minutes = forms.IntegerField(label=_("Then wait (minutes)"), min_value=0, max_value=1440, initial=5)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Rota.objects.filter(active=True).order_by("code")
        self.fields["rota_id"].choices = [
            ("", _("Those of the team that holds the ticket")),
            *((r.pk, r.code) for r in rows),
        ]

    def clean(self):
        data = super().clean()
        person, login = data.get("who") == ChainStep.Who.PERSON, (data.get("user") or "").strip()
        found = User.objects.filter(username__iexact=login, is_active=True).first() if person and login else None
        if person and found is None:
            self.add_error("user", _("Nobody has this login."))
        data["user_id"] = found.pk if found else None
        return data

    def is_blank(self) -> bool:
        """No call is meant."""
        return not self.cleaned_data.get("who")

    def step(self) -> dict:
        """A step as the service takes it."""
        data = self.cleaned_data
        rota = data["rota_id"] if data["who"] in (ChainStep.Who.FIRST, ChainStep.Who.SECOND) else None
        return {"who": data["who"], "rota_id": rota, "user_id": data["user_id"], "wait_minutes": data["wait_minutes"]}


ChainStepFormSet = forms.formset_factory(ChainStepForm, extra=1, max_num=20, absolute_max=21)
