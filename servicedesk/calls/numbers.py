"""Telephone numbers: one spelling (E.164) for what people, exchanges and forms write in many; masked for who need not know them."""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from itsm.core.reference import cached
from itsm.people.directory import directory
from itsm.people.models import Site

REGION = "FR"
LONGEST = 40
SHOWN = 4
WITHHELD = frozenset({"anonymous", "anonyme", "unknown", "private", "restricted", "unavailable", "withheld", "null", "none", "asterisk"})  # fmt: skip
SIP = re.compile(r"^(?:sips?|tel):", re.IGNORECASE)
PLAUSIBLE = re.compile(r"^\+?[0-9][0-9 .\-/()\u00a0\u2009\u202f\u2010\u2011\u2013]*$")


@cached("people")
def _regions() -> dict[int, str]:
    """The country of each organisation that has sites: that of most of them."""
    counts: dict[int, dict[str, int]] = {}
    for organisation_id, country in Site.objects.filter(is_active=True).values_list("organisation_id", "country"):
        mine = counts.setdefault(organisation_id, {})
        mine[country.upper()] = mine.get(country.upper(), 0) + 1
    return {pk: max(sorted(mine), key=mine.__getitem__) for pk, mine in counts.items()}


def region_of(organisation_id: int | None) -> str:
    """Where a number without a country is dialled: the organisation's country, or that of those above it."""
    row = directory.get().organisations.get(organisation_id) if organisation_id else None
    known = _regions.get()
    return next((known[pk] for pk in (row.lineage if row else ()) if pk in known), REGION)


def repaired(text: str | None) -> str:
    """As it was meant: a plus that a form has turned into a blank, a SIP address, control characters."""
    text = (text or "").replace("\x00", "")
    plus = text[:1] == " " and "0" <= text[1:2] <= "9"
    text = SIP.sub("", text.strip()).partition("@")[0].partition(";")[0].strip()
    return f"+{text}" if plus else text


def is_withheld(text: str) -> bool:
    """Does the caller hide the number?"""
    return not text or text.casefold() in WITHHELD


def clean(text: str | None, *, organisation_id: int | None = None) -> str:
    """The number in E.164 where it is one; a short one, a name or what cannot be dialled as it is; nothing when withheld."""
    text = repaired(text)[:LONGEST]
    if is_withheld(text):
        return ""
    return e164(text, region_of(organisation_id)) or text


@lru_cache(maxsize=4096)
def e164(text: str, region: str) -> str:
    """The number in E.164; empty when it is none that a public network knows."""
    if not PLAUSIBLE.match(text):
        return ""
    digits = re.sub(r"\D", "", text)
    if len(digits) < 7:
        return ""
    # "+33 (0)1 55": the zero between brackets is dialled at home only.
    text = text.replace("(0)", "") if text.startswith("+") else text
    for spelling in (text, "+" + digits):  # some exchanges send E.164 without its plus
        try:
            number = phonenumbers.parse(spelling, region)
        except NumberParseException:
            continue
        if phonenumbers.is_possible_number(number) and (spelling[0] == "+" or phonenumbers.is_valid_number(number)):
            found = phonenumbers.format_number(number, PhoneNumberFormat.E164)
            return found if len(found) <= 16 else ""
    return ""


@lru_cache(maxsize=4096)
def spoken(number: str) -> str:
    """Grouped for reading: +33 1 55 00 42 08."""
    if not number.startswith("+"):
        return number
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return number


def masked(number: str, shown: int = SHOWN) -> str:
    """Only the last digits: enough to tell two callers apart, not enough to call. A short internal one stays."""
    if len(number) <= shown + 2:
        return number
    return f"••• {number[-shown:]}" if shown else "•••"
