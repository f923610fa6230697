"""Forms of the moves. They keep manners; services and constraints keep the rules."""

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.models import Membership, Team, User
from itsm.people.scope import scope_of
from itsm.people.serving import serves, teams_serving
from itsm.records import reference
from itsm.records.models import Category, CauseCode, HoldReason, Impact, Priority, Record, ResolutionCode, Urgency

from .models import KIND, Incident
from .relating import CHILD_OF

TEXT = forms.Textarea(attrs={"rows": 4, "class": "form-control ta"})


class CodeField(forms.TypedChoiceField):
    """A code from a list kept in memory: no query to draw it, one to use it."""

    def __init__(self, model, rows, *, required=True, **kwargs):
        self.model = model
        choices = [("", _("Choose…") if required else "—"), *((row.code, row.name) for row in rows)]
        super().__init__(choices=choices, required=required, coerce=self._find, empty_value=None, **kwargs)

    def _find(self, code):
        return self.model.objects.get(code=code)


class PersonField(forms.CharField):
    """A person by login, e-mail, phone or a name that only one has, among `people` (all active ones by default)."""

    people = None

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        people = User.objects.filter(is_active=True) if self.people is None else self.people
        login = text.split(" ")[0].strip()
        found = people.filter(username__iexact=login).first()
        if found is None:
            found = people.annotate(mail=Lower("email")).filter(mail=login.lower()).first()
        if found is None:
            near = list(search_people(people, text)[:6])
            if len(near) == 1:
                return near[0]
            if near:
                names = ", ".join(f"{person.display_name} ({person.username})" for person in near[:5])
                raise forms.ValidationError(
                    _("Several people match: %(names)s. Type a login."), params={"names": names}
                )
            raise forms.ValidationError(
                _("Nobody here is called “%(name)s”. Type a login or an e-mail address."), params={"name": text}
            )
        return found


def people_for(user):
    """Active people whom an agent may name: those of the organisations that the agent reads, and of the own teams."""
    scope = scope_of(user)
    people = User.objects.filter(is_active=True)
    if scope.everything:
        return people
    mates = Membership.objects.filter(team_id__in=scope.teams).values("user_id")
    return people.filter(Q(organisation_id__in=scope.organisations) | Q(pk__in=mates))


def teams_for(user):
    """Teams that an agent may send a new ticket to: those that serve an organisation that the agent reads."""
    scope, teams = scope_of(user), directory.get().teams_by_code
    if scope.everything:
        return teams
    return {
        code: team
        for code, team in teams.items()
        if team.pk in scope.teams or any(serves(team.pk, place) for place in scope.organisations)
    }


def search_people(people, text: str):
    """People by a part of the name, in any order of words, or by the end of a phone number."""
    words = fold(text)[:60].split()
    named = Q()
    for word in words:
        named &= Q(sort_key__contains=word)
    digits = "".join(c for c in text if c.isdigit())
    if len(digits) >= 4:
        named |= Q(phone__endswith=digits[-9:]) | Q(mobile__endswith=digits[-9:])
    return people.filter(named).order_by("sort_key", "pk") if words else people.none()


