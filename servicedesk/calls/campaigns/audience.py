"""Whom a campaign is for: people from the CMDB and the directory, a pasted list, those attached to an incident; and who falls out, why."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from itsm.cmdb import impact
from itsm.cmdb.models import ConfigurationItem, Service
from itsm.core.errors import DomainError
from itsm.people.directory import directory
from itsm.people.models import Membership, Site, User
from itsm.people.naming import people_visible_to
from itsm.records.models import Record

from ...majors.models import MajorCaller, MajorIncident
from .. import numbers
from . import wording
from .models import Channel, DoNotCall

MOST, MOST_LINES = 20_000, 2_000
COLUMNS = ("pk", "first_name", "last_name", "username", "email", "phone", "mobile", "language", "time_zone", "site_id", "organisation_id", "is_active")  # fmt: skip

KINDS: dict[str, Any] = {
    "service": gettext_lazy("The users of services"),
    "item": gettext_lazy("The users of what an item’s failure hurts"),
    "site": gettext_lazy("A site, and those below it"),
    "team": gettext_lazy("A team"),
    "organisation": gettext_lazy("An organisation, and those below it"),
    "record": gettext_lazy("Those attached to an incident"),
    "list": gettext_lazy("A pasted list"),
}
WHYS: dict[str, Any] = {
    "do_not_call": gettext_lazy("is not to be contacted"),
    "no_address": gettext_lazy("no number or address for these channels"),
    "duplicate": gettext_lazy("is on the list already"),
    "inactive": gettext_lazy("the account is closed"),
    "unreadable": gettext_lazy("neither a person, nor a number, nor an address"),
    "no_channel": gettext_lazy("no channel is left that could be used"),
    "stopped": gettext_lazy("the campaign was stopped"),
    "died": gettext_lazy("the sender stopped in the middle; another try could be a second contact"),
    "no_answer": gettext_lazy("nobody answered"),
    "refused": gettext_lazy("was refused"),
}


@dataclass
class Entry:
    """Somebody, with every way to reach them. `why`: the reason to leave them out; empty for those who are contacted."""

    name: str = ""
    person_id: int | None = None
    caller_id: int | None = None
    number: str = ""
    mobile: str = ""
    email: str = ""
    language: str = "fr"
    time_zone: str = ""
    active: bool = True
    readable: bool = True
    why: str = ""

    def reached_by(self, channel: str) -> str:
        """Where a channel finds them; empty when it does not."""
        return {"call": self.number or self.mobile, "sms": self.mobile, "email": self.email}[channel]


@dataclass
class Preview:
    """How many, by which channel first, in which language, and who falls out."""

    entries: list[Entry]
    counted: Counter = field(default_factory=Counter)
    channels: Counter = field(default_factory=Counter)
    languages: Counter = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Who is contacted."""
        return self.counted[""]

    @property
    def first_ways(self) -> list[tuple[str, int]]:
        """The channels in words that are tried first, and for how many."""
        return [(str(Channel(channel).label), n) for channel, n in self.channels.most_common()]

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Reasons in words, the most frequent first."""
        return [(str(WHYS[why]), n) for why, n in self.counted.most_common() if why]


def preview(audience: dict, channels: list[str], *, organisation, user) -> Preview:
    """The whole audience as it is now, sorted out. Whom the user may not see is not in it."""
    entries = sorted_out(list(read(audience, organisation=organisation, user=user)), channels, organisation)
    found = Preview(entries, Counter(each.why for each in entries))
    for each in entries:
        if not each.why:
            found.channels[next(channel for channel in channels if each.reached_by(channel))] += 1
            found.languages[wording.language_of(each.language)] += 1
    return found


def sorted_out(entries: list[Entry], channels: list[str], organisation) -> list[Entry]:
    """Each entry with the reason why it falls out, if it does."""
    people, addresses, theirs = _not_to_be_contacted(organisation)
    seen: set[int] = set()
    used: dict[str, set[str]] = {channel: set() for channel in channels}
    for each in entries:
        ways = {channel: each.reached_by(channel) for channel in channels if each.reached_by(channel)}
        closed = addresses if each.person_id else addresses | theirs
        open_ways = {channel: to for channel, to in ways.items() if to.lower() not in closed}
        if not each.readable:
            each.why = "unreadable"
        elif not each.active:
            each.why = "inactive"
        elif each.person_id in people or (ways and not open_ways):
            each.why = "do_not_call"
        elif not channels:
            each.why = "no_channel"
        elif not ways:
            each.why = "no_address"
        elif (each.person_id in seen if each.person_id else False) or all(
            to.lower() in used[channel] for channel, to in ways.items()
        ):
            each.why = "duplicate"
        if each.why:
            continue
        if len(open_ways) < len(ways):  # only some of their addresses may be used
            each.number, each.mobile, each.email = (
                "" if to.lower() in closed else to for to in (each.number, each.mobile, each.email)
            )
        if each.person_id:
            seen.add(each.person_id)
        for channel, to in ways.items():
            used[channel].add(to.lower())
    return entries


def _not_to_be_contacted(organisation) -> tuple[set[int], set[str], set[str]]:
    """People and addresses, as the organisation and those above it have it; and by what these people are reached."""
    found = list(_kept_list(organisation.pk).values_list("person_id", "address"))
    people = {person for person, _address in found if person}
    ways = User.objects.filter(pk__in=people).values_list("phone", "mobile", "email")
    theirs = {to.lower() for row in ways for to in row if to}
    return people, {address.lower() for _person, address in found if address}, theirs


def in_peace(organisation_id: int, person_id: int | None, to: str) -> bool:
    """Is this person, or this number or address, not to be contacted (any more)?"""
    found = Q(address=to.lower()) if to else Q(pk=None)
    if person_id:
        found |= Q(person=person_id)
    elif to:
        found |= Q(person__phone=to) | Q(person__mobile=to) | Q(person__email__iexact=to)
    return _kept_list(organisation_id).filter(found).exists()


def _kept_list(organisation_id: int):
    row = directory.get().organisations.get(organisation_id)
    return DoNotCall.objects.filter(organisation_id__in=row.lineage if row else (organisation_id,))


def read(audience: dict, *, organisation, user) -> Iterator[Entry]:
    """The entries of an audience, of those whom the user may see. DomainError for one that names nothing."""
    kind, ids = audience.get("kind", ""), audience.get("ids") or []
    if kind == "list":
        yield from _pasted(audience.get("text", ""), organisation, user)
    elif kind == "record":
        yield from of_record(_record(audience.get("number", ""), user), user)
    elif kind in KINDS:
        if not ids:
            raise DomainError(_("Choose whom the campaign is for."), field="audience")
        yield from _people(people_visible_to(user).filter(_named(kind, ids, user)).order_by("sort_key", "pk"))
    else:
        raise DomainError(_("Choose whom the campaign is for."), field="audience")


def _named(kind: str, ids: list[int], user) -> Q:
    book = directory.get()
    if kind == "team":
        return Q(pk__in=Membership.objects.filter(team_id__in=ids).values("user_id"))
    if kind == "site":
        paths = list(Site.objects.filter(pk__in=ids).values_list("path", flat=True))
        below = [pk for pk, path in Site.objects.values_list("pk", "path") if any(path.startswith(p) for p in paths)]
        return Q(site_id__in=below)
    if kind == "organisation":
        return _of_organisations(set(ids), book)
    items = ConfigurationItem.objects.visible_to(user).filter(pk__in=ids)
    services = [row["pk"] for row in impact.services_hurt(list(items.values_list("pk", flat=True)), user=user)]
    if kind == "service":
        services = list(Service.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    users = Service.objects.filter(pk__in=services).values_list("customer_id", "item__organisation_id")
    return _of_organisations({customer or owner for customer, owner in users if customer or owner}, book)


def _of_organisations(roots: set[int], book) -> Q:
    """Who uses a service: the people of its customer, else of its organisation, and all below (as the impact counts them)."""
    return Q(organisation_id__in=[row.pk for row in book.organisations.values() if roots & set(row.lineage)])


def _record(number: str, user) -> Record:
    found = Record.objects.in_desk_of(user).filter(number=str(number).strip().upper()).first()
    if found is None:
        raise DomainError(_("There is no such ticket here."), field="number")
    return found


def of_record(record: Record, user=None) -> Iterator[Entry]:
    """The requester, those of the tickets under it, and the list of the major incident."""
    major = MajorIncident.objects.filter(record=record).first()
    if major is not None:
        yield from of_major(major)
    known = set(MajorCaller.objects.filter(major=major).values_list("person_id", flat=True)) if major else set()
    asked = Record.objects.filter(Q(pk=record.pk) | Q(parent_id=record.pk), requester__isnull=False)
    people = User.objects.filter(pk__in=asked.values("requester_id")).exclude(pk__in=known - {None})
    if user is not None:
        people = people.filter(pk__in=people_visible_to(user).values("pk"))
    yield from _people(people.order_by("sort_key", "pk"))


def to_be_told(major: MajorIncident) -> Iterator[Entry]:
    """Whom the all-clear tells if it is given now: the list, with whoever has a ticket under it and comes to it by then."""
    yield from of_major(major)
    known = MajorCaller.objects.filter(major=major, person__isnull=False).values("person_id")
    asked = Record.objects.filter(parent_id=major.record_id, requester__isnull=False).values("requester_id")
    yield from _people(User.objects.filter(pk__in=asked).exclude(pk__in=known).order_by("sort_key", "pk"))


def of_major(major: MajorIncident, *, again: bool = False) -> Iterator[Entry]:
    """The list of those who are to be told when it is over. The number from which somebody called comes first."""
    rows = MajorCaller.objects.filter(major=major)
    if not again:
        rows = rows.filter(told_at=None)
    callers = list(rows.order_by("pk").values("pk", "person_id", "number", "language"))
    people = {
        row["pk"]: row for row in User.objects.filter(pk__in={c["person_id"] for c in callers if c["person_id"]}).values(*COLUMNS)
    }  # fmt: skip
    for caller in callers:
        person = people.get(caller["person_id"])
        entry = _entry(person) if person else Entry(name="", language=caller["language"] or "fr")
        entry.caller_id = caller["pk"]
        if caller["number"].startswith("+"):
            entry.number = caller["number"]
            entry.mobile = entry.mobile or (caller["number"] if is_mobile(caller["number"]) else "")
        yield entry


def _people(rows) -> Iterator[Entry]:
    for row in rows.values(*COLUMNS)[:MOST]:
        yield _entry(row)


def _entry(row: dict) -> Entry:
    book = directory.get()
    site, organisation = book.sites.get(row["site_id"]), book.organisations.get(row["organisation_id"])
    name = f"{row['first_name']} {row['last_name']}".strip() or row["username"]
    zone = row["time_zone"] or (site.time_zone if site else "") or (organisation.time_zone if organisation else "")
    language = row["language"] or (organisation.language if organisation else "") or "fr"
    mobile = row["mobile"] or (row["phone"] if is_mobile(row["phone"]) else "")
    return Entry(
        name=name, person_id=row["pk"], number=row["phone"] or row["mobile"], mobile=mobile, email=row["email"],
        language=language, time_zone=zone, active=row["is_active"],
    )  # fmt: skip


def is_mobile(number: str) -> bool:
    """Can a text be sent there? Where fixed and mobile numbers look alike, it may."""
    if not number.startswith("+"):
        return False
    try:
        kind = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False
    return kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _pasted(text: str, organisation, user) -> Iterator[Entry]:
    """One a line: a login, an address or a number; after a comma or a semicolon a name."""
    lines = [line.strip() for line in text.replace("\x00", "").splitlines() if line.strip()]
    if not lines:
        raise DomainError(_("Paste at least one line."), field="text")
    if len(lines) > MOST_LINES:
        raise DomainError(_("At most %(n)s lines.") % {"n": MOST_LINES}, field="text")
    known = _known(lines, user)
    row = directory.get().organisations.get(organisation.pk)
    for line in lines:
        what, _comma, name = line.replace(";", ",").partition(",")
        what = what.strip()
        if what.lower() in known:
            yield _entry(known[what.lower()])
            continue
        number = numbers.clean(what, organisation_id=organisation.pk)
        entry = Entry(
            name=name.strip()[:200] or what[:200],
            language=row.language if row else "fr",
            time_zone=row.time_zone if row else "",
        )
        if "@" in what:
            entry.email, entry.readable = what[:254], _is_address(what)
        elif number.startswith("+"):
            entry.number, entry.mobile = number, number if is_mobile(number) else ""
        else:
            entry.readable = False
        yield entry


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _known(lines: list[str], user) -> dict[str, dict]:
    words = {line.replace(";", ",").partition(",")[0].strip().lower() for line in lines}
    rows = people_visible_to(user)
    found: dict[str, dict] = {}
    called = Q(_login__in=words) | Q(_mail__in=words)
    for each in rows.alias(_login=Lower("username"), _mail=Lower("email")).filter(called).values(*COLUMNS):
        found.setdefault(each["username"].lower(), each)
        if each["email"]:
            found.setdefault(each["email"].lower(), each)
    return found


def made(kind: str, rows: Iterable[Any] = (), *, number: str = "", text: str = "") -> dict:
    """An audience as it is kept, from what was chosen (services, an item, sites, teams, organisations)."""
    if kind == "record":
        return {"kind": kind, "number": number.strip().upper()}
    if kind == "list":
        return {"kind": kind, "text": text.replace("\x00", "").strip()}
    found = list(rows)
    names = [str(getattr(each, "name", "") or each) for each in found]
    return {"kind": kind, "ids": [each.pk for each in found], "names": names}


def why_empty(audience: dict) -> str:
    """Why nobody is in an audience, and what can be done: in one line, in the reader's language."""
    return {
        "record": _("Nobody has asked for this ticket, or for one under it, and no caller is attached to it yet."),
        "team": _("The team has no member. Add members to it, or choose another audience."),
        "site": _("Nobody has this site as their place. Set it on the people, or choose another audience."),
        "organisation": _("Nobody is in this organisation. Choose another audience."),
        "service": _(
            "Nobody is in the organisation that uses this service. Set its customer, or choose another audience."
        ),
        "item": _("No service that people use depends on this item. Set its relations, or choose another audience."),
        "list": _("None of the lines names somebody. Paste other lines."),
    }.get(audience.get("kind", ""), _("Choose whom the campaign is for."))


def words(audience: dict) -> str:
    """The audience in one line, in the reader's language."""
    kind = audience.get("kind", "")
    if kind == "record":
        return _("Those attached to %(number)s") % {"number": audience.get("number", "")}
    if kind == "list":
        n = len([line for line in audience.get("text", "").splitlines() if line.strip()])
        return ngettext("A pasted list of %(n)s line", "A pasted list of %(n)s lines", n) % {"n": n}
    label = str(KINDS.get(kind, ""))
    names = ", ".join(audience.get("names", []))
    return _("%(what)s: %(names)s") % {"what": label, "names": names} if names else label
