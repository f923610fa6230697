"""Whom and what a row names: organisations, sites and teams by code or name, people by login or name, items by key.

A name counts only where one thing bears it: who is not clear is never guessed.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Value
from django.db.models.functions import Concat, Lower, Trim

from itsm.people.directory import directory
from itsm.people.models import User
from itsm.people.naming import people_visible_to

from ..classes import classes
from ..models import DataSource
from ..references import reach
from .candidates import ATTRIBUTE, Candidate
from .precedence import EMPTY
from .reasons import Refused

PEOPLE = ("owner", "user")


class Naming:
    """Looked up once for a batch: three queries at most."""

    def __init__(
        self, candidates: Sequence[Candidate], source: DataSource, within: frozenset[int] | None, actor: User | None
    ):
        self.within = within
        wanted = {text(c.values.get(n)).lower() for c in candidates for n in PEOPLE} - {""}
        self.people = _people(wanted, _people_known(source, actor)) if wanted else {}
        self.items = _items(candidates, reach(actor, within))
        self.named: dict[str, dict[str, list]] = {}

    def find(self, name: str, value) -> int | None:
        """The id of what a field names; None for nothing. Refused names what there is not, or several times."""
        if value in EMPTY:
            return None
        wanted = text(value)
        if name in PEOPLE:
            name, found = "person", self.people.get(wanted.lower(), [])
        else:
            row = known_by_code(name, wanted)
            found = [row.pk] if row and self._reached(name, row) else [] if row else self._by_name(name, wanted)
        if len(found) > 1:
            raise Refused(f"several_{name}", text=wanted[:80])
        if not found:
            raise Refused(f"no_{name}", text=wanted[:80])
        return found[0]

    def reference(self, spec, attribute: str, value):
        """The id of the item that an attribute names by its key; an id as it is."""
        wanted = text(value)
        if wanted in self.items or not isinstance(value, str):
            return self.items.get(wanted, value)
        raise Refused("no_reference", ci_class=spec.code, attribute=attribute, text=wanted[:80])

    def _by_name(self, name: str, wanted: str) -> list[int]:
        if name not in self.named:
            self.named[name] = defaultdict(list)
            for row in _rows(name):
                if self._reached(name, row):
                    self.named[name][" ".join(row.name.split()).casefold()].append(row.pk)
        return self.named[name].get(wanted.casefold(), [])

    def _reached(self, name: str, row) -> bool:
        return name != "site" or self.within is None or row.organisation_id in self.within


def text(value) -> str:
    """A cell as a name is compared: without spaces around and doubled."""
    return "" if value in EMPTY else " ".join(str(value).split())


def known_by_code(name: str, code: str):
    """The organisation, site or team with this code, or None."""
    known = directory.get()
    tables = {
        "organisation": known.organisations_by_code, "site": known.sites_by_code, "support_team": known.teams_by_code,
    }  # fmt: skip
    return tables[name].get(code)


def _rows(name: str):
    known = directory.get()
    return {"organisation": known.organisations, "site": known.sites, "support_team": known.teams}[name].values()


def _people_known(source: DataSource, actor: User | None):
    """Those whom the person may look up, else those of the source's organisations: others are as unknown as who does not exist."""
    if actor is not None:
        return people_visible_to(actor)
    if not source.organisation_id:
        return User.objects.all()
    places = directory.get().organisations
    own = places[source.organisation_id].lineage if source.organisation_id in places else ()
    around = {pk for pk, row in places.items() if source.organisation_id in row.lineage or pk in own}
    return User.objects.filter(organisation_id__in=around)


def _people(wanted: set[str], known) -> dict[str, list[int]]:
    """Ids by login, else by the name that people bear, in small letters."""
    active = known.filter(is_active=True)
    logins = active.alias(_login=Lower("username")).filter(_login__in=wanted).values_list("username", "pk")
    found: dict[str, list[int]] = {login.lower(): [pk] for login, pk in logins}
    if left := wanted - set(found):
        for name, pk in people_by_name(active).filter(_name__in=left).order_by("pk").values_list("_name", "pk"):
            found.setdefault(name, []).append(pk)
    return found


def people_by_name(known=None):
    """People (of those known) with `_name`: first and last name in small letters, as lists and files show them."""
    known = User.objects.all() if known is None else known
    return known.annotate(_name=Lower(Trim(Concat("first_name", Value(" "), "last_name"))))


def _items(candidates: Sequence[Candidate], among) -> dict[str, int]:
    known, keys = classes.get(), set()
    for each in candidates:
        spec = known.get(each.ci_class)
        for name in spec.references if spec else ():
            value = each.values.get(ATTRIBUTE + name)
            keys |= {text(value)} if isinstance(value, str) else set()
    keys -= {""}
    return dict(among.filter(key__in=keys).values_list("key", "pk")) if keys else {}
