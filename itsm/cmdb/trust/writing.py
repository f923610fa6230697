"""One field of an item, by name: what it may be, what a person's words for it mean, and how it is written."""

from typing import Any

from django.utils.translation import gettext as _

from itsm.core import now, versions
from itsm.core.errors import DomainError
from itsm.core.folding import fold
from itsm.people.directory import directory
from itsm.people.models import Organisation, Site, Team, User
from itsm.people.naming import people_visible_to
from itsm.people.scope import scope_of

from .. import changing, itempage
from ..forms import ENVIRONMENTS
from ..intake import differences, rowwords, sources
from ..intake.candidates import ATTRIBUTE, COLUMNS
from ..intake.deciding import Refused, attributes_after, cast, day_of
from ..intake.differences import FOREIGN, flat
from ..intake.precedence import EMPTY, VERSION, ranks
from ..models import Claim, ConfigurationItem

MODELS = {"organisation": Organisation, "site": Site, "support_team": Team, "owner": User, "user": User}


def fields_of(item: ConfigurationItem) -> list[tuple[str, str]]:
    """(name, label) of what can be wrong of it: columns, then the attributes of its class."""
    spec = itempage.spec_of(item.ci_class)
    names = [*COLUMNS, *(ATTRIBUTE + name for name in spec.properties)]
    return [(name, str(rowwords.label(name, spec))) for name in names]


def shown(item: ConfigurationItem, field: str, value: Any = ..., people: dict[int, str] | None = None) -> str:
    """A value of a field, what stands by default, in the reader's words."""
    value = flat(item).get(field) if value is ... else value
    if field.startswith(ATTRIBUTE) and isinstance(value, str) and value:
        return itempage.spec_of(item.ci_class).word(field.removeprefix(ATTRIBUTE), value)
    if people is None and field in ("owner", "user") and value:
        people = itempage.names_of([value])
    return (
        dict(ENVIRONMENTS).get(value, value)
        if field == "environment" and value
        else rowwords.word(field, value, people or {})
    )


def typed(item: ConfigurationItem, field: str) -> str:
    """What stands, as a person would type it."""
    value = flat(item).get(field)
    if value in EMPTY:
        return ""
    if field in ("owner", "user"):
        return User.objects.filter(pk=value).values_list("username", flat=True).first() or ""
    return shown(item, field) if field in FOREIGN else str(value)


def parse(item: ConfigurationItem, field: str, text: str, *, actor) -> Any:
    """What the words mean, as the item holds it. DomainError says what does not fit."""
    text = " ".join(text.split())
    if field.startswith(ATTRIBUTE):
        spec, bare = itempage.spec_of(item.ci_class), field.removeprefix(ATTRIBUTE)
        if bare not in spec.properties:
            raise DomainError(_("This class has no attribute “%(name)s”.") % {"name": bare}, field="value")
        try:
            return cast(spec, bare, text)
        except Refused as why:
            raise DomainError(str(why), field="value") from why
    if field in ("owner", "user"):
        return _person(text, actor)
    if field in FOREIGN:
        return _place(field, text, actor)
    if field == "status" and fold(text) in ("retired", fold(str(ConfigurationItem.Status.RETIRED.label))):
        raise DomainError(_("Retire it on its own page, with the reason."), field="value")
    return _column(field, text)


def _column(field: str, text: str) -> Any:
    choices = {"status": ConfigurationItem.Status.choices, "environment": ENVIRONMENTS[1:]}.get(field)
    if choices and text:
        found = [value for value, label in choices if fold(text) in (fold(value), fold(str(label)))]
        if not found:
            words = ", ".join(str(label) for _value, label in choices)
            raise DomainError(_("Write one of: %(words)s.") % {"words": words}, field="value")
        return found[0]
    if field == "criticality":
        if text not in ("1", "2", "3", "4"):
            raise DomainError(_("Criticality goes from 1 to 4."), field="value")
        return int(text)
    if field == "end_of_support_on":
        return _day(text)
    limit = ConfigurationItem._meta.get_field(field).max_length
    if len(text) > limit:
        raise DomainError(_("It is too long: at most %(limit)s characters.") % {"limit": limit}, field="value")
    return text


def _day(text: str) -> str | None:
    try:
        return day_of(text)
    except Refused as why:
        raise DomainError(str(why), field="value") from why


def _person(text: str, actor) -> int | None:
    """By login or mail address, else by the whole name where only one has it."""
    if not text:
        return None
    active = people_visible_to(actor).filter(is_active=True)
    found = list(active.filter(username__iexact=text)[:1]) or list(active.filter(email__iexact=text)[:2])
    if not found and " " in text:
        first, last = text.split(" ", 1)
        found = list(active.filter(first_name__iexact=first, last_name__iexact=last)[:2])
    if len(found) != 1:
        raise DomainError(_("Write the login of one person: “%(text)s” is none.") % {"text": text[:60]}, field="value")
    return found[0].pk


def _place(field: str, text: str, actor) -> int | None:
    if not text:
        return None
    known, scope = directory.get(), scope_of(actor)
    rows = {"organisation": known.organisations, "site": known.sites, "support_team": known.teams}[field].values()
    reached = [r for r in rows if scope.everything or getattr(r, "organisation_id", r.pk) in scope.organisations]
    found = [r.pk for r in reached if fold(text) in (fold(r.code), fold(r.name))]
    if len(found) != 1:
        raise DomainError(_("“%(text)s” is neither a code nor a name known here.") % {"text": text[:60]}, field="value")
    return found[0]


def write(item: ConfigurationItem, field: str, value: Any, *, actor, reason: str, version: int | None = None):
    """Write one field by hand, and keep that a person decided it (`decide`)."""
    fields: dict[str, Any]
    if field.startswith(ATTRIBUTE):
        fields = {"attributes": attributes_after(item, {field: [None, value]})}
    elif field in MODELS:
        fields = {field: MODELS[field].objects.get(pk=value) if value else None}
    else:
        column = ConfigurationItem._meta.get_field(field)
        fields = {field: ("" if value is None and not column.null else value)}
    written = changing.update_ci(item.pk, actor=actor, reason=reason, version=version, **fields)
    decide(written, field)
    return written


def decide(item: ConfigurationItem, field: str) -> None:
    """What stands is what a person wants: sources of a lower rank do not turn it back, and what they say now is settled."""
    value, hand = flat(item).get(field), sources.hand()
    if ranks.get().hand is None:
        versions.bump(VERSION)
        ranks.forget()
    claim, _made = Claim.objects.get_or_create(source=hand, item=item)
    claim.values, claim.last_seen_at = claim.values | {field: value}, now()
    claim.save(update_fields=["values", "last_seen_at"])
    others = [
        c for c in Claim.objects.filter(item=item).exclude(source=hand) if c.values.get(field) not in (*EMPTY, value)
    ]
    for other in others:
        other.settled = other.settled | {field: other.values[field]}
    Claim.objects.bulk_update(others, ["settled"])
    differences.follow(item)
