"""Fields that the forms of tickets share: codes, people, items, tickets, and who may be named in them."""

from django import forms
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from itsm.cmdb.models import ConfigurationItem
from itsm.core.folding import fold
from itsm.people import phones
from itsm.people.directory import directory
from itsm.people.models import Membership, User
from itsm.people.scope import scope_of
from itsm.people.serving import serves
from itsm.records import reference
from itsm.records.models import Record

from .desks import desk_of


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
    number = phones.reached_by(text)
    if number is not None:
        named |= number
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


def picker(what: str, ticket=None, attrs: dict | None = None) -> forms.TextInput:
    """A text field that offers what fits (`static/js/pick.js`); without scripts it is typed in full."""
    base = desk_of(ticket).base if ticket else "/desk/incidents/"
    about = f"?for={ticket.number}" if ticket else ""
    return forms.TextInput(attrs={"autocomplete": "off", "data-pick": f"{base}pick/{what}/{about}", **(attrs or {})})


def style(form: forms.Form) -> None:
    """Give every control the look and the accessible links of the design system."""
    for name, field in form.fields.items():
        widget = field.widget
        if not isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.HiddenInput):
            css = "form-select" if isinstance(widget, forms.Select) else "form-control"
            widget.attrs["class"] = f"{css} {'ta' if isinstance(widget, forms.Textarea) else ''}".strip()
        if form.is_bound and name in form.errors:
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} is-bad".strip()


def category_rows(organisation_id: int, kind: str = "incident"):
    """Categories as an indented list."""
    rows = reference.categories.get()
    found = []
    for row in rows.offered(organisation_id, kind):
        depth = max(0, len(row.lineage) - 1)
        found.append(reference.CodeRow(row.pk, row.code, {k: "\u2003" * depth + v for k, v in row.names.items()}))
    return found
