"""Who calls. What is certain (one person has this very number) and what may be are told apart, always.

Only people and sites of the switchboard's own house, and of the suppliers and customers below it, are looked at.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Q

from itsm.core import now, versions
from itsm.people import phones
from itsm.people.directory import directory
from itsm.people.houses import house_of
from itsm.people.models import Organisation, Site, User

from . import numbers
from .models import Call

SECONDS = 300
MOST = 5
REMEMBERED = timedelta(days=180)
FAMILY = 4  # so many last digits vary within the numbers of one place


@dataclass(frozen=True)
class Match:
    """`certain` is somebody only when exactly one person has the number."""

    number: str = ""
    certain: User | None = None
    maybes: list[User] = field(default_factory=list)
    site: Site | None = None
    organisation: Organisation | None = None
    vip: bool = False


@dataclass(frozen=True)
class _Found:
    certain: int | None = None
    maybes: tuple[int, ...] = ()
    site: int | None = None


def find(number: str, *, organisation) -> Match:
    """Whose number this is, in whatever way it is written."""
    organisation_id = getattr(organisation, "pk", organisation)
    number = numbers.clean(number, organisation_id=organisation_id)
    if not number:
        return Match()
    found = _kept(number, organisation_id)
    people = User.objects.select_related("organisation", "site").in_bulk(
        [pk for pk in (found.certain, *found.maybes) if pk]
    )
    certain = people.get(found.certain)
    maybes = [people[pk] for pk in found.maybes if pk in people]
    site = Site.objects.select_related("organisation").filter(pk=found.site).first() if found.site else None
    site = site or (certain.site if certain else None)
    place = certain.organisation if certain else (site.organisation if site else None)
    return Match(number, certain, maybes, site, place, bool(certain and certain.vip))


def forget(number: str, organisation_id: int) -> None:
    """An operator has said who it was: the next call from there is to know."""
    try:
        cache.delete(_key(number, organisation_id))
    except Exception:  # noqa: S110 - it is forgotten in some minutes anyway
        pass


def _key(number: str, organisation_id: int) -> str:
    return f"caller:{organisation_id}:{number.encode().hex()}"


def _kept(number: str, organisation_id: int) -> _Found:
    key = _key(number, organisation_id)
    version, kept = versions.look("people", key)
    if kept and kept[0] == version:
        return kept[1]
    found = _look(number, organisation_id)
    try:
        cache.set(key, (version, found), SECONDS)
    except Exception:  # noqa: S110 - right even if it cannot be kept
        pass
    return found


def _look(number: str, organisation_id: int) -> _Found:
    places = _places(organisation_id)
    people = User.objects.filter(is_active=True, organisation_id__in=places)
    exact = list(
        people.filter(Q(phone=number) | Q(mobile=number))
        .order_by("sort_key", "pk")
        .values_list("pk", flat=True)[: MOST + 1]
    )
    sites = Site.objects.filter(is_active=True, organisation_id__in=places)
    site = next((pk for pk, phone in _phones(sites) if phone == number), None)
    if len(exact) == 1:
        return _Found(exact[0], (), site)
    maybes = dict.fromkeys([*exact, *_told_before(number, organisation_id)])
    if not maybes and not site:
        ends = phones.reached_by(number) if not number.startswith("+") else None
        near = people.filter(ends) if ends is not None else people.none()
        maybes = dict.fromkeys(near.order_by("sort_key", "pk").values_list("pk", flat=True)[: MOST + 1])
    if site is None and number.startswith("+") and not exact:
        # Nobody's own number, but of the same block as a site's: the caller sits there.
        block = number[:-FAMILY]
        around = [pk for pk, phone in _phones(sites) if phone[:-FAMILY] == block]
        site = around[0] if len(around) == 1 else None
    return _Found(None, tuple(maybes)[:MOST], site)


def _phones(sites) -> list[tuple[int, str]]:
    rows = sites.exclude(phone="").order_by("pk").values_list("pk", "phone", "country")
    return [(pk, numbers.e164(phone, country.upper() or numbers.REGION)) for pk, phone, country in rows]


def _told_before(number: str, organisation_id: int) -> list[int]:
    """Whom operators have recognised behind this number."""
    from .models import Call

    mine = Call.objects.filter(
        from_number=number, organisation=organisation_id, caller__isnull=False, caller__is_active=True, started_at__gt=now() - REMEMBERED
    )  # fmt: skip
    return list(dict.fromkeys(mine.order_by("-id").values_list("caller_id", flat=True)[:20]))[:MOST]


def _places(organisation_id: int) -> list[int]:
    """The house of the switchboard, all that lies below it, and the suppliers, who call everybody."""
    book = directory.get().organisations
    top = house_of(organisation_id) or organisation_id
    return [pk for pk, row in book.items() if top in row.lineage or row.kind == "supplier"]


def recognise(call: Call) -> None:
    """Say on the call who it is, when its number tells and nobody has said so yet."""
    if call.caller_id is not None or not call.party:
        return
    match = find(call.party, organisation=call.organisation)
    call.caller, call.caller_certain, call.vip = match.certain, match.certain is not None, match.vip
    call.site = call.site or match.site
    if match.certain and match.certain.language:
        call.language = match.certain.language


def name(call: Call, caller) -> None:
    """Somebody has said who it is."""
    call.caller, call.caller_certain = caller, caller is not None
    call.vip = bool(caller and caller.vip)
    call.site = caller.site if caller and caller.site_id else call.site
    if caller and caller.language:
        call.language = caller.language