class ItemField(forms.CharField):
    """A configuration item by key, name or number, among those that the reader sees."""

    def __init__(self, *args, user=None, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        items = ConfigurationItem.objects.visible_to(self.user)
        found = items.filter(key__iexact=text.split(" ")[0]).first() or items.filter(name__iexact=text).first()
        if found is None:
            raise forms.ValidationError(_("There is no configuration item “%(name)s”."), params={"name": text})
        return found


class RecordField(forms.CharField):
    """Another record by its number, among those that the reader sees."""

    def __init__(self, *args, user=None, **kwargs):
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        found = Record.objects.visible_to(self.user).filter(number=text.strip().upper()).first()
        if found is None:
            raise forms.ValidationError(_("There is no ticket “%(number)s” for you."), params={"number": text})
        return found


class MoveForm(forms.Form):
    """Base of the moves' forms: knows the incident, the person, and the version that was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, incident: Incident, user, **kwargs):
        self.incident, self.user = incident, user
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = incident.version
        self.build()
        first = next((field for field in self.fields.values() if not field.widget.is_hidden), None)
        if first and not self.is_bound:
            first.widget.attrs["autofocus"] = True
        style(self)

    def build(self) -> None:
        """Add the fields that depend on the incident."""

    def values(self) -> dict:
        """Arguments for the service."""
        return {k: v for k, v in self.cleaned_data.items() if k != "version"}


def style(form: forms.Form) -> None:
    """Give every control the look and the accessible links of the design system."""
    for name, field in form.fields.items():
        widget = field.widget
        if not isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.HiddenInput):
            css = "form-select" if isinstance(widget, forms.Select) else "form-control"
            widget.attrs["class"] = f"{css} {'ta' if isinstance(widget, forms.Textarea) else ''}".strip()
        if form.is_bound and name in form.errors:
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} is-bad".strip()


class AssignForm(MoveForm):
    def build(self):
        teams = teams_serving(self.incident.organisation_id)
        self.fields["team"] = forms.ChoiceField(
            label=_("Team"),
            required=False,
            choices=[("", "—"), *((c, f"{c} · {t.name}") for c, t in teams.items())],
        )
        self.fields["assignee"] = PersonField(
            label=_("Person"),
            required=False,
            help_text=_("Login of a member of the team"),
            widget=forms.TextInput(attrs={"list": "members", "autocomplete": "off"}),
        )
        self.fields["assignee"].people = people_for(self.user)
        current = directory.get().teams.get(self.incident.team_id)
        self.fields["team"].initial = current.code if current else ""

    def clean_team(self):
        code = self.cleaned_data["team"]
        team = Team.objects.get(code=code) if code else None
        return None if team and team.pk == self.incident.team_id else team


class EscalateForm(MoveForm):
    def build(self):
        from .escalating import next_team_for

        proposed = next_team_for(self.incident)
        teams = teams_serving(self.incident.organisation_id)
        self.fields["to_team"] = forms.ChoiceField(
            label=_("To the team"), initial=proposed.code if proposed else "",
            choices=[("", _("Choose…")), *((c, f"{c} · {t.name}") for c, t in teams.items() if t.pk != self.incident.team_id)],
            help_text=_("Proposed from the category and the support level. Your team keeps sight of the ticket.")
            if proposed
            else _("Your team keeps sight of the ticket."),
        )  # fmt: skip
        self.fields["reason"] = forms.CharField(
            label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000
        )

    def clean_to_team(self):
        return Team.objects.get(code=self.cleaned_data["to_team"])


class ReasonForm(MoveForm):
    reason = forms.CharField(label=_("Why"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000)


class HoldForm(MoveForm):
    def build(self):
        rows = reference.hold_reasons.get().offered(self.incident.organisation_id, KIND)
        self.fields["reason"] = CodeField(HoldReason, rows, label=_("What are you waiting for?"))
        self.fields["comment"] = forms.CharField(
            label=_("Comment"),
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("The requester reads it when you wait for them."),
        )
        self.fields["until"] = forms.DateTimeField(
            label=_("Wake up on"),
            required=False,
            widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"],
        )


class ResolveForm(MoveForm):
    def build(self):
        organisation = self.incident.organisation_id
        rows = [r for r in reference.resolution_codes.get().offered(organisation, KIND) if r.flags["for_people"]]
        self.fields["resolution_code"] = CodeField(ResolutionCode, rows, label=_("How did it end?"))
        self.fields["resolution"] = forms.CharField(
            label=_("What was done"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("The requester reads it.")
        )
        causes = reference.cause_codes.get().offered(organisation, KIND)
        self.fields["cause_code"] = CodeField(CauseCode, causes, required=False, label=_("Cause"))
        self.fields["cause_item"] = ItemField(
            label=_("Item at fault"), required=False, user=self.user, help_text=_("Name or key of a configuration item")
        )


class LinkForm(MoveForm):
    TYPES = [
        ("related", _("Related to")),
        (CHILD_OF, _("Child of")),
        ("caused_by", _("Caused by")),
        ("duplicates", _("Duplicate of")),
        ("follows", _("Follows")),
    ]

    type = forms.ChoiceField(label=_("Kind of link"), choices=TYPES)

    def build(self):
        self.fields["to"] = RecordField(
            label=_("To the ticket"), user=self.user, widget=forms.TextInput(attrs={"placeholder": "INC0000000"})
        )


class MergeForm(MoveForm):
    def build(self):
        self.fields["into"] = RecordField(
            label=_("Into the ticket"),
            user=self.user,
            widget=forms.TextInput(attrs={"placeholder": "INC0000000"}),
            help_text=_("Messages, files and followers move there; this number stays alive."),
        )


class EditForm(MoveForm):
    def build(self):
        i = self.incident
        self.fields["title"] = forms.CharField(label=_("Title"), max_length=200, initial=i.title)
        self.fields["description"] = forms.CharField(
            label=_("Description"), required=False, initial=i.description, widget=forms.Textarea(attrs={"rows": 5})
        )
        self.fields["category"] = CodeField(
            Category, category_rows(i.organisation_id), required=False, label=_("Category")
        )
        row = reference.categories.get().get(i.category_id)
        self.fields["category"].initial = row.code if row else ""
        self.fields["service"] = forms.ModelChoiceField(
            label=_("Service"), required=False, initial=i.service_id, empty_label="—",
            queryset=Service.objects.filter(item__in=ConfigurationItem.objects.visible_to(self.user)).select_related("item").order_by("item__sort_key"),
        )  # fmt: skip
        self.fields["impact"] = forms.TypedChoiceField(
            label=_("Impact"), choices=Impact.choices, coerce=int, initial=i.impact
        )
        self.fields["urgency"] = forms.TypedChoiceField(
            label=_("Urgency"), choices=Urgency.choices, coerce=int, initial=i.urgency
        )
        self.fields["major"] = forms.BooleanField(label=_("Major incident"), required=False, initial=i.major)
        from .policies import may_override_priority

        if may_override_priority(self.user):
            self.fields["priority"] = forms.TypedChoiceField(
                label=_("Override the priority"),
                required=False,
                empty_value=None,
                coerce=int,
                choices=[("", _("As the matrix says")), *((v, f"P{v}") for v in Priority.values)],
            )
            self.fields["reason"] = forms.CharField(label=_("Reason of the override"), required=False, max_length=200)


def category_rows(organisation_id: int):
    """Categories as an indented list."""
    rows = reference.categories.get()
    found = []
    for row in rows.offered(organisation_id, KIND):
        depth = max(0, len(row.lineage) - 1)
        found.append(reference.CodeRow(row.pk, row.code, {k: "\u2003" * depth + v for k, v in row.names.items()}))
    return found


class CommentForm(MoveForm):
    body = forms.CharField(
        label=_("Message"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=20000,
        error_messages={"required": _("Write something first.")},
    )
    mode = forms.ChoiceField(
        choices=[("public", _("Public")), ("internal", _("Internal"))], initial="public", required=False
    )


class NewIncidentForm(forms.Form):
    """What an agent types while the caller speaks."""

    CHANNELS = [
        ("phone", _("Phone")),
        ("walk_up", _("Walk-up")),
        ("email", _("E-mail")),
        ("chat", _("Chat")),
        ("internal", _("Internal")),
    ]

    title = forms.CharField(label=_("Summary"), max_length=200)
    description = forms.CharField(label=_("Description"), required=False, widget=forms.Textarea(attrs={"rows": 4}))
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNELS)
    impact = forms.TypedChoiceField(label=_("Impact"), choices=Impact.choices, coerce=int, initial=4)
    urgency = forms.TypedChoiceField(label=_("Urgency"), choices=Urgency.choices, coerce=int, initial=3)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = [
        "requester",
        "title",
        "description",
        "channel",
        "category",
        "service",
        "item",
        "impact",
        "urgency",
        "team",
        "token",
    ]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        organisation = user.organisation_id
        self.fields["requester"] = PersonField(
            label=_("Requester"),
            help_text=_("Name, login, e-mail or phone"),
            widget=forms.TextInput(
                attrs={
                    "list": "people",
                    "autocomplete": "off",
                    "hx-get": "/desk/incidents/people/",
                    "hx-trigger": "input changed delay:250ms",
                    "hx-target": "#people",
                    "hx-swap": "innerHTML",
                    "hx-sync": "this:replace",
                }
            ),
        )
        self.fields["requester"].people = people_for(user)
        self.fields["category"] = CodeField(
            Category, category_rows(organisation) if organisation else [], required=False, label=_("Category")
        )
        visible = ConfigurationItem.objects.visible_to(user)
        self.fields["service"] = forms.ModelChoiceField(
            label=_("Service"),
            required=False,
            empty_label="—",
            queryset=Service.objects.filter(item__in=visible).select_related("item").order_by("item__sort_key"),
        )
        self.fields["item"] = ItemField(
            label=_("Item"), required=False, user=user, help_text=_("Name or key of a configuration item")
        )
        teams = teams_for(user)
        self.fields["team"] = forms.ChoiceField(
            label=_("Team"),
            required=False,
            choices=[("", _("As the rule says")), *((c, f"{c} · {t.name}") for c, t in teams.items())],
        )
        self.order_fields(self.field_order)
        style(self)

    def clean_team(self):
        code = self.cleaned_data["team"]
        return Team.objects.get(code=code) if code else None


FORMS = {
    "assign": AssignForm, "escalate": EscalateForm, "alert": ReasonForm, "hold": HoldForm, "resolve": ResolveForm, "reopen": ReasonForm,
    "cancel": ReasonForm, "link": LinkForm, "merge": MergeForm, "edit": EditForm, "comment": CommentForm,
    "acknowledge": MoveForm, "resume": MoveForm, "close": MoveForm,
}  # fmt: skip
