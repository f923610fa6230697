"""Open major incidents as a menu announces them: what the room of major incidents keeps, one read of the cache."""

from itsm.people.models import Organisation

from ..calls.switchboard.surroundings import OpenMajor, majors_from
from . import opened


def majors(organisation_id: int) -> list[OpenMajor]:
    """Those that concern the callers of an organisation, the newest first: the public text, else what operators read aloud."""
    return [
        OpenMajor(
            each["record"],
            each["number"],
            {language: each["public"].get(language) or each["script"].get(language, "") for language in ("fr", "en")},
            frozenset(filter(None, [each["service_id"]])),
        )
        for each in opened.open_for(Organisation(pk=organisation_id))
    ]


majors_from(majors)
