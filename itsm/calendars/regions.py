"""Countries and regions whose public holidays are known, with names in both languages."""

from datetime import date
from functools import cache

import holidays
from babel import Locale
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from .spec import holiday_names


@cache
def countries() -> dict[str, tuple[str, ...]]:
    """Subdivisions by country code. School zones are no public holidays."""
    return {
        code: tuple(each for each in parts if not each.startswith("Zone "))
        for code, parts in sorted(holidays.list_supported_countries(include_aliases=False).items())
        if len(code) == 2
    }


def known(country: str, subdivision: str = "") -> bool:
    """Are there holidays for this country, and this part of it?"""
    return country in countries() and (not subdivision or subdivision in countries()[country])


def country_choices() -> list[tuple[str, str]]:
    """(code, name in the reader's language), by name."""
    names = Locale.parse((get_language() or "fr")[:2]).territories
    return sorted(((code, names.get(code, code)) for code in countries()), key=lambda pair: pair[1])


def subdivision_choices(country: str) -> list[tuple[str, str]]:
    """(code, name) of the parts of a country that keep holidays of their own."""
    return sorted(
        ((code, subdivision_name(country, code)) for code in countries().get(country, ())), key=lambda p: p[1]
    )


def subdivision_name(country: str, code: str) -> str:
    """In the reader's language for France; elsewhere as the country itself writes it."""
    if country == "FR":
        named = _french_regions().get(code)
        if named:
            return named
    return _own_names(country).get(code, code)


@cache
def _own_names(country: str) -> dict[str, str]:
    aliases = getattr(holidays.country_holidays(country), "subdivisions_aliases", {})
    found: dict[str, str] = {}
    for name, code in aliases.items():
        if len(name) > len(found.get(code, "")):
            found[code] = name
    return found


def _french_regions() -> dict[str, str]:
    return {
        "6AE": _("Alsace (local law)"), "57": _("Moselle (local law)"), "971": _("Guadeloupe"), "972": _("Martinique"),
        "973": _("French Guiana"), "974": _("Réunion"), "976": _("Mayotte"), "BL": _("Saint Barthélemy"), "MF": _("Saint Martin"),
        "NC": _("New Caledonia"), "PF": _("French Polynesia"), "PM": _("Saint Pierre and Miquelon"), "WF": _("Wallis and Futuna"),
        "TF": _("French Southern Territories"),
    }  # fmt: skip


def dates(country: str, subdivision: str, years: range) -> list[tuple[date, str]]:
    """The public holidays of some years with their names in the reader's language."""
    if not known(country, subdivision):
        return []
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    names = holiday_names(country, subdivision, (get_language() or "fr")[:2])
    return [(day, names.get(day, "")) for day in sorted(found) if day.year in years]
