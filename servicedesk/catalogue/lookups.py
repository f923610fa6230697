"""People, sites, equipment, services and applications in the answers of a form: who may be named, and by which lasting name."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from itsm.cmdb.models import ConfigurationItem, Service
from itsm.cmdb.specs import classes
from itsm.people.directory import directory
from itsm.people.models import User

from ..desk.fields import PersonField, search_people
from .audience import group_of, people_near
from .form.settling import Wrong
from .form.shape import Field

SHOWN = 80  # a longer list is searched rather than shown
OFFERED = 10
LISTED = ("site", "item", "service", "application")


@dataclass(frozen=True)
class Option:
    """One line of a list or a picker."""

    value: str
    text: str
    note: str = ""


class Lookups:
    """What one person may name in an order for another: the form engine asks it about each answer."""

    def __init__(self, orderer, requester):
        self.orderer, self.requester = orderer, requester
        self._options: dict[str, list[Option] | None] = {}

    def find(self, asked: Field, text: str) -> str:
        """The lasting name of what was written; Wrong says what to write instead."""
        return {"person": self._person, "site": self._site}.get(asked.type, self._thing)(asked, text)

    def options(self, asked: Field) -> list[Option] | None:
        """All that may be chosen, by name; None when it is too much for a list, which is then searched."""
        if asked.type == "site":
            return self._sites()
        if asked.key not in self._options:
            found = self._rows(asked)[: SHOWN + 1]
            listed = [_option(row) for row in found]
            self._options[asked.key] = None if len(listed) > SHOWN else listed
        return self._options[asked.key]

    def search(self, asked: Field, words: str) -> list[Option]:
        """What a picker offers for the words typed so far."""
        if len(words) < 2 or "\0" in words:
            return []
        if asked.type == "person":
            people = search_people(people_near(self.orderer), words)[:OFFERED]
            return [Option(each.username, each.display_name, each.department or each.username) for each in people]
        if asked.type in ("item", "application"):
            return [_option(row) for row in self._items(asked).called(words).order_by("sort_key", "pk")[:OFFERED]]
        return []

    def text(self, asked: Field, value: str) -> str:
        """What a field for typing holds for a value that is kept."""
        return value

    def _person(self, asked: Field, text: str) -> str:
        field = PersonField()
        field.people = people_near(self.orderer)
        try:
            return field.clean(text).username
        except ValidationError as error:
            raise Wrong(" ".join(error.messages)) from error

    def _sites(self) -> list[Option]:
        house = set(group_of(self.requester))
        return [Option(s.code, s.name) for s in directory.get().sites.values() if s.organisation_id in house]

    def _site(self, asked: Field, text: str) -> str:
        wanted = text.casefold()
        for each in self._sites():
            if wanted in (each.value.casefold(), each.text.casefold()):
                return each.value
        raise Wrong(_("Choose one of the sites."))

    def _thing(self, asked: Field, text: str) -> str:
        rows = self._services() if asked.type == "service" else self._items(asked)
        prefix = "item__" if asked.type == "service" else ""
        key = rows.filter(**{f"{prefix}key": text}).values_list(f"{prefix}key", flat=True).first()
        if key is None:
            keys = list(rows.filter(**{f"{prefix}name__iexact": text}).values_list(f"{prefix}key", flat=True)[:2])
            if len(keys) != 1:
                raise Wrong(_("Choose one of the list."))
            key = keys[0]
        return key

    def _rows(self, asked: Field):
        if asked.type == "service":
            found = self._services().order_by("item__sort_key", "pk").values_list("item__key", "item__name")
        else:
            found = self._items(asked).order_by("sort_key", "pk").values_list("key", "name")
        return found

    def _services(self):
        return Service.objects.for_portal(self.requester)

    def _items(self, asked: Field):
        family = family_of("application" if asked.type == "application" else asked.ci_class)
        rows = ConfigurationItem.objects.filter(ci_class__in=family).exclude(status="retired")
        if asked.type == "item" and asked.whose == "mine":
            return rows.filter(Q(user=self.requester) | Q(owner=self.requester))
        return rows.filter(organisation_id__in=group_of(self.requester), status="live")


def family_of(code: str) -> list[str]:
    """A class with those below it."""
    return [spec.code for spec in classes.get().values() if code in spec.lineage]


def names(wanted: list[tuple[Field, str]]) -> dict[tuple[str, str], str]:
    """What the lasting names in answers stand for, by (type, name), in two queries at most."""
    logins = {value for asked, value in wanted if asked.type == "person"}
    keys = {value for asked, value in wanted if asked.type in ("item", "service", "application")}
    found: dict[tuple[str, str], str] = {}
    if logins:
        people = User.objects.filter(username__in=logins).values_list("username", "first_name", "last_name")
        found |= {("person", login): f"{f'{first} {last}'.strip() or login} ({login})" for login, first, last in people}
    if keys:
        rows = dict(ConfigurationItem.objects.filter(key__in=keys).values_list("key", "name"))
        found |= {(kind, key): name for kind in ("item", "service", "application") for key, name in rows.items()}
    sites = directory.get().sites_by_code
    found |= {("site", value): sites[value].name for asked, value in wanted if asked.type == "site" and value in sites}
    return found


def _option(row: tuple[str, str]) -> Option:
    return Option(row[0], row[1])
