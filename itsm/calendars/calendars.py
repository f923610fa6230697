"""Which calendar applies: the nearest organisation up the tree that names one, else OFFICE."""

from django.apps import apps
from django.utils.translation import get_language

from itsm.core.reference import cached

from .models import Calendar

DEFAULT = "OFFICE"


@cached("calendars")
def _by_code() -> dict[str, int]:
    return dict(Calendar.objects.values_list("code", "pk"))


@cached("calendars")
def _names() -> dict[int, dict[str, str]]:
    rows = Calendar.objects.values_list("pk", "code", "name_fr", "name_en")
    return {pk: {"fr": fr or en or code, "en": en or fr or code} for pk, code, fr, en in rows}


def calendar_name(pk: int | None) -> str:
    """What a calendar is called, in the reader's language; empty without one."""
    names = _names.get().get(pk or 0, {})
    return names.get((get_language() or "fr")[:2]) or names.get("fr", "")


@cached("people")
def _of_organisations() -> dict[int, tuple[tuple[int, ...], int | None]]:
    rows = apps.get_model("people", "Organisation").objects.values_list("pk", "path", "calendar_id")
    return {pk: (tuple(int(p) for p in reversed(path.split("/")) if p), calendar) for pk, path, calendar in rows}


def calendar_id_for(organisation_id: int | None, code: str | None = None) -> int:
    """The primary key of the calendar that counts for an organisation. LookupError when there is none at all."""
    if code is None and organisation_id is not None:
        known = _of_organisations.get()
        if organisation_id not in known:
            _of_organisations.forget()
            known = _of_organisations.get()
        lineage, _own = known.get(organisation_id, ((), None))
        for pk in lineage:
            if pk in known and known[pk][1]:
                return known[pk][1]
    wanted = code or DEFAULT
    found = _by_code.get().get(wanted)
    if found is None:
        _by_code.forget()
        found = _by_code.get().get(wanted)
    if found is None:
        raise LookupError(f"There is no calendar {wanted!r}: run the set-up first.")
    return found


def calendar_for(organisation, code: str | None = None) -> Calendar:
    """The calendar itself; see `calendar_id_for`."""
    return Calendar.objects.get(pk=calendar_id_for(getattr(organisation, "pk", organisation), code))
